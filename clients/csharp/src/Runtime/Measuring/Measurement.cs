#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AllocationBroker.Asking;

namespace AllocationBroker
{
    /// <summary>
    /// Measures all locations at the same time. One lost datagram is nothing special, and a location without any
    /// round trip is left out.
    /// </summary>
    internal sealed class Measurement
    {
        private readonly MeasureOptions options;
        private readonly IBeaconProbe probe;
        private readonly IAllocationClock clock;

        internal Measurement(MeasureOptions options, IBeaconProbe probe, IAllocationClock clock)
        {
            this.options = options;
            this.probe = probe;
            this.clock = clock;
        }

        internal async Task<IReadOnlyList<Latency>> OfAsync(
            IReadOnlyList<Location> locations, CancellationToken cancellationToken)
        {
            var all = await Task.WhenAll(locations.Select(location => OfAsync(location, cancellationToken)).ToArray())
                .ConfigureAwait(Continuation.OnCapturedContext);
            cancellationToken.ThrowIfCancellationRequested();
            return all.Where(latency => latency != null).Select(latency => latency!).ToList();
        }

        private async Task<Latency?> OfAsync(Location location, CancellationToken cancellationToken)
        {
            if (location.Beacon == null) return null;
            var trips = new List<double>();
            for (var sample = 0; sample < options.Samples && !cancellationToken.IsCancellationRequested; sample++)
            {
                var trip = await RoundTripAsync(location.Beacon, cancellationToken)
                    .ConfigureAwait(Continuation.OnCapturedContext);
                if (trip is TimeSpan time) trips.Add(time.TotalMilliseconds);
            }
            if (trips.Count == 0) return null;
            trips.Sort();
            var median = (trips[trips.Count / 2] + trips[(trips.Count - 1) / 2]) / 2;
            return new Latency(location.Name, Math.Round(median, 1));
        }

        /// <summary>Null when there was none. A probe that does not end in time is left to itself.</summary>
        private async Task<TimeSpan?> RoundTripAsync(Beacon beacon, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                var trip = probe.RoundTripAsync(beacon, options.Timeout, limit.Token);
                var timeUp = clock.DelayAsync(options.Timeout, limit.Token);
                var first = await Task.WhenAny(trip, timeUp).ConfigureAwait(Continuation.OnCapturedContext);
                limit.Cancel();
                if (first == trip) return await trip.ConfigureAwait(Continuation.OnCapturedContext);
                Abandoned.Forget(trip);
                return null;
            }
#pragma warning disable CA1031 // Measurements are optional: whatever a probe fails with, there is none.
            catch (Exception)
#pragma warning restore CA1031
            {
                return null;
            }
        }
    }
}
