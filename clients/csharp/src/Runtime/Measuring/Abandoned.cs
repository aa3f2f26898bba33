#nullable enable
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>Tasks whose outcome nobody waits for. A failure of theirs must not count as one that was overlooked.</summary>
    internal static class Abandoned
    {
        internal static void Forget(IEnumerable<Task> tasks)
        {
            foreach (var task in tasks) Forget(task);
        }

        internal static void Forget(Task task) =>
            task.ContinueWith(
                ended => ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
    }
}
