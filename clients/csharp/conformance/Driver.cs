using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AllocationBroker.Conformance;

/// <summary>One call for the conformance kit: orders from the environment, one line of JSON as the result.</summary>
internal static class Driver
{
    internal static async Task<int> RunAsync()
    {
        var client = new AllocationClient(Order("BASE_URL"), Order("FUNCTION_KEY"));
        using var document = JsonDocument.Parse(Order("REQUEST"));
        var request = RequestOf(document.RootElement);
        var options = new AllocateOptions
        {
            Deadline = TimeSpan.FromMilliseconds(int.Parse(Order("DEADLINE_MS"), null)),
            Progress = new WaitingLines(),
        };
        var clock = Stopwatch.StartNew();
        var line = await ResultOfAsync(client, request, options);
        line["ms"] = Math.Round(clock.Elapsed.TotalMilliseconds);
        Console.WriteLine(line.ToJsonString());
        return 0;
    }

    private static string Order(string name) =>
        Environment.GetEnvironmentVariable("CONFORMANCE_" + name) ?? "";

    private static AllocationRequest RequestOf(JsonElement order)
    {
        var request = new AllocationRequest(order.GetProperty("gameMode").GetString()!);
        if (order.TryGetProperty("sessionId", out var id)) request.SessionId = id.GetString()!;
        if (order.TryGetProperty("sessionCookie", out var cookie)) request.SessionCookie = cookie.GetString();
        if (order.TryGetProperty("latencies", out var list))
        {
            request.Latencies = list.EnumerateArray()
                .Select(item => new Latency(item.GetProperty("location").GetString()!, item.GetProperty("ms").GetDouble()))
                .ToList();
        }
        return request;
    }

    private static async Task<JsonObject> ResultOfAsync(
        AllocationClient client, AllocationRequest request, AllocateOptions options)
    {
        try
        {
            switch (Order("OPERATION"))
            {
                case "allocate":
                    return HostLine(await client.AllocateAsync(request, options));
                case "join":
                    request.Latencies = await client.MeasureAsync();
                    return HostLine(await client.AllocateAsync(request, options));
                case "find":
                    var found = await client.FindAsync(request.SessionId);
                    if (found.Allocation != null) return HostLine(found.Allocation);
                    return new JsonObject { [found.IsPending ? "pending" : "none"] = true };
                default:
                    return new JsonObject { ["unsupported"] = true };
            }
        }
        catch (AllocationException error)
        {
            var problem = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
            return new JsonObject { ["problem"] = problem };
        }
    }

    private static JsonObject HostLine(Allocation host)
    {
        var ports = new JsonArray();
        foreach (var port in host.Ports)
        {
            JsonNode item = new JsonObject { ["name"] = port.Name, ["port"] = port.Port };
            ports.Add(item);
        }
        var line = new JsonObject
        {
            ["sessionId"] = host.SessionId,
            ["hostName"] = host.HostName,
            ["ports"] = ports,
            ["region"] = host.Region,
        };
        return new JsonObject { ["host"] = line };
    }

    private sealed class WaitingLines : IProgress<AllocationProgress>
    {
        public void Report(AllocationProgress value)
        {
            if (value.Step != AllocationStep.Waiting) return;
            Console.WriteLine(new JsonObject { ["waiting"] = value.ToString() }.ToJsonString());
        }
    }
}
