using System.Text;
using AllocationBroker.Client.Tests.Support;

namespace AllocationBroker.Client.Tests;

public class HttpClientTransportTests
{
    private static Task<TransportAnswer> PostAsync(RawServer server, double timeoutSeconds = 10, CancellationToken token = default)
    {
        var request = new TransportRequest("POST", new Uri(server.Url + "/api"), TimeSpan.FromSeconds(timeoutSeconds))
        {
            Body = Encoding.UTF8.GetBytes("{\"a\":\"é\"}"),
        };
        request.Headers["Content-Type"] = "application/json";
        request.Headers["Prefer"] = "wait=15";
        request.Headers["x-functions-key"] = "key-1";
        return new HttpClientTransport().SendAsync(request, token);
    }

    [Fact]
    public async Task Sends_the_length_of_the_body_and_nothing_in_chunks()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 3\r\nDate: x\r\n\r\n{}");
        var answer = await PostAsync(server);
        Assert.Equal((200, "{}", "3"), (answer.Status, Encoding.UTF8.GetString(answer.Body), answer.Headers["retry-after"]));
        var lines = Assert.Single(server.Seen).Split("\r\n");
        Assert.Equal("POST /api HTTP/1.1", lines[0]);
        Assert.Contains("Content-Length: 10", lines);
        Assert.Contains("Content-Type: application/json", lines);
        Assert.Contains("Prefer: wait=15", lines);
        Assert.Contains("x-functions-key: key-1", lines);
        Assert.Equal("{\"a\":\"é\"}", lines[^1]);
        Assert.DoesNotContain(lines, line => line.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, line => line.StartsWith("Expect", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Follows_no_redirect(int status)
    {
        await using var elsewhere = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        await using var server = new RawServer(
            $"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.Url}/\r\nContent-Length: 0\r\n\r\n");
        var answer = await PostAsync(server);
        Assert.Equal((status, elsewhere.Url + "/"), (answer.Status, answer.Headers["Location"]));
        Assert.Empty(elsewhere.Seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":")]
    [InlineData("no HTTP at all\r\n\r\n")]
    public async Task An_answer_that_is_not_whole_is_none(string part)
    {
        await using var server = new RawServer(part);
        await Assert.ThrowsAnyAsync<Exception>(() => PostAsync(server));
    }

    [Fact]
    public async Task Ends_in_its_time()
    {
        await using var server = new RawServer((string?)null);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => PostAsync(server, 0.2));
        Assert.Equal("no answer within 0.2 s", error.Message);
    }

    [Fact]
    public async Task Ends_in_its_time_in_the_middle_of_an_answer()
    {
        // Longer than what was promised: the server stays, because the client has not closed the connection.
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}");
        await Assert.ThrowsAnyAsync<Exception>(() => PostAsync(server, 0.2));
    }

    [Fact]
    public async Task Ends_when_it_is_cancelled()
    {
        await using var server = new RawServer((string?)null);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PostAsync(server, 60, source.Token));
    }

    [Fact]
    public async Task Reads_no_more_than_a_megabyte()
    {
        var page = new string('x', 3_000_000);
        await using var server = new RawServer($"HTTP/1.1 200 OK\r\nContent-Length: {page.Length}\r\n\r\n{page}");
        Assert.InRange((await PostAsync(server)).Body.Length, 1_000_000, 1_100_000);
    }
}
