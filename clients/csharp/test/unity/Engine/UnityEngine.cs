using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

// Exactly the calls of the engine that the package and its sample make, with the engine's signatures and as much of its
// behaviour as they rely on.
namespace UnityEngine
{
    public static class Time
    {
        private static readonly Stopwatch SinceStartup = Stopwatch.StartNew();

        public static double realtimeSinceStartupAsDouble
        {
            get
            {
                MainThread.Require();
                return SinceStartup.Elapsed.TotalSeconds;
            }
        }
    }

    public static class Debug
    {
        public static ConcurrentQueue<string> Lines { get; } = new ConcurrentQueue<string>();

        public static void Log(object message) => Lines.Enqueue("log: " + message);

        public static void LogError(object message) => Lines.Enqueue("error: " + message);
    }

    public class MonoBehaviour
    {
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute
    {
    }

    /// <summary>Not of the engine: its main thread, which goes on with waiting code frame by frame.</summary>
    public sealed class MainThread : SynchronizationContext
    {
        private const int FrameMs = 4;

        private static int id;

        private readonly ConcurrentQueue<(SendOrPostCallback, object)> next =
            new ConcurrentQueue<(SendOrPostCallback, object)>();

        public override void Post(SendOrPostCallback d, object state) => next.Enqueue((d, state));

        /// <summary>Runs the work on a main thread of its own until its task ends.</summary>
        public static void Run(Func<Task> work)
        {
            var before = Current;
            var frames = new MainThread();
            SetSynchronizationContext(frames);
            id = Environment.CurrentManagedThreadId;
            try
            {
                var task = work();
                while (!task.IsCompleted) frames.Frame();
                task.GetAwaiter().GetResult();
            }
            finally
            {
                id = 0;
                SetSynchronizationContext(before);
            }
        }

        internal static void Require()
        {
            if (Environment.CurrentManagedThreadId == id) return;
            throw new InvalidOperationException("This call of the engine can only be made from the main thread.");
        }

        private void Frame()
        {
            Thread.Sleep(FrameMs);
            for (var left = next.Count; left > 0 && next.TryDequeue(out var entry); left--) entry.Item1(entry.Item2);
        }
    }
}
