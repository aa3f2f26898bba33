using System.Diagnostics;
using System.Globalization;

namespace AllocationBroker.Conformance;

/// <summary>Many players at once against a running broker: every session must get one host.</summary>
internal static class Players
{
    private const string Help = """
        Without arguments: a driver for clients/conformance, which finds its orders in the environment.

          --url <address>    the broker, without /api: this many players ask it at once
          --players <n>      how many; default 200
          --party <n>        players a session; default 4
          --mode <name>      the game mode; default duel

        Exit code 1 when a player gets no host, or two players of one session get different ones.
        """;

    internal static async Task<int> RunAsync(string[] args)
    {
        var flags = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        if (!flags.TryGetValue("--url", out var url))
        {
            Console.Error.WriteLine(Help);
            return 2;
        }
        var count = int.Parse(flags.GetValueOrDefault("--players", "200"), CultureInfo.InvariantCulture);
        var party = int.Parse(flags.GetValueOrDefault("--party", "4"), CultureInfo.InvariantCulture);
        var mode = flags.GetValueOrDefault("--mode", "duel");
        var sessions = Enumerable.Range(0, (count + party - 1) / party).Select(_ => Guid.NewGuid().ToString()).ToList();
        var clock = Stopwatch.StartNew();
        var results = await Task.WhenAll(
            Enumerable.Range(0, count).Select(player => PlayAsync(url, mode, sessions[player / party])));
        return Report(results, sessions.Count, clock.Elapsed);
    }

    private static async Task<Played> PlayAsync(string url, string mode, string sessionId)
    {
        var clock = Stopwatch.StartNew();
        var client = new AllocationClient(url);
        try
        {
            var latencies = await client.MeasureAsync();
            var measured = clock.Elapsed;
            var request = new AllocationRequest(mode) { SessionId = sessionId, Latencies = latencies };
            var host = await client.AllocateAsync(request);
            var address = $"{host.HostName}:{host.Ports[0].Port}";
            return new Played(sessionId, address, host.Replayed, latencies.Count, measured, clock.Elapsed - measured);
        }
        catch (AllocationException error)
        {
            Console.Error.WriteLine($"{sessionId}: {error.Code}: {error.Message}");
            return new Played(sessionId, null, false, 0, clock.Elapsed, TimeSpan.Zero);
        }
    }

    private static int Report(Played[] results, int sessions, TimeSpan took)
    {
        var without = results.Count(result => result.Host == null);
        var split = results.GroupBy(result => result.SessionId)
            .Count(session => session.Select(result => result.Host).Distinct().Count() > 1);
        var asking = results.Select(result => result.Asking.TotalMilliseconds).Order().ToList();
        FormattableString text = $"""
            players            {results.Length} at once, {sessions} sessions, {took.TotalSeconds:0.0} s in all
            hosts              {results.Length - without} players have one, {without} have none
            different hosts    {split} sessions
            started, replayed  {results.Count(result => result.Host != null && !result.Replayed)}, {results.Count(result => result.Replayed)}
            measured           {results.Sum(result => result.Latencies)} latencies
            asking             median {asking[asking.Count / 2]:0} ms, slowest {asking[^1]:0} ms
            """;
        Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        return without == 0 && split == 0 ? 0 : 1;
    }

    private sealed record Played(
        string SessionId, string? Host, bool Replayed, int Latencies, TimeSpan Measuring, TimeSpan Asking);
}
