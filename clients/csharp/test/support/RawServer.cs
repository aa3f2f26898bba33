using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AllocationBroker.Client.Tests.Support;

/// <summary>Answers each connection on loopback with given bytes, and keeps what came in.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Task serving;

    /// <param name="answers">One for each connection, the last for all that follow; null: never answers.</param>
    internal RawServer(params string?[] answers)
    {
        listener.Start();
        serving = ServeAsync(new Queue<string?>(answers));
    }

    internal List<string> Seen { get; } = [];

    internal string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await serving;
        listener.Dispose();
        ending.Dispose();
    }

    private async Task ServeAsync(Queue<string?> answers)
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptTcpClientAsync(ending.Token);
                var stream = connection.GetStream();
                Seen.Add(await ReadRequestAsync(stream));
                var answer = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
                if (answer == null) await Task.Delay(Timeout.Infinite, ending.Token);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer!), ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!IsWhole(text.ToString()))
        {
            var count = await stream.ReadAsync(buffer, ending.Token);
            if (count == 0) break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    private static bool IsWhole(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        return length == null || Encoding.UTF8.GetByteCount(text[(end + 4)..]) >= int.Parse(length.Split(' ')[1], null);
    }
}
