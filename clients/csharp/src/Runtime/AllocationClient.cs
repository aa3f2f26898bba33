#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using AllocationBroker.Asking;

namespace AllocationBroker
{
    /// <summary>
    /// Asks one broker for the hosts of game sessions. It holds no state between calls, and any number of calls may
    /// run at the same time.
    /// </summary>
    public sealed class AllocationClient
    {
        /// <summary>For reading calls; for allocating, see <see cref="AllocateOptions.Deadline"/>.</summary>
        private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(10);

        /// <summary>
        /// The broker finishes the fleet call that it is in, 8 s unless set otherwise, and its own writes. After that
        /// nobody answers.
        /// </summary>
        private static readonly TimeSpan BeyondWait = TimeSpan.FromSeconds(15);

        private readonly AllocationClientOptions options;
        private readonly IAllocationTransport transport;
        private readonly IAllocationClock clock;
        private readonly Uri baseAddress;
        private readonly string shownAddress;

        /// <summary>A client of the broker at that address, which asks for a key.</summary>
        public AllocationClient(string baseAddress, string? functionKey = null)
            : this(new AllocationClientOptions(baseAddress) { FunctionKey = functionKey })
        {
        }

        /// <summary>A client by its options.</summary>
        /// <exception cref="ArgumentException">The base address is none: no repetition would help.</exception>
        public AllocationClient(AllocationClientOptions options)
        {
            this.options = options;
            var absolute = Uri.TryCreate(options.BaseAddress.TrimEnd('/') + "/", UriKind.Absolute, out var address);
            if (!absolute || (address!.Scheme != "https" && address.Scheme != "http"))
            {
                throw new ArgumentException(
                    "BaseAddress must be an absolute address, such as https://my-broker.azurewebsites.net");
            }
            baseAddress = address;
            shownAddress = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
            transport = options.Transport ?? Defaults.Transport();
            clock = options.Clock ?? Defaults.Clock();
        }

        /// <summary>
        /// The host of a session, started if need be. The client repeats the request with the same session id, through
        /// lost connections too, until there is a final answer: that never starts a second host.
        /// </summary>
        /// <exception cref="AllocationException">There is no host.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async Task<Allocation> AllocateAsync(
            AllocationRequest request, AllocateOptions? options = null, CancellationToken cancellationToken = default)
        {
            options ??= new AllocateOptions();
            // Made once: every attempt sends the same bytes.
            var body = RequestBody.Of(request);
            var call = new Persistence(clock, options.Deadline, shownAddress) { Progress = options.Progress };
            var answer = await call
                .RunAsync(remaining => PostAsync(body, options.WaitSeconds, remaining, cancellationToken), cancellationToken)
                .ConfigureAwait(Continuation.OnCapturedContext);
            var host = AnswerReader.AllocationOf(answer) ?? throw Failure.Of(answer, shownAddress);
            call.Report(AllocationStep.Allocated);
            return host;
        }

        /// <summary>What the broker knows of a session, for late joiners. A lookup never starts a host.</summary>
        /// <exception cref="AllocationException">The broker cannot say.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async Task<SessionLookup> FindAsync(string sessionId, CancellationToken cancellationToken = default)
        {
            var answer = await ReadAsync(
                "api/v1/allocations/" + Uri.EscapeDataString(sessionId), true, cancellationToken)
                .ConfigureAwait(Continuation.OnCapturedContext);
            if (answer.Kind == AnswerKind.Pending) return new SessionLookup(null, true);
            if (answer.Problem?.Code == AllocationErrorCode.UnknownSession) return new SessionLookup(null, false);
            var host = AnswerReader.AllocationOf(answer) ?? throw Failure.Of(answer, shownAddress);
            return new SessionLookup(host, false);
        }

        /// <summary>
        /// The locations on offer, in the order in which the broker tries them when nothing is measured.
        /// </summary>
        /// <exception cref="AllocationException">The broker cannot say.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async Task<IReadOnlyList<Location>> LocationsAsync(CancellationToken cancellationToken = default)
        {
            var answer = await ReadAsync("api/v1/locations", false, cancellationToken)
                .ConfigureAwait(Continuation.OnCapturedContext);
            return AnswerReader.LocationsOf(answer) ?? throw Failure.Of(answer, shownAddress);
        }

        /// <summary>
        /// Measures the latency to each location that has a beacon. Measurements are optional, so this fails with
        /// nothing: what cannot be measured is left out, and without the list of locations there are none at all.
        /// </summary>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public async Task<IReadOnlyList<Latency>> MeasureAsync(
            MeasureOptions? options = null, CancellationToken cancellationToken = default)
        {
            options ??= new MeasureOptions();
            try
            {
                var locations = await LocationsAsync(cancellationToken).ConfigureAwait(Continuation.OnCapturedContext);
                var probe = options.Probe ?? new BuiltInProbe(transport, clock);
                return await new Measurement(options, probe, clock)
                    .OfAsync(locations, cancellationToken)
                    .ConfigureAwait(Continuation.OnCapturedContext);
            }
            catch (AllocationException)
            {
                return Array.Empty<Latency>();
            }
        }

        private Task<Answer> PostAsync(byte[] body, int waitSeconds, TimeSpan remaining, CancellationToken cancellationToken)
        {
            var wait = (int)Math.Max(1, Math.Min(waitSeconds, remaining.TotalSeconds));
            var longest = TimeSpan.FromSeconds(wait) + BeyondWait;
            var request = RequestTo("POST", "api/v1/allocations", remaining < longest ? remaining : longest);
            request.Body = body;
            request.Headers["Content-Type"] = "application/json";
            request.Headers["Prefer"] = "wait=" + wait.ToString(CultureInfo.InvariantCulture);
            return SendAsync(request, cancellationToken);
        }

        private Task<Answer> ReadAsync(string path, bool pendingIsFinal, CancellationToken cancellationToken)
        {
            var call = new Persistence(clock, ReadDeadline, shownAddress) { PendingIsFinal = pendingIsFinal };
            return call.RunAsync(
                remaining => SendAsync(RequestTo("GET", path, remaining), cancellationToken), cancellationToken);
        }

        private TransportRequest RequestTo(string method, string path, TimeSpan timeout) =>
            new TransportRequest(method, new Uri(baseAddress, path), timeout);

        private async Task<Answer> SendAsync(TransportRequest request, CancellationToken cancellationToken)
        {
            if (!string.IsNullOrEmpty(options.FunctionKey)) request.Headers["x-functions-key"] = options.FunctionKey!;
            if (options.GetToken != null)
            {
                var token = await options.GetToken(cancellationToken).ConfigureAwait(Continuation.OnCapturedContext);
                request.Headers["Authorization"] = "Bearer " + token;
            }
            try
            {
                var raw = await transport.SendAsync(request, cancellationToken)
                    .ConfigureAwait(Continuation.OnCapturedContext);
                return AnswerReader.Read(raw);
            }
#pragma warning disable CA1031 // Whatever kept the answer away, the broker may have acted: it is asked again.
            catch (Exception cause) when (!(cause is AllocationException) && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                return new Answer(AnswerKind.Lost) { Cause = cause };
            }
        }
    }
}
