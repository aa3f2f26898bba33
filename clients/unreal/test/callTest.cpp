#include "Call.h"

#include "check.h"

#include <functional>
#include <vector>

using namespace AllocationBroker::Core;

namespace
{
const std::string Session = "3536d3e6-e85d-4f47-b898-9617d19dabcd";
const std::string HostBody = R"({"sessionId":")" + Session
	+ R"(","status":"allocated","hostName":"h.example","ports":[{"name":"game","port":10103},{"port":"x"}],"region":"West US","new":1})";

/** Carries a call out in virtual time: answers come from a list, whose last one repeats. */
struct World
{
	std::vector<HttpResult> Answers;
	double Now = 100;
	/** What a wait lasts beyond its time. */
	double Oversleep = 0;
	/** What a request lasts. */
	std::function<double(const HttpRequest&)> Duration = [](const HttpRequest&) { return 0.0; };
	std::vector<HttpRequest> Seen = {};
	std::vector<Retry> Waits = {};

	Step Run(Call& TheCall)
	{
		Step Next = TheCall.Start(Now);
		while (true)
		{
			if (const Send* Request = std::get_if<Send>(&Next))
			{
				Seen.push_back(Request->Request);
				Now += Duration(Request->Request);
				Next = TheCall.OnResult(Answers[std::min(Seen.size(), Answers.size()) - 1], Now, 0);
			}
			else if (const Wait* Pause = std::get_if<Wait>(&Next))
			{
				Waits.push_back(Pause->Why);
				Now += Pause->Why.WaitSeconds + Oversleep;
				Next = TheCall.OnWaited(Now);
			}
			else return Next;
		}
	}

	Step Allocate(double DeadlineSeconds = 60, double Random = 0.5)
	{
		Order What;
		What.SessionId = Session;
		What.GameMode = "duel";
		Call TheCall = Call::Allocate({"https://broker.test/", "key-1", ""}, What, DeadlineSeconds, [=] { return Random; });
		return Run(TheCall);
	}
};

HttpResult Answered(int Status, std::string Body = "")
{
	HttpResult Result;
	Result.Status = Status;
	Result.Body = std::move(Body);
	return Result;
}

HttpResult Lost(std::string Why = "connection refused")
{
	HttpResult Result;
	Result.LostBecause = std::move(Why);
	return Result;
}

HttpResult Pending(const std::string& Seconds)
{
	return Answered(202, R"({"status":"pending","retryAfterSeconds":)" + Seconds + "}");
}

HttpResult Told(const std::string& Code, int Status, bool bRetryable, const std::string& More = "")
{
	return Answered(Status, R"({"type":"urn:allocation-broker:problem:)" + Code + R"(","code":")" + Code + R"(","status":)"
		+ std::to_string(Status) + R"(,"title":"T","detail":"What is wrong.","instance":"i-1","retryable":)"
		+ (bRetryable ? "true" : "false") + More + "}");
}

const Failure& FailureIn(const Step& Last) { return std::get<Failure>(Last); }

Failure FinalFailure(const Step& Last)
{
	return FailureOf(std::get<Finished>(Last).Final, "https://broker.test");
}

void SendsWhatTheContractAsksFor()
{
	World Broker{{Answered(201, HostBody)}};
	const Host Found = *std::get<Finished>(Broker.Allocate()).Final.AsHost();
	CHECK_EQUAL(Found.HostName, "h.example");
	CHECK_EQUAL(Found.Ports.size(), 1u);
	CHECK_EQUAL(Found.Ports[0].Number, 10103);
	CHECK(!Found.bReplayed);
	CHECK_EQUAL(Broker.Seen.size(), 1u);
	const HttpRequest& Sent = Broker.Seen[0];
	CHECK_EQUAL(Sent.Method + " " + Sent.Url, "POST https://broker.test/api/v1/allocations");
	CHECK_EQUAL(Sent.Headers.at("Content-Type"), "application/json");
	CHECK_EQUAL(Sent.Headers.at("Prefer"), "wait=15");
	CHECK_EQUAL(Sent.Headers.at("x-functions-key"), "key-1");
	CHECK_EQUAL(Sent.TimeoutSeconds, 30.0);
	CHECK_EQUAL(Sent.Body, R"({"sessionId":")" + Session + R"(","gameMode":"duel"})");
}

void WritesAllMembers()
{
	const Order What{"{3536D3E6-E85D-4F47-B898-9617D19DABCD}", "duel", {{"West US", 34.5}}, 4, "map=東京"};
	CHECK_EQUAL(BodyOf(What), R"({"sessionId":")" + Session
		+ R"(","gameMode":"duel","latencies":[{"location":"West US","ms":34.5}],"partySize":4,"sessionCookie":"map=東京"})");
}

void KnowsAGuidInItsSpellings()
{
	for (const char* Spelling :
		{"3536D3E6E85D4F47B8989617D19DABCD", "3536D3E6-E85D-4F47-B898-9617D19DABCD", "3536d3e6e85d4f47b8989617d19dabcd",
			"{3536D3E6-E85D-4F47-B898-9617D19DABCD}", "(3536D3E6-E85D-4F47-B898-9617D19DABCD)",
			"{0x3536D3E6,0xE85D,0x4F47,{0xB8,0x98,0x96,0x17,0xD1,0x9D,0xAB,0xCD}}", "3536D3E6-E85D4F47-B8989617-D19DABCD"})
	{
		CheckEqual(SessionIdOf(Spelling), Session, Spelling, __FILE__, __LINE__);
	}
	CHECK_EQUAL(SessionIdOf("my match"), "my match");
	CHECK_EQUAL(SessionIdOf("3536"), "3536");
}

void TheWaitDoublesUpToEightSecondsHalfOfItRandom()
{
	for (const double Random : {0.0, 0.999})
	{
		World Broker{{Lost(), Lost(), Lost(), Lost(), Lost(), Lost(), Lost(), Answered(200, HostBody)}};
		CHECK(std::get<Finished>(Broker.Allocate(300, Random)).Final.AsHost()->bReplayed);
		const double Ceilings[] = {0.25, 0.5, 1, 2, 4, 8, 8};
		CHECK_EQUAL(Broker.Waits.size(), 7u);
		for (int At = 0; At < 7; At++) CHECK_EQUAL(Broker.Waits[At].WaitSeconds, Ceilings[At] / 2 * (1 + Random));
		for (const HttpRequest& Sent : Broker.Seen) CHECK_EQUAL(Sent.Body, Broker.Seen[0].Body);
	}
}

void ATimeToWaitIsNeverUndercutAndStartsTheBackOffAnew()
{
	World Broker{{Lost(), Told("no-capacity", 503, true, R"(,"retryAfterSeconds":4)"), Pending("2"), Pending("0"), Lost(),
		Answered(201, HostBody)}};
	Broker.Allocate(60, 0);
	const double Expected[] = {0.125, 4, 2, 0.125, 0.25};
	for (int At = 0; At < 5; At++) CHECK_EQUAL(Broker.Waits[At].WaitSeconds, Expected[At]);
	CHECK_EQUAL(Broker.Waits[0].Reason, "connection-lost");
	CHECK_EQUAL(Broker.Waits[0].Detail, "no answer from https://broker.test: connection refused");
	CHECK_EQUAL(Broker.Waits[1].Reason, "no-capacity");
}

void AFinalProblemComesWithAllItSays()
{
	World Broker{{Told("invalid-request", 400, false, R"(,"errors":[{"pointer":"/gameMode","message":"must be duel"}])")}};
	const Failure Final = FinalFailure(Broker.Allocate());
	CHECK_EQUAL(Final.Code, "invalid-request");
	CHECK_EQUAL(Final.Message, "What is wrong. /gameMode: must be duel.");
	CHECK_EQUAL(Final.LastProblem->Type, "urn:allocation-broker:problem:invalid-request");
	CHECK_EQUAL(Final.LastProblem->Instance, "i-1");
	CHECK_EQUAL(Broker.Seen.size(), 1u);
}

void TheMessageSaysWhatToDo()
{
	World Redirecting{{Answered(302)}};
	Redirecting.Answers[0].Location = "https://portal.example/sign-in?key=secret";
	const Failure Redirected = FinalFailure(Redirecting.Allocate());
	CHECK_EQUAL(Redirected.Code, "unexpected-answer");
	CHECK(Redirected.Message.starts_with("https://broker.test redirects to https://portal.example/sign-in (status 302), and"));
	CHECK(Redirected.Message.find("secret") == std::string::npos);
	World Within{{Answered(308)}};
	Within.Answers[0].Location = "/elsewhere";
	CHECK(FinalFailure(Within.Allocate()).Message.find("to https://broker.test/elsewhere (") != std::string::npos);
	World Missing{{Answered(404)}};
	CHECK_EQUAL(
		FinalFailure(Missing.Allocate()).Message,
		"There is no broker at https://broker.test. The base address is its address without /api.");
	World Page{{Answered(200, "\xEF\xBB\xBF<html>")}};
	CHECK(FinalFailure(Page.Allocate()).Message.starts_with("What answers at https://broker.test sends a web page (status 200)."));
	World Refused{{Answered(401)}};
	CHECK_EQUAL(FinalFailure(Refused.Allocate()).Code, "unauthenticated");
	World Wrong;
	Call TheCall = Call::Locations({"my-broker", "", ""}, [] { return 0.0; });
	CHECK(FailureIn(Wrong.Run(TheCall)).Message.starts_with("The base address must be absolute"));
}

void HalfAnObjectIsALostAnswer()
{
	World Broker{{Answered(200, "{\"status\":\"alloc"), Answered(201, HostBody)}};
	Broker.Allocate();
	CHECK_EQUAL(Broker.Seen.size(), 2u);
}

void GivesUpInTimeAndSaysWhatStoodInTheWay()
{
	World Silent{{Lost("no answer in time")}};
	Silent.Duration = [](const HttpRequest& Request) { return Request.TimeoutSeconds; };
	const Step Last = Silent.Allocate(3.9);
	CHECK_EQUAL(FailureIn(Last).Code, "deadline-exceeded");
	CHECK_EQUAL(
		FailureIn(Last).Message,
		"No final answer within 3.9 s: 1 attempt, the last of which ended with \"connection-lost\" (no answer from "
		"https://broker.test: no answer in time). Check the base address, and that the broker runs.");
	CHECK_EQUAL(Silent.Now, 103.9);
	CHECK_EQUAL(Silent.Seen[0].Headers.at("Prefer"), "wait=3");
	World Full{{Told("quota-exceeded", 429, true, R"(,"retryAfterSeconds":3600)")}};
	CHECK_EQUAL(FailureIn(Full.Allocate()).LastProblem->Code, "quota-exceeded");
	CHECK_EQUAL(Full.Waits.size(), 0u);
}

void AfterASuspensionThereIsOneLastLook()
{
	World Slept{{Pending("2"), Answered(200, HostBody)}};
	Slept.Oversleep = 3600;
	CHECK(std::get<Finished>(Slept.Allocate(10)).Final.AsHost());
	CHECK_EQUAL(Slept.Seen[1].TimeoutSeconds, 5.0);
	World InVain{{Pending("2")}};
	InVain.Oversleep = 3600;
	CHECK_EQUAL(FailureIn(InVain.Allocate(10)).Code, "deadline-exceeded");
	CHECK_EQUAL(InVain.Seen.size(), 2u);
	World InARequest{{Lost("reset"), Answered(200, HostBody)}};
	InARequest.Duration = [&](const HttpRequest&) { return InARequest.Seen.size() == 1 ? 300.0 : 0.0; };
	CHECK(std::get<Finished>(InARequest.Allocate(10)).Final.AsHost());
	World Late{{Pending("2")}};
	Late.Oversleep = 0.2;
	CHECK_EQUAL(FailureIn(Late.Allocate(2.3)).Code, "deadline-exceeded");
	CHECK_EQUAL(Late.Seen.size(), 1u);
}

void LooksUpAndLists()
{
	World Broker{{Lost(), Pending("5")}};
	Call Find = Call::Find({"https://broker.test", "", "token-1"}, "x/y", [] { return 0.0; });
	CHECK(std::get<Finished>(Broker.Run(Find)).Final.Type == Answer::Kind::Pending);
	CHECK_EQUAL(Broker.Seen[1].Url, "https://broker.test/api/v1/allocations/x%2Fy");
	CHECK_EQUAL(Broker.Seen[1].Headers.at("Authorization"), "Bearer token-1");
	CHECK_EQUAL(Broker.Seen[1].Headers.count("Prefer"), 0u);
	World Listing{{Answered(200, R"({"locations":[{"name":"A","qos":{"protocol":"udp","host":"::1","port":1}},null,1,
		{"name":2},{"name":"B","qos":{"port":"x"}}]})")}};
	Call List = Call::Locations({"https://broker.test", "", ""}, [] { return 0.0; });
	const std::vector<Location> Places = *std::get<Finished>(Listing.Run(List)).Final.AsLocations();
	CHECK_EQUAL(Places.size(), 2u);
	CHECK_EQUAL(Places[0].Qos->HostName, "::1");
	CHECK(!Places[1].Qos);
	CHECK(!Answer::Of(Answered(200, R"({"locations":"all"})"), 0).AsLocations());
}
}

void TestCall()
{
	SendsWhatTheContractAsksFor();
	WritesAllMembers();
	KnowsAGuidInItsSpellings();
	TheWaitDoublesUpToEightSecondsHalfOfItRandom();
	ATimeToWaitIsNeverUndercutAndStartsTheBackOffAnew();
	AFinalProblemComesWithAllItSays();
	TheMessageSaysWhatToDo();
	HalfAnObjectIsALostAnswer();
	GivesUpInTimeAndSaysWhatStoodInTheWay();
	AfterASuspensionThereIsOneLastLook();
	LooksUpAndLists();
}
