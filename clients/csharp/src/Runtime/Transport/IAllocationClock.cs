#nullable enable
using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>How time passes: one clock that never goes back, and waiting on it.</summary>
    public interface IAllocationClock
    {
        /// <summary>Since some fixed moment.</summary>
        TimeSpan Now { get; }

        /// <summary>Ends after that time, or with an <see cref="OperationCanceledException"/>.</summary>
        Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken);
    }

    /// <summary>The system's monotonic clock.</summary>
    public sealed class SystemClock : IAllocationClock
    {
        private static readonly Stopwatch SinceStart = Stopwatch.StartNew();

        /// <inheritdoc />
        public TimeSpan Now => SinceStart.Elapsed;

        /// <inheritdoc />
        public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
            Task.Delay(delay, cancellationToken);
    }
}
