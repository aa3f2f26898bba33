using System.Net;
using System.Net.Sockets;

namespace AllocationBroker.Client.Tests.Support;

/// <summary>A UDP beacon on loopback.</summary>
internal sealed class EchoBeacon : IDisposable
{
    private readonly UdpClient socket;

    /// <param name="address">Where it listens.</param>
    /// <param name="change">What it makes of a datagram before it sends it back; null: it sends nothing.</param>
    internal EchoBeacon(IPAddress address, Func<byte[], byte[]?> change)
    {
        socket = new UdpClient(new IPEndPoint(address, 0));
        _ = ServeAsync(change);
    }

    internal int Port => ((IPEndPoint)socket.Client.LocalEndPoint!).Port;

    internal List<byte[]> Seen { get; } = [];

    public void Dispose() => socket.Dispose();

    private async Task ServeAsync(Func<byte[], byte[]?> change)
    {
        try
        {
            while (true)
            {
                var datagram = await socket.ReceiveAsync();
                Seen.Add(datagram.Buffer);
                if (change([.. datagram.Buffer]) is byte[] echo) await socket.SendAsync(echo, datagram.RemoteEndPoint);
            }
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
        catch (SocketException)
        {
            // The same, while it was receiving.
        }
    }
}
