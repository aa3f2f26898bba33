using AllocationBroker;
using Godot;

public partial class FirstHost : Node
{
    public override async void _Ready()
    {
        var client = new AllocationClient("http://127.0.0.1:7071"); // a deployed broker: a function key as well
        try
        {
            var latencies = await client.MeasureAsync();
            var host = await client.AllocateAsync(new AllocationRequest("duel") { Latencies = latencies });
            GD.Print($"connect to {host.HostName}:{host.Ports[0].Port} in {host.Region}");
        }
        catch (AllocationException error)
        {
            GD.PrintErr($"no host: {error.Message} Quote {error.Instance ?? "-"}.");
        }
    }
}
