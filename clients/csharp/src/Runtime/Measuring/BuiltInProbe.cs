#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;
using AllocationBroker.Asking;

namespace AllocationBroker
{
    /// <summary>Chooses by the beacon's protocol.</summary>
    internal sealed class BuiltInProbe : IBeaconProbe
    {
        private readonly IAllocationTransport transport;
        private readonly IAllocationClock clock;

        internal BuiltInProbe(IAllocationTransport transport, IAllocationClock clock)
        {
            this.transport = transport;
            this.clock = clock;
        }

        public Task<TimeSpan> RoundTripAsync(Beacon beacon, TimeSpan timeout, CancellationToken cancellationToken)
        {
            switch (beacon.Protocol)
            {
                case "udp":
                    return UdpEcho.RoundTripAsync(beacon.Host, beacon.Port, cancellationToken);
                case "http":
                case "https":
                    return OverHttpAsync(beacon, timeout, cancellationToken);
                default:
                    throw new NotSupportedException($"no probe for {beacon.Protocol}");
            }
        }

        /// <summary>
        /// A round trip over HTTP, whatever the answer's status. Sent twice, timed once: the first request opens the
        /// connection (name, TCP, TLS: up to four round trips), the second runs on it.
        /// </summary>
        private async Task<TimeSpan> OverHttpAsync(
            Beacon beacon, TimeSpan timeout, CancellationToken cancellationToken)
        {
            var address = new UriBuilder(beacon.Protocol, beacon.Host, beacon.Port).Uri;
            var request = new TransportRequest("HEAD", address, timeout);
            await transport.SendAsync(request, cancellationToken).ConfigureAwait(Continuation.OnCapturedContext);
            var start = clock.Now;
            await transport.SendAsync(request, cancellationToken).ConfigureAwait(Continuation.OnCapturedContext);
            return clock.Now - start;
        }
    }
}
