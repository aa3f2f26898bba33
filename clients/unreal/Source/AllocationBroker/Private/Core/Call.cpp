#include "Call.h"

#include "Json.h"

#include <algorithm>
#include <cstdio>

namespace AllocationBroker::Core
{
namespace CallDetail
{
constexpr double ReadDeadlineSeconds = 10;
constexpr int WaitSeconds = 15;
/** The broker finishes the fleet call that it is in, 8 s unless set otherwise, and its own writes. */
constexpr double BeyondWaitSeconds = 15;
/** What ends so long after the deadline was not merely late: the device slept, or the app was suspended. */
constexpr double OversleepSeconds = 0.25;
/** For the one look after that: a session that has its host is answered at once. */
constexpr double LastLookSeconds = 5;

std::string InSeconds(double Seconds)
{
	char Text[32];
	std::snprintf(Text, sizeof Text, "%.3g s", Seconds);
	return Text;
}

/** For a path: whatever is not unreserved (RFC 3986, section 2.3) goes out in hexadecimal. */
std::string Escaped(const std::string& Text)
{
	constexpr std::string_view Unreserved =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	std::string Out;
	for (const char Character : Text)
	{
		char Code[4];
		std::snprintf(Code, sizeof Code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(Character)));
		if (Unreserved.find(Character) != std::string_view::npos) Out += Character;
		else Out += Code;
	}
	return Out;
}
}

std::string Server::Address() const
{
	return BaseAddress.substr(0, BaseAddress.find_last_not_of('/') + 1);
}

bool Server::IsValid() const
{
	const std::string Start = Address();
	for (const std::string_view Scheme : {"https://", "http://"})
	{
		if (Start.starts_with(Scheme)) return Start.size() > Scheme.size();
	}
	return false;
}

Call::Call(
	const Server& InBroker, std::string Method, std::string Path, double InDeadlineSeconds, std::function<double()> InRandom)
	: Broker(InBroker), Random(std::move(InRandom)), DeadlineSeconds(InDeadlineSeconds)
{
	Prototype.Method = std::move(Method);
	Prototype.Url = Broker.Address() + Path;
	if (!Broker.FunctionKey.empty()) Prototype.Headers["x-functions-key"] = Broker.FunctionKey;
	if (!Broker.BearerToken.empty()) Prototype.Headers["Authorization"] = "Bearer " + Broker.BearerToken;
}

Call Call::Allocate(const Server& Broker, const Order& What, double DeadlineSeconds, std::function<double()> Random)
{
	Call New(Broker, "POST", "/api/v1/allocations", DeadlineSeconds, std::move(Random));
	// Made once: every attempt sends the same bytes.
	New.Prototype.Body = BodyOf(What);
	New.Prototype.Headers["Content-Type"] = "application/json";
	return New;
}

Call Call::Find(const Server& Broker, const std::string& SessionId, std::function<double()> Random)
{
	const std::string Path = "/api/v1/allocations/" + CallDetail::Escaped(SessionIdOf(SessionId));
	Call New(Broker, "GET", Path, CallDetail::ReadDeadlineSeconds, std::move(Random));
	New.bPendingIsFinal = true;
	return New;
}

Call Call::Locations(const Server& Broker, std::function<double()> Random)
{
	return Call(Broker, "GET", "/api/v1/locations", CallDetail::ReadDeadlineSeconds, std::move(Random));
}

Step Call::Start(double Now)
{
	if (!Broker.IsValid())
	{
		return Failure{
			"unexpected-answer",
			"The base address must be absolute, such as https://my-broker.azurewebsites.net.",
			std::nullopt};
	}
	End = Now + DeadlineSeconds;
	return SendNext(Now);
}

Step Call::SendNext(double Now)
{
	using namespace CallDetail;
	Attempt++;
	const double Remaining = std::max(0.0, End - Now);
	HttpRequest Next = Prototype;
	Next.TimeoutSeconds = Remaining;
	if (Next.Method == "POST")
	{
		const int Hold = std::max(1, std::min(WaitSeconds, static_cast<int>(Remaining)));
		Next.Headers["Prefer"] = "wait=" + std::to_string(Hold);
		Next.TimeoutSeconds = std::min(Remaining, Hold + BeyondWaitSeconds);
	}
	return Send{std::move(Next)};
}

Step Call::OnResult(const HttpResult& Result, double Now, double UnixNow)
{
	Last = Answer::Of(Result, UnixNow);
	Unhinted = SaysWhen(Last) ? 0 : Unhinted + 1;
	const std::optional<Retry> Again = RetryOf(Last, Unhinted, Random(), Broker.Address());
	if (!Again || (bPendingIsFinal && Last.Type == Answer::Kind::Pending)) return Finished{Last};
	LastRetry = *Again;
	// No use in making a player wait for an attempt that will not be made.
	if (Now + Again->WaitSeconds < End) return Wait{*Again};
	return LookAgainOrFail(Now);
}

Step Call::OnWaited(double Now)
{
	return Now < End ? SendNext(Now) : LookAgainOrFail(Now);
}

/** If the deadline passed while the app was suspended, the broker may have found a host meanwhile: one last look. */
Step Call::LookAgainOrFail(double Now)
{
	using namespace CallDetail;
	if (!bLookedAfterSleep && Now >= End + OversleepSeconds)
	{
		bLookedAfterSleep = true;
		End = Now + LastLookSeconds;
		return SendNext(Now);
	}
	std::string Detail = LastRetry.Detail;
	while (!Detail.empty() && Detail.back() == '.') Detail.pop_back();
	Failure GaveUp;
	GaveUp.Code = "deadline-exceeded";
	GaveUp.Message = "No final answer within " + InSeconds(DeadlineSeconds) + ": " + std::to_string(Attempt)
		+ (Attempt == 1 ? " attempt" : " attempts") + ", the last of which ended with \"" + LastRetry.Reason + "\" (" + Detail
		+ ").";
	if (Last.Type == Answer::Kind::Lost) GaveUp.Message += " Check the base address, and that the broker runs.";
	if (Last.Type == Answer::Kind::Problem) GaveUp.LastProblem = Last.TheProblem;
	return GaveUp;
}

std::string SessionIdOf(const std::string& Guid)
{
	std::string Digits;
	for (std::size_t At = 0; At < Guid.size(); At++)
	{
		const char Lower = Guid[At] >= 'A' && Guid[At] <= 'Z' ? static_cast<char>(Guid[At] + 32) : Guid[At];
		const bool bHex = (Lower >= '0' && Lower <= '9') || (Lower >= 'a' && Lower <= 'f');
		// 0x12345678 of HexValuesInBraces.
		if (Lower == 'x' && !Digits.empty() && Digits.back() == '0') Digits.pop_back();
		else if (bHex) Digits += Lower;
		else if (std::string_view("-{}(),").find(Lower) == std::string_view::npos) return Guid;
	}
	if (Digits.size() != 32) return Guid;
	for (const std::size_t At : {20, 16, 12, 8}) Digits.insert(At, "-");
	return Digits;
}

std::string BodyOf(const Order& What)
{
	JsonText Body;
	Body.Open('{').Name("sessionId").Value(SessionIdOf(What.SessionId)).Name("gameMode").Value(What.GameMode);
	if (!What.Latencies.empty())
	{
		Body.Name("latencies").Open('[');
		for (const Latency& Measured : What.Latencies)
		{
			Body.Open('{').Name("location").Value(Measured.Location).Name("ms").Value(Measured.Milliseconds).Close('}');
		}
		Body.Close(']');
	}
	if (What.PartySize > 0) Body.Name("partySize").Value(What.PartySize);
	if (!What.SessionCookie.empty()) Body.Name("sessionCookie").Value(What.SessionCookie);
	return Body.Close('}').Get();
}
}
