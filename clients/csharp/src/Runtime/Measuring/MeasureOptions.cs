#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>How to measure.</summary>
    public sealed class MeasureOptions
    {
        /// <summary>Round trips to each location, 1 or more; their median counts.</summary>
        public int Samples { get; set; } = 3;

        /// <summary>For one round trip.</summary>
        public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

        /// <summary>Instead of the built-in one, which measures <c>udp</c>, <c>http</c> and <c>https</c>.</summary>
        public IBeaconProbe? Probe { get; set; }
    }

    /// <summary>Times round trips to beacons.</summary>
    public interface IBeaconProbe
    {
        /// <summary>
        /// One round trip. Whatever it throws means that there is no measurement; the token ends it when its time is
        /// up.
        /// </summary>
        Task<TimeSpan> RoundTripAsync(Beacon beacon, TimeSpan timeout, CancellationToken cancellationToken);
    }
}
