using System.Globalization;
using System.Net;
using System.Text.Json;
using AllocationBroker.Client.Tests.Support;
using static AllocationBroker.Client.Tests.Support.ScriptedBroker;

namespace AllocationBroker.Client.Tests;

public class AllocateTests
{
    private static AllocationRequest Duel() => new("duel") { SessionId = Session };

    private static AllocateOptions Within(double seconds) => new() { Deadline = TimeSpan.FromSeconds(seconds) };

    [Fact]
    public async Task Sends_what_the_contract_asks_for()
    {
        var broker = new ScriptedBroker(Allocated());
        var request = new AllocationRequest("duel")
        {
            SessionId = Session,
            Latencies = [new Latency("West US", 34.5), new Latency("Nowhere", double.NaN)],
            PartySize = 4,
            SessionCookie = "map=東京",
        };
        var host = await broker.Client(functionKey: "key-1").AllocateAsync(request);
        Assert.Equal(
            ["h.example", "West US", Session, "game:10103"],
            [host.HostName, host.Region, host.SessionId, $"{host.Ports[0].Name}:{host.Ports[0].Port}"]);
        Assert.False(host.Replayed);
        var sent = Assert.Single(broker.Seen);
        Assert.Equal(("POST", "https://broker.test/api/v1/allocations"), (sent.Method, sent.Address.AbsoluteUri));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Content-Type"] = "application/json",
                ["Prefer"] = "wait=15",
                ["x-functions-key"] = "key-1",
            },
            sent.Headers);
        Assert.Equal(TimeSpan.FromSeconds(30), sent.Timeout);
        Assert.Equal(
            $$"""{"sessionId":"{{Session}}","gameMode":"duel","latencies":[{"location":"West US","ms":34.5},{"location":"Nowhere","ms":null}],"partySize":4,"sessionCookie":"map=東京"}""",
            broker.Bodies.Single());
    }

    [Fact]
    public async Task Sends_a_party_and_leaves_out_what_is_absent()
    {
        var broker = new ScriptedBroker(Allocated());
        var request = Duel();
        request.Latencies = [];
        request.SessionCookie = "";
        request.Players = [new Player { PlayerId = "p1", Latencies = [new Latency("West US", 1)] }, new Player()];
        await broker.Client("https://broker.test/").AllocateAsync(request);
        Assert.Equal(
            $$"""{"sessionId":"{{Session}}","gameMode":"duel","players":[{"playerId":"p1","latencies":[{"location":"West US","ms":1}]},{}]}""",
            broker.Bodies.Single());
        Assert.DoesNotContain("x-functions-key", broker.Seen[0].Headers.Keys);
    }

    [Fact]
    public async Task Every_attempt_of_a_request_and_every_call_with_it_names_the_same_session()
    {
        var broker = new ScriptedBroker(Lost(), Pending(1), Allocated());
        var request = new AllocationRequest("duel");
        await broker.Client().AllocateAsync(request);
        await broker.Client().AllocateAsync(request);
        var body = Assert.Single(broker.Bodies.Distinct());
        Assert.Equal(4, broker.Seen.Count);
        Assert.True(Guid.TryParseExact(
            JsonDocument.Parse(body).RootElement.GetProperty("sessionId").GetString(), "D", out _));
        Assert.NotEqual(request.SessionId, new AllocationRequest("duel").SessionId);
    }

    [Fact]
    public async Task The_wait_doubles_up_to_eight_seconds_half_of_it_random()
    {
        var broker = new ScriptedBroker([.. Enumerable.Repeat(Lost(), 8), Allocated()]);
        await broker.Client().AllocateAsync(Duel(), Within(300));
        double[] ceilings = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000];
        Assert.Equal(ceilings.Length, broker.Waits.Count);
        Assert.All(broker.Waits.Zip(ceilings), pair =>
            Assert.InRange(pair.First.TotalMilliseconds, pair.Second / 2, pair.Second));
        Assert.Equal(8, broker.Waits.Distinct().Count());
    }

    [Fact]
    public async Task A_time_that_the_broker_asks_for_is_never_undercut_and_starts_the_back_off_anew()
    {
        var broker = new ScriptedBroker(
            Lost(), Lost(), Problem("no-capacity", 503, true, 4), Pending(2), Lost(), Allocated(HttpStatusCode.OK));
        var host = await broker.Client().AllocateAsync(Duel());
        Assert.True(host.Replayed);
        (double From, double To)[] bounds = [(0.125, 0.25), (0.25, 0.5), (4, 5), (2, 2.5), (0.125, 0.25)];
        Assert.All(broker.Waits.Zip(bounds), pair =>
            Assert.InRange(pair.First.TotalSeconds, pair.Second.From, pair.Second.To));
    }

    [Fact]
    public async Task At_once_is_no_time_to_wait()
    {
        var broker = new ScriptedBroker(Answer(503, "", ("Retry-After", "0")), Pending(0), Allocated());
        await broker.Client().AllocateAsync(Duel());
        Assert.InRange(broker.Waits[0].TotalMilliseconds, 125, 250);
        Assert.InRange(broker.Waits[1].TotalMilliseconds, 250, 500);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_a_gateway_says_may_pass(int status)
    {
        var broker = new ScriptedBroker(Answer(status, "<html>"), Allocated());
        await broker.Client().AllocateAsync(Duel());
        Assert.Equal(2, broker.Seen.Count);
    }

    [Theory]
    [InlineData("{\"sessionId\":\"3536d3e6\",\"status\":\"alloc")]
    [InlineData("\uFEFF{")]
    public async Task An_object_that_ends_in_its_middle_is_a_lost_answer(string half)
    {
        var broker = new ScriptedBroker(Answer(200, half), Allocated());
        await broker.Client().AllocateAsync(Duel());
        Assert.Equal(2, broker.Seen.Count);
    }

    [Fact]
    public async Task A_code_of_tomorrow_is_judged_by_retryable()
    {
        var broker = new ScriptedBroker(Problem("of-tomorrow", 418, true, 1), Problem("of-tomorrow", 503, false));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel()));
        Assert.Equal(("of-tomorrow", 2), (error.Code, broker.Seen.Count));
    }

    [Fact]
    public async Task A_final_problem_comes_with_its_type_and_all_it_says()
    {
        var broker = new ScriptedBroker(Answer(400, """
            {"type":"urn:allocation-broker:problem:invalid-request","title":"The request is not valid","status":400,
            "detail":"The request body is not valid.","code":"invalid-request","retryable":false,"instance":"i-1",
            "errors":[{"pointer":"/gameMode","message":"must be one of: duel, battle"},{"pointer":"/x","message":"unknown"}]}
            """));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel()));
        Assert.Equal(AllocationErrorCode.InvalidRequest, error.Code);
        Assert.Equal("i-1", error.Instance);
        var problem = error.Problem!;
        Assert.Equal("urn:allocation-broker:problem:invalid-request", problem.Type);
        Assert.Equal((400, "The request is not valid", false, null), (problem.Status, problem.Title, problem.Retryable, problem.RetryAfter));
        Assert.Equal(["/gameMode", "/x"], problem.Errors.Select(mistake => mistake.Pointer));
        Assert.Equal(
            "The request body is not valid. /gameMode: must be one of: duel, battle. /x: unknown.", error.Message);
        Assert.Single(broker.Seen);
    }

    public static TheoryData<int, string, string, string, string> FinalAnswers => new()
    {
        { 401, "", "", "unauthenticated", "The function key or the token is missing or wrong. Set FunctionKey or GetToken." },
        { 403, "<html>", "", "forbidden", "https://broker.test does not allow this (status 403)." },
        {
            404, "", "", "unexpected-answer",
            "There is no broker at https://broker.test. The base address is its address without /api."
        },
        {
            200, "<html>Sign in</html>", "", "unexpected-answer",
            "What answers at https://broker.test sends a web page (status 200). Check the base address; a network that "
            + "wants a sign-in first (a captive portal) or a gateway answers like this, too."
        },
        {
            200, "{\"hello\":\"world\"}", "", "unexpected-answer",
            "What answers at https://broker.test is no broker (status 200). Check the base address; a network that "
            + "wants a sign-in first (a captive portal) or a gateway answers like this, too."
        },
        {
            302, "", "https://portal.example/sign-in?key=secret", "unexpected-answer",
            "https://broker.test redirects to https://portal.example/sign-in (status 302), and the client follows no "
            + "redirect, because the key would go along. If that is your broker, use its address as the base address. "
            + "If not, the network wants a sign-in first (a captive portal), or the base address is wrong."
        },
    };

    [Theory]
    [MemberData(nameof(FinalAnswers))]
    public async Task The_message_says_what_to_do(int status, string body, string location, string code, string message)
    {
        var broker = new ScriptedBroker(
            location == "" ? Answer(status, body) : Answer(status, body, ("location", location)));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel()));
        Assert.Equal((code, message), (error.Code, error.Message));
        Assert.Single(broker.Seen);
    }

    [Fact]
    public async Task Gives_up_at_the_deadline_and_says_what_stood_in_the_way()
    {
        var broker = new ScriptedBroker(Lost("Connection refused (broker.test:443)"));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel(), Within(5)));
        Assert.Equal(AllocationErrorCode.DeadlineExceeded, error.Code);
        Assert.Equal(
            $"No final answer within 5 s: {broker.Seen.Count} attempts, the last of which ended with "
            + "\"connection-lost\" (no answer from https://broker.test: Connection refused (broker.test:443)). Check "
            + "the base address, and that the broker runs.",
            error.Message);
        Assert.InRange(broker.Now.TotalSeconds, 1, 5);
    }

    [Fact]
    public async Task Does_not_wait_for_a_time_after_the_deadline()
    {
        var broker = new ScriptedBroker(Problem("quota-exceeded", 429, true, 3600));
        var error = await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel()));
        Assert.Equal(AllocationErrorCode.DeadlineExceeded, error.Code);
        Assert.Equal(("quota-exceeded", TimeSpan.FromHours(1)), (error.Problem!.Code, error.Problem.RetryAfter));
        Assert.Empty(broker.Waits);
    }

    [Fact]
    public async Task A_request_that_nobody_answers_ends_with_the_deadline()
    {
        ScriptedBroker broker = null!;
        broker = new ScriptedBroker(request => broker.Silence()(request));
        await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel(), Within(3.9)));
        Assert.Equal(3.9, broker.Now.TotalSeconds);
        Assert.Equal("wait=3", Assert.Single(broker.Seen).Headers["Prefer"]);
    }

    [Fact]
    public async Task A_wait_longer_than_the_contract_allows_is_the_callers_mistake_to_see()
    {
        var broker = new ScriptedBroker(Allocated());
        await broker.Client().AllocateAsync(Duel(), new AllocateOptions { WaitSeconds = 25 });
        Assert.Equal("wait=25", broker.Seen[0].Headers["Prefer"]);
        Assert.Equal(TimeSpan.FromSeconds(40), broker.Seen[0].Timeout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_suspension_there_is_one_last_look(bool hostIsThere)
    {
        var broker = new ScriptedBroker(Pending(2), hostIsThere ? Allocated() : Pending(2));
        broker.OnWait = _ => broker.Now += TimeSpan.FromHours(1);
        var call = broker.Client().AllocateAsync(Duel(), Within(10));
        if (hostIsThere) Assert.Equal("h.example", (await call).HostName);
        else Assert.Equal("deadline-exceeded", (await Assert.ThrowsAsync<AllocationException>(() => call)).Code);
        Assert.Equal(2, broker.Seen.Count);
        Assert.Equal(TimeSpan.FromSeconds(5), broker.Seen[1].Timeout);
        Assert.Single(broker.Bodies.Distinct());
    }

    [Fact]
    public async Task The_connection_that_did_not_survive_a_suspension_is_no_reason_to_give_up()
    {
        ScriptedBroker broker = null!;
        broker = new ScriptedBroker(
            request =>
            {
                broker.Now += TimeSpan.FromMinutes(5);
                throw new IOException("Connection reset by peer");
            },
            Allocated(HttpStatusCode.OK));
        Assert.True((await broker.Client().AllocateAsync(Duel(), Within(10))).Replayed);
    }

    [Fact]
    public async Task A_timer_that_is_a_little_late_is_no_suspension()
    {
        var broker = new ScriptedBroker(Pending(2));
        broker.OnWait = _ => broker.Now = TimeSpan.FromSeconds(3.2);
        await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel(), Within(3)));
        Assert.Equal(3.2, broker.Now.TotalSeconds);
        Assert.Single(broker.Seen);
    }

    [Fact]
    public async Task Progress_says_at_once_why_it_waits()
    {
        var broker = new ScriptedBroker(Lost("Connection refused (broker.test:443)"), Allocated());
        var seen = new Log();
        await broker.Client().AllocateAsync(Duel(), new AllocateOptions { Progress = seen });
        Assert.Equal(
            [AllocationStep.Asking, AllocationStep.Waiting, AllocationStep.Asking, AllocationStep.Allocated],
            seen.Select(progress => progress.Step));
        var waiting = seen[1];
        Assert.Equal(("connection-lost", 1, TimeSpan.Zero), (waiting.Reason, waiting.Attempt, waiting.Elapsed));
        Assert.Equal(broker.Waits.Single(), waiting.Wait);
        Assert.Equal("no answer from https://broker.test: Connection refused (broker.test:443)", waiting.Detail);
        Assert.StartsWith("0.0 s: Waiting (attempt 1), 0.", waiting.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        using var source = new CancellationTokenSource();
        var broker = new ScriptedBroker(Pending(5)) { OnWait = _ => source.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => broker.Client().AllocateAsync(Duel(), null, source.Token));
        Assert.Single(broker.Seen);
    }

    [Fact]
    public async Task Cancelled_beforehand_it_sends_nothing()
    {
        var broker = new ScriptedBroker(Allocated());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => broker.Client().AllocateAsync(Duel(), null, new CancellationToken(true)));
        Assert.Empty(broker.Seen);
    }

    [Fact]
    public async Task The_token_is_asked_for_before_each_attempt_and_its_failure_reaches_the_caller()
    {
        var broker = new ScriptedBroker(Pending(1), Allocated());
        var issued = 0;
        var options = new AllocationClientOptions("https://broker.test") { Transport = broker, Clock = broker };
        options.GetToken = _ => Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"token-{++issued}"));
        await new AllocationClient(options).AllocateAsync(Duel());
        Assert.Equal(["Bearer token-1", "Bearer token-2"], broker.Seen.Select(request => request.Headers["Authorization"]));
        options.GetToken = _ => throw new NotSupportedException("signed out");
        await Assert.ThrowsAsync<NotSupportedException>(() => new AllocationClient(options).AllocateAsync(Duel()));
    }

    [Fact]
    public async Task What_no_repetition_mends_reaches_the_caller_as_it_is()
    {
        var refusal = new AllocationException(AllocationErrorCode.NotSent, "refused");
        var broker = new ScriptedBroker(_ => throw refusal);
        Assert.Same(refusal, await Assert.ThrowsAsync<AllocationException>(() => broker.Client().AllocateAsync(Duel())));
    }

    [Theory]
    [InlineData("my-broker.azurewebsites.net")]
    [InlineData("ftp://my-broker")]
    [InlineData("/api")]
    [InlineData("")]
    public void An_address_that_can_never_work_is_refused_at_once(string address)
    {
        var error = Assert.Throws<ArgumentException>(() => new AllocationClient(address));
        Assert.Equal("BaseAddress must be an absolute address, such as https://my-broker.azurewebsites.net", error.Message);
    }

    private sealed class Log : List<AllocationProgress>, IProgress<AllocationProgress>
    {
        public void Report(AllocationProgress value) => Add(value);
    }
}
