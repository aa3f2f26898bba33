#pragma once

#include "Answer.h"
#include "RetryRule.h"
#include "Types.h"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace AllocationBroker::Core
{
/** Which broker to ask, and as whom. */
struct Server
{
	/** The broker's address without /api. */
	std::string BaseAddress;
	/** Sent as x-functions-key, if there is one. */
	std::string FunctionKey;
	/** Sent as Authorization: Bearer, if there is one. */
	std::string BearerToken;

	/** Without slashes at its end. */
	std::string Address() const;
	/** http or https with a host: no repetition would help otherwise. */
	bool IsValid() const;
};

/** What the caller has to do next, before it goes on with the call. */
struct Send
{
	HttpRequest Request;
};
struct Wait
{
	Retry Why;
};
struct Finished
{
	/** Neither lost nor to be asked again. */
	Answer Final;
};
using Step = std::variant<Send, Wait, Finished, Failure>;

/**
 * One call to the broker: which request to send next, how long to wait, and when to stop. It sends nothing and waits for
 * nothing by itself, so that the engine and plain sockets can both carry it out. Times are seconds of one clock that
 * never goes back.
 */
class Call
{
public:
	/** @param Random gives a number from 0 (inclusive) to 1 (exclusive) */
	static Call Allocate(const Server& Broker, const Order& What, double DeadlineSeconds, std::function<double()> Random);
	static Call Find(const Server& Broker, const std::string& SessionId, std::function<double()> Random);
	static Call Locations(const Server& Broker, std::function<double()> Random);

	/** The first step. */
	Step Start(double Now);
	/** The step after a Send. @param UnixNow the device's clock, for dates in answers without one */
	Step OnResult(const HttpResult& Result, double Now, double UnixNow);
	/** The step after a Wait. */
	Step OnWaited(double Now);

	/** How many requests have gone out. */
	int Attempts() const { return Attempt; }

private:
	Call(const Server& Broker, std::string Method, std::string Path, double DeadlineSeconds, std::function<double()> Random);

	Step SendNext(double Now);
	Step LookAgainOrFail(double Now);

	Server Broker;
	HttpRequest Prototype;
	std::function<double()> Random;
	double DeadlineSeconds = 0;
	/** Whether "not yet" answers the question. */
	bool bPendingIsFinal = false;
	bool bLookedAfterSleep = false;
	double End = 0;
	int Attempt = 0;
	int Unhinted = 0;
	Answer Last;
	Retry LastRetry;
};

/** In the contract's spelling, from any of a GUID's spellings with 32 digits; anything else stays as it is. */
std::string SessionIdOf(const std::string& Guid);

/** The bytes to send in each attempt. Absent members are left out. */
std::string BodyOf(const Order& What);
}
