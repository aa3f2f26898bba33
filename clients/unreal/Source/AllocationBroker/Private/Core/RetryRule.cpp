#include "RetryRule.h"

#include <algorithm>
#include <cmath>

namespace AllocationBroker::Core
{
namespace RetryDetail
{
/** Quick enough for a player after a lost packet. */
constexpr double FirstBackOffSeconds = 0.25;
/** At this pace thousands of clients are no burden on a broker. */
constexpr double LongestBackOffSeconds = 8;
/** Clients that got the same time to wait must not come back in the same instant. */
constexpr double HintSpread = 0.25;

/** What a gateway or the platform answers when it did not reach the broker, or not in time. */
bool MayPass(int Status)
{
	return Status == 408 || Status == 425 || Status == 429 || Status == 500 || Status == 502 || Status == 503
		|| Status == 504;
}

double BackOff(int Unhinted, double Random)
{
	const double Ceiling = std::min(LongestBackOffSeconds, std::ldexp(FirstBackOffSeconds, std::min(Unhinted, 10) - 1));
	return Ceiling / 2 * (1 + Random);
}
}

bool SaysWhen(const Answer& Last)
{
	return Last.RetryAfter.value_or(0) > 0;
}

std::optional<Retry> RetryOf(const Answer& Last, int Unhinted, double Random, const std::string& Address)
{
	using namespace RetryDetail;
	Retry Again;
	Again.WaitSeconds = SaysWhen(Last) ? *Last.RetryAfter * (1 + HintSpread * Random) : BackOff(Unhinted, Random);
	switch (Last.Type)
	{
	case Answer::Kind::Ok:
		return std::nullopt;
	case Answer::Kind::Pending:
		Again.Reason = "pending";
		Again.Detail = "a host may be on its way";
		return Again;
	case Answer::Kind::Lost:
		Again.Reason = "connection-lost";
		Again.Detail = "no answer from " + Address + ": " + Last.LostBecause;
		return Again;
	case Answer::Kind::Problem:
		if (!Last.TheProblem.bRetryable) return std::nullopt;
		Again.Reason = Last.TheProblem.Code;
		Again.Detail = Last.TheProblem.Detail;
		return Again;
	case Answer::Kind::Foreign:
		if (!MayPass(Last.Status)) return std::nullopt;
		Again.Reason = "http-" + std::to_string(Last.Status);
		Again.Detail = "a gateway answers at " + Address + " instead of the broker";
		return Again;
	}
	return std::nullopt;
}
}
