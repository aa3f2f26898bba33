#if UNITY_5_3_OR_NEWER
#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

namespace AllocationBroker
{
    /// <summary>
    /// The engine's clock, which the time scale of the game does not change. It waits frame by frame, because timers
    /// of the platform need threads and WebGL has none.
    /// </summary>
    public sealed class UnityClock : IAllocationClock
    {
        /// <inheritdoc />
        public TimeSpan Now => TimeSpan.FromSeconds(Time.realtimeSinceStartupAsDouble);

        /// <inheritdoc />
        public async Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            var end = Now + delay;
            while (Now < end)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Unity's synchronisation context goes on in the next frame.
                await Task.Yield();
            }
        }
    }
}
#endif
