using System.Net;
using System.Text;

namespace AllocationBroker.Client.Tests.Support;

/// <summary>
/// A transport and a clock in one: answers come from a list, whose last one repeats, and time passes only when
/// somebody waits for it.
/// </summary>
internal sealed class ScriptedBroker : IAllocationTransport, IAllocationClock
{
    internal const string Session = "3536d3e6-e85d-4f47-b898-9617d19dabcd";

    internal const string Host = $$"""
        {"sessionId":"{{Session}}","status":"allocated","hostName":"h.example","ports":[{"name":"game","port":10103}],"region":"West US"}
        """;

    private readonly Queue<Func<TransportRequest, TransportAnswer>> answers;

    internal ScriptedBroker(params Func<TransportRequest, TransportAnswer>[] answers) => this.answers = new(answers);

    public TimeSpan Now { get; set; }

    internal List<TransportRequest> Seen { get; } = [];

    internal List<TimeSpan> Waits { get; } = [];

    /// <summary>What a wait does besides passing, such as lasting longer.</summary>
    internal Action<TimeSpan> OnWait { get; set; } = _ => { };

    internal AllocationClient Client(string baseAddress = "https://broker.test", string? functionKey = null) =>
        new(new AllocationClientOptions(baseAddress) { FunctionKey = functionKey, Transport = this, Clock = this });

    internal IEnumerable<string> Bodies => Seen.Select(request => Encoding.UTF8.GetString(request.Body ?? []));

    public Task<TransportAnswer> SendAsync(TransportRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Seen.Add(request);
        return Task.FromResult((answers.Count > 1 ? answers.Dequeue() : answers.Peek())(request));
    }

    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        Waits.Add(delay);
        Now += delay;
        OnWait(delay);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    internal static Func<TransportRequest, TransportAnswer> Answer(
        int status, string body = "", params (string Name, string Value)[] headers) =>
        _ =>
        {
            var answer = new TransportAnswer(status, Encoding.UTF8.GetBytes(body));
            foreach (var (name, value) in headers) answer.Headers[name] = value;
            return answer;
        };

    internal static Func<TransportRequest, TransportAnswer> Problem(
        string code, int status, bool retryable, int? retryAfterSeconds = null)
    {
        var after = retryAfterSeconds == null ? "" : $"\"retryAfterSeconds\":{retryAfterSeconds},";
        return Answer(status, $$"""
            {"type":"urn:allocation-broker:problem:{{code}}","title":"A title","status":{{status}},
            "detail":"What is wrong: {{code}}.","code":"{{code}}","retryable":{{(retryable ? "true" : "false")}},
            {{after}}"instance":"instance-1","unknown":[{"a":null}]}
            """);
    }

    internal static Func<TransportRequest, TransportAnswer> Pending(int seconds) => Answer(202, $$"""
        {"sessionId":"{{Session}}","status":"pending","retryAfterSeconds":{{seconds}}}
        """);

    internal static Func<TransportRequest, TransportAnswer> Lost(string why = "Connection refused") =>
        _ => throw new HttpRequestException("An error occurred", new IOException(why));

    /// <summary>Nobody answers: the request takes all the time it has.</summary>
    internal Func<TransportRequest, TransportAnswer> Silence() => request =>
    {
        Now += request.Timeout;
        throw new TimeoutException("no answer");
    };

    internal static Func<TransportRequest, TransportAnswer> Allocated(HttpStatusCode status = HttpStatusCode.Created) =>
        Answer((int)status, Host);
}
