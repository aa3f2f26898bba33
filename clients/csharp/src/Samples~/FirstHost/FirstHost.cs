using System;
using System.Threading;
using AllocationBroker;
using UnityEngine;

/// <summary>Put it on any object of a scene, fill in its fields, and press play: the console shows the host.</summary>
public class FirstHost : MonoBehaviour
{
    [SerializeField] private string baseAddress = "http://127.0.0.1:7071";
    [SerializeField] private string functionKey = "";
    [SerializeField] private string gameMode = "duel";

    private readonly CancellationTokenSource leaving = new CancellationTokenSource();

    // Keep the request, and with it the session id, for as long as the match is wanted: a player who comes back from
    // another app asks again with the same one.
    private AllocationRequest request;

    private void OnDestroy() => leaving.Cancel();

    private async void Start()
    {
        var client = new AllocationClient(baseAddress, functionKey);
        var options = new AllocateOptions
        {
            Progress = new Progress<AllocationProgress>(progress => Debug.Log(progress.ToString())),
        };
        try
        {
            var latencies = await client.MeasureAsync(cancellationToken: leaving.Token);
            request = new AllocationRequest(gameMode) { Latencies = latencies };
            var host = await client.AllocateAsync(request, options, leaving.Token);
            Debug.Log($"connect to {host.HostName}:{host.Ports[0].Port} in {host.Region}");
        }
        catch (AllocationException error)
        {
            Debug.LogError($"no host: {error.Code}, quote {error.Instance ?? "-"}: {error.Message}");
        }
        catch (OperationCanceledException)
        {
            // The player has left.
        }
    }
}
