extern alias unity;

using AllocationBroker.Client.Tests.Support;
using unity::UnityEngine;
using unity::UnityEngine.Networking;
using Engine = unity::AllocationBroker;

namespace AllocationBroker.Client.Tests;

/// <summary>Unity's half of the sources, compiled and run against a stand-in for the engine (unity/Engine).</summary>
[Collection(nameof(UnityTests))]
[CollectionDefinition(nameof(UnityTests), DisableParallelization = true)]
public class UnityTests
{
    private static readonly string Allocated =
        $"HTTP/1.1 201 Created\r\nContent-Length: {ScriptedBroker.Host.Length}\r\n\r\n{ScriptedBroker.Host}";

    private static void Run(Func<Task> work) => MainThread.Run(work);

    [Fact]
    public async Task Gets_a_host_on_the_main_thread_alone()
    {
        await using var server = new RawServer(Allocated);
        Run(async () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            var client = new Engine.AllocationClient(server.Url, "key-1");
            var host = await client.AllocateAsync(new Engine.AllocationRequest("duel"));
            Assert.Equal("h.example", host.HostName);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
        });
        var sent = Assert.Single(server.Seen);
        Assert.Contains("\r\nContent-Type: application/json\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: ", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nx-functions-key: key-1\r\n", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nExpect:", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_where_a_redirect_leads_and_does_not_follow_it()
    {
        await using var elsewhere = new RawServer(Allocated);
        await using var server = new RawServer(
            $"HTTP/1.1 302 Found\r\nLocation: {elsewhere.Url}/sign-in\r\nContent-Length: 0\r\n\r\n");
        Run(async () =>
        {
            var error = await Assert.ThrowsAsync<Engine.AllocationException>(
                () => new Engine.AllocationClient(server.Url).AllocateAsync(new Engine.AllocationRequest("duel")));
            Assert.Contains($"redirects to {elsewhere.Url}/sign-in (status 302)", error.Message, StringComparison.Ordinal);
        });
        Assert.Empty(elsewhere.Seen);
    }

    [Fact]
    public async Task Asks_again_when_half_an_answer_came()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", Allocated);
        Run(async () =>
        {
            var client = new Engine.AllocationClient(server.Url);
            Assert.Equal("h.example", (await client.AllocateAsync(new Engine.AllocationRequest("duel"))).HostName);
        });
        Assert.Equal(2, server.Seen.Count);
        Assert.Single(server.Seen.Select(request => request.Split("\r\n\r\n")[1]).Distinct());
    }

    [Fact]
    public async Task A_request_ends_in_its_time_or_when_it_is_cancelled()
    {
        await using var server = new RawServer((string?)null);
        Run(async () =>
        {
            var request = new Engine.TransportRequest("GET", new Uri(server.Url), TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAsync<TimeoutException>(
                () => new Engine.UnityWebRequestTransport().SendAsync(request, default));
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            request = new Engine.TransportRequest("GET", new Uri(server.Url), TimeSpan.FromSeconds(60));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => new Engine.UnityWebRequestTransport().SendAsync(request, source.Token));
        });
    }

    [Fact]
    public void A_delay_ends_when_it_is_cancelled() => Run(async () =>
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new Engine.UnityClock().DelayAsync(TimeSpan.FromSeconds(60), source.Token));
    });

    [Fact]
    public void Says_which_setting_lets_http_through()
    {
        UnityWebRequest.AllowsHttp = false;
        try
        {
            Run(async () =>
            {
                var client = new Engine.AllocationClient("http://127.0.0.1:7071");
                var error = await Assert.ThrowsAsync<Engine.AllocationException>(
                    () => client.AllocateAsync(new Engine.AllocationRequest("duel")));
                Assert.Equal("not-sent", error.Code);
                Assert.Contains("Allow downloads over HTTP", error.Message, StringComparison.Ordinal);
            });
        }
        finally
        {
            UnityWebRequest.AllowsHttp = true;
        }
    }

    [Fact]
    public async Task The_sample_prints_the_host()
    {
        await using var server = new RawServer(Allocated);
        Debug.Lines.Clear();
        Run(async () =>
        {
            var sample = new unity::FirstHost();
            Set(sample, "baseAddress", server.Url);
            sample.GetType().GetMethod("Start", Hidden)!.Invoke(sample, []);
            while (!Debug.Lines.Any(line => line.Contains("connect", StringComparison.Ordinal))) await Task.Yield();
        });
        Assert.Contains("log: connect to h.example:10103 in West US", Debug.Lines);
    }

    private const System.Reflection.BindingFlags Hidden =
        System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance;

    private static void Set(object target, string field, object value) =>
        target.GetType().GetField(field, Hidden)!.SetValue(target, value);
}
