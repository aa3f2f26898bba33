using System.Globalization;
using System.Net;
using AllocationBroker.Client.Tests.Support;

namespace AllocationBroker.Client.Tests;

public class MeasureTests
{
    private static readonly MeasureOptions Quick = new() { Timeout = TimeSpan.FromSeconds(1) };

    private static string Place(string name, string protocol, string host, int port) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"name":"{{{name}}}","qos":{"protocol":"{{{protocol}}}","host":"{{{host}}}","port":{{{port}}}}}""");

    private static Task<IReadOnlyList<Latency>> MeasureAsync(MeasureOptions options, params string[] places)
    {
        var list = "{\"locations\":[" + string.Join(',', places) + "]}";
        var client = new AllocationClient(new AllocationClientOptions("https://broker.test")
        {
            Transport = new ScriptedBroker(ScriptedBroker.Answer(200, list)),
        });
        return client.MeasureAsync(options);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Times_an_echo_over_either_family(string address)
    {
        using var beacon = new EchoBeacon(IPAddress.Parse(address), datagram => datagram);
        var latency = Assert.Single(await MeasureAsync(Quick, Place("Here", "udp", address, beacon.Port)));
        Assert.Equal("Here", latency.Location);
        Assert.InRange(latency.Milliseconds, 0, 1_000);
        Assert.Equal(3, beacon.Seen.Count);
        Assert.All(beacon.Seen, datagram => Assert.Equal((16, 0xFF, 0xFF), (datagram.Length, datagram[0], datagram[1])));
        Assert.Equal(3, beacon.Seen.Select(Convert.ToHexString).Distinct().Count());
    }

    [Theory]
    [InlineData("127.0.0.1", "::1")]
    [InlineData("::1", "127.0.0.1")]
    public async Task A_name_with_addresses_of_both_families_is_measured_where_only_one_works(string works, string first)
    {
        using var beacon = new EchoBeacon(IPAddress.Parse(works), datagram => datagram);
        IPAddress[] addresses = [IPAddress.Parse(first), IPAddress.Parse(works), IPAddress.Parse(works)];
        var time = await UdpEcho.RoundTripAsync(addresses, beacon.Port, new CancellationTokenSource(5_000).Token);
        Assert.InRange(time.TotalMilliseconds, 0, 5_000);
        Assert.Single(beacon.Seen);
    }

    [Fact]
    public async Task Beacons_may_change_the_first_two_bytes_and_no_others()
    {
        using var playFab = new EchoBeacon(IPAddress.Loopback, datagram => [0, 0, .. datagram[2..]]);
        using var other = new EchoBeacon(IPAddress.Loopback, datagram => [.. datagram[..15], (byte)(datagram[15] ^ 1)]);
        using var longer = new EchoBeacon(IPAddress.Loopback, datagram => [.. datagram, 0]);
        var measured = await MeasureAsync(
            Quick,
            Place("PlayFab", "udp", "127.0.0.1", playFab.Port),
            Place("Other", "udp", "127.0.0.1", other.Port),
            Place("Longer", "udp", "127.0.0.1", longer.Port));
        Assert.Equal(["PlayFab"], measured.Select(latency => latency.Location));
    }

    [Fact]
    public async Task One_lost_datagram_does_not_cost_the_location()
    {
        var count = 0;
        using var beacon = new EchoBeacon(IPAddress.Loopback, datagram => count++ == 0 ? null : datagram);
        Assert.Single(await MeasureAsync(Quick, Place("Here", "udp", "127.0.0.1", beacon.Port)));
        Assert.Equal(3, count);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_left_out_and_ends_nothing()
    {
        using var silent = new EchoBeacon(IPAddress.Loopback, _ => null);
        using var beacon = new EchoBeacon(IPAddress.Loopback, datagram => datagram);
        var measured = await MeasureAsync(
            Quick,
            "{\"name\":\"Without\"}",
            Place("Unknown name", "udp", "beacon.invalid", 3075),
            Place("No route", "udp", "2001:db8::1", 3075),
            Place("No such port", "udp", "127.0.0.1", 70_000),
            Place("Nobody listens", "udp", "127.0.0.1", 1),
            Place("Empty", "udp", "", 0),
            Place("Silent", "udp", "127.0.0.1", silent.Port),
            Place("Unknown protocol", "carrier-pigeon", "127.0.0.1", 1),
            Place("Here", "udp", "127.0.0.1", beacon.Port));
        Assert.Equal(["Here"], measured.Select(latency => latency.Location));
    }

    [Fact]
    public async Task Times_the_second_request_over_http()
    {
        // Of virtual time: the first request takes 40 ms, the second 7.
        var broker = new ScriptedBroker();
        int[] durations = [40, 7];
        var slow = new ScriptedBroker(request =>
        {
            broker.Now += TimeSpan.FromMilliseconds(durations[broker.Seen.Count]);
            broker.Seen.Add(request);
            return ScriptedBroker.Answer(405)(request);
        });
        var time = await new BuiltInProbe(slow, broker)
            .RoundTripAsync(new Beacon("http", "::1", 8080), TimeSpan.FromSeconds(1), default);
        Assert.Equal(7, time.TotalMilliseconds);
        Assert.Equal(
            [("HEAD", "http://[::1]:8080/"), ("HEAD", "http://[::1]:8080/")],
            broker.Seen.Select(request => (request.Method, request.Address.AbsoluteUri)));
    }

    [Fact]
    public async Task The_median_counts()
    {
        var measured = await MeasureAsync(
            new MeasureOptions { Samples = 4, Probe = new Times(50, 1, 20.06, 10) }, Place("Here", "x", "h", 1));
        Assert.Equal(15, Assert.Single(measured).Milliseconds);
    }

    [Fact]
    public async Task A_probe_that_does_not_end_is_left_to_itself()
    {
        var options = new MeasureOptions { Timeout = TimeSpan.FromMilliseconds(20), Probe = new Times() };
        Assert.Empty(await MeasureAsync(options, Place("Here", "x", "h", 1)));
    }

    [Fact]
    public async Task Without_the_list_of_locations_there_is_nothing_to_measure_and_no_error()
    {
        var broker = new ScriptedBroker(ScriptedBroker.Answer(404));
        Assert.Empty(await broker.Client().MeasureAsync());
        broker = new ScriptedBroker(ScriptedBroker.Lost());
        Assert.Empty(await broker.Client().MeasureAsync());
        Assert.InRange(broker.Now.TotalSeconds, 2, 10);
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        using var source = new CancellationTokenSource();
        var client = new ScriptedBroker(ScriptedBroker.Answer(200, "{\"locations\":[{\"name\":\"A\"}]}")).Client();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.MeasureAsync(Quick, source.Token));
    }

    /// <summary>A probe that measures these times, in milliseconds, and then nothing any more.</summary>
    private sealed class Times(params double[] times) : IBeaconProbe
    {
        private readonly Queue<double> left = new(times);

        public Task<TimeSpan> RoundTripAsync(Beacon beacon, TimeSpan timeout, CancellationToken cancellationToken) =>
            left.TryDequeue(out var ms)
                ? Task.FromResult(TimeSpan.FromMilliseconds(ms))
                : new TaskCompletionSource<TimeSpan>().Task;
    }
}
