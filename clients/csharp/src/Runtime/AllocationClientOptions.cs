#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>Which broker to ask, and as whom.</summary>
    public sealed class AllocationClientOptions
    {
        /// <param name="baseAddress">
        /// The broker's address without <c>/api</c>, such as <c>https://my-broker.azurewebsites.net</c>.
        /// </param>
        public AllocationClientOptions(string baseAddress) => BaseAddress = baseAddress;

        /// <summary>The broker's address without <c>/api</c>.</summary>
        public string BaseAddress { get; set; }

        /// <summary>
        /// Sent as <c>x-functions-key</c>: the key of the function <c>allocations</c>, never a host key.
        /// </summary>
        public string? FunctionKey { get; set; }

        /// <summary>
        /// Gives the token to send as <c>Authorization: Bearer</c>. The client calls it before each request, so that
        /// it may renew the token; what it throws reaches the caller.
        /// </summary>
        public Func<CancellationToken, Task<string>>? GetToken { get; set; }

        /// <summary>How requests are sent. Default: Unity's web requests in Unity, HttpClient elsewhere.</summary>
        public IAllocationTransport? Transport { get; set; }

        /// <summary>How time passes. Default: the engine's in Unity, the system's elsewhere.</summary>
        public IAllocationClock? Clock { get; set; }
    }

    /// <summary>How long to go on, and whom to keep informed.</summary>
    public sealed class AllocateOptions
    {
        /// <summary>
        /// How long to go on in all; 60 s by default. A host that stands by comes in seconds, and a crowded fleet
        /// frees one within the minute.
        /// </summary>
        public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(60);

        /// <summary>How long the broker may hold one request open, in whole seconds from 1 to 25.</summary>
        public int WaitSeconds { get; set; } = 15;

        /// <summary>Hears of each attempt and each wait.</summary>
        public IProgress<AllocationProgress>? Progress { get; set; }
    }
}
