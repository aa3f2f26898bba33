#nullable enable
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>
    /// A UDP echo. PlayFab's beacons answer a datagram that begins with FF FF by the same with 00 00 there
    /// (learn.microsoft.com, "Using QoS beacons to measure player latency to Azure"); plain echo services send it
    /// back as it is. Either way the rest is compared.
    /// </summary>
    internal static class UdpEcho
    {
        private const int DatagramBytes = 16;

        // None of this goes on in the captured context: in Unity, that would add up to a frame to the time.
        internal static async Task<TimeSpan> RoundTripAsync(
            string host, int port, CancellationToken cancellationToken)
        {
            var addresses = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
            return await RoundTripAsync(addresses, port, cancellationToken).ConfigureAwait(false);
        }

        internal static async Task<TimeSpan> RoundTripAsync(
            IPAddress[] addresses, int port, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var trips = OneOfEachFamily(addresses).Select(address => EchoAsync(address, port, limit.Token)).ToList();
            try
            {
                return await FirstThatSucceedsAsync(trips).ConfigureAwait(false);
            }
            finally
            {
                limit.Cancel();
                Abandoned.Forget(trips);
            }
        }

        /// <summary>
        /// Both are tried at the same time: a network with IPv6 alone cannot reach the one, many cannot reach the
        /// other, and no system tells beforehand.
        /// </summary>
        private static IEnumerable<IPAddress> OneOfEachFamily(IPAddress[] addresses) =>
            addresses
                .Where(address => address.AddressFamily == AddressFamily.InterNetwork
                    || address.AddressFamily == AddressFamily.InterNetworkV6)
                .GroupBy(address => address.AddressFamily)
                .Select(family => family.First());

        private static async Task<TimeSpan> FirstThatSucceedsAsync(List<Task<TimeSpan>> trips)
        {
            while (trips.Count > 1)
            {
                var ended = await Task.WhenAny(trips).ConfigureAwait(false);
                if (ended.Status == TaskStatus.RanToCompletion) return await ended.ConfigureAwait(false);
                Abandoned.Forget(ended);
                trips.Remove(ended);
            }
            if (trips.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
            return await trips[0].ConfigureAwait(false);
        }

        private static async Task<TimeSpan> EchoAsync(IPAddress address, int port, CancellationToken cancellationToken)
        {
            var sent = Datagram();
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            // Not every runtime ends a receive when its token is cancelled; all do when the socket closes.
            using var closing = cancellationToken.Register(socket.Dispose);
            // Connected, so that only the beacon's datagrams come in.
            await socket.ConnectAsync(new IPEndPoint(address, port)).ConfigureAwait(false);
            var clock = Stopwatch.StartNew();
            await socket.SendAsync(new ArraySegment<byte>(sent), SocketFlags.None).ConfigureAwait(false);
            var received = new byte[DatagramBytes + 1];
            while (true)
            {
                var count = await socket
                    .ReceiveAsync(new ArraySegment<byte>(received), SocketFlags.None)
                    .ConfigureAwait(false);
                if (count == DatagramBytes && IsEcho(received, sent)) return clock.Elapsed;
            }
        }

        /// <summary>Two marker bytes, then what distinguishes this datagram from others.</summary>
        private static byte[] Datagram()
        {
            var bytes = Guid.NewGuid().ToByteArray();
            bytes[0] = bytes[1] = 0xFF;
            return bytes;
        }

        private static bool IsEcho(byte[] received, byte[] sent)
        {
            for (var index = 2; index < sent.Length; index++)
            {
                if (received[index] != sent[index]) return false;
            }
            return true;
        }
    }
}
