using AllocationBroker.Client.Tests.Support;
using static AllocationBroker.Client.Tests.Support.ScriptedBroker;

namespace AllocationBroker.Client.Tests;

public class LookupTests
{
    [Fact]
    public async Task Finds_the_host_of_a_session()
    {
        var broker = new ScriptedBroker(Lost(), Problem("storage-unavailable", 503, true, 1), Answer(200, Host));
        var found = await broker.Client(functionKey: "key-1").FindAsync(Session);
        Assert.Equal(("h.example", false), (found.Allocation!.HostName, found.IsPending));
        Assert.Equal(
            [("GET", $"https://broker.test/api/v1/allocations/{Session}", "key-1")],
            broker.Seen.Select(request =>
                (request.Method, request.Address.AbsoluteUri, request.Headers["x-functions-key"])).Distinct());
        Assert.Equal(3, broker.Seen.Count);
    }

    [Fact]
    public async Task Reports_a_host_on_its_way_and_does_not_wait()
    {
        var broker = new ScriptedBroker(Pending(5));
        var found = await broker.Client().FindAsync(Session);
        Assert.Equal((null, true), (found.Allocation, found.IsPending));
        Assert.Empty(broker.Waits);
    }

    [Fact]
    public async Task A_session_without_a_host_is_no_error()
    {
        var found = await new ScriptedBroker(Problem("unknown-session", 404, false)).Client().FindAsync(Session);
        Assert.Equal((null, false), (found.Allocation, found.IsPending));
    }

    [Fact]
    public async Task A_session_that_was_ended_is_an_error()
    {
        var broker = new ScriptedBroker(Problem("session-ended", 410, false));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().FindAsync(Session));
        Assert.Equal((AllocationErrorCode.SessionEnded, 1), (error.Code, broker.Seen.Count));
    }

    [Fact]
    public async Task Another_problem_is_an_error()
    {
        var broker = new ScriptedBroker(Problem("invalid-request", 400, false));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().FindAsync("x/y"));
        Assert.Equal("invalid-request", error.Code);
        Assert.Equal("https://broker.test/api/v1/allocations/x%2Fy", broker.Seen[0].Address.AbsoluteUri);
    }

    [Fact]
    public async Task Lists_the_locations_in_the_brokers_order()
    {
        var broker = new ScriptedBroker(Answer(200, """
            {"locations":[{"name":"West US","qos":{"protocol":"udp","host":"::1","port":3075}},{"name":"North Europe"},
            null,1,{"name":2},{"name":"Broken","qos":{"port":"x"}}],"new":1}
            """));
        var locations = await broker.Client().LocationsAsync();
        Assert.Equal(["West US", "North Europe", "Broken"], locations.Select(location => location.Name));
        var beacon = locations[0].Beacon!;
        Assert.Equal(("udp", "::1", 3075), (beacon.Protocol, beacon.Host, beacon.Port));
        Assert.All(locations.Skip(1), location => Assert.Null(location.Beacon));
    }

    [Fact]
    public async Task Something_else_is_no_list()
    {
        var broker = new ScriptedBroker(Answer(200, "{\"locations\":\"all\"}"));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().LocationsAsync());
        Assert.Equal(AllocationErrorCode.UnexpectedAnswer, error.Code);
    }
}
