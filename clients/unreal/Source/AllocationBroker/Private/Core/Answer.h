#pragma once

#include "Json.h"
#include "Types.h"

#include <optional>
#include <string>
#include <vector>

namespace AllocationBroker::Core
{
/** What came of one request, as the contract has it. Members that it does not know mean nothing to it. */
struct Answer
{
	enum class Kind
	{
		/** 200 or 201 with an object. */
		Ok,
		/** 202: not yet. */
		Pending,
		/** A problem of the broker. */
		Problem,
		/** Not from the broker's code: the platform's empty answers, a proxy's page, a redirect. */
		Foreign,
		/** No answer, or only a part of one: whether the broker acted on the request is not known. */
		Lost,
	};

	Kind Type = Kind::Lost;
	int Status = 0;
	Json Body;
	Problem TheProblem;
	/** What the answer asks for, in seconds, if it does. */
	std::optional<double> RetryAfter;
	std::string RedirectsTo;
	bool bIsPage = false;
	std::string LostBecause;

	static Answer Of(const HttpResult& Result, double UnixNow);

	std::optional<Host> AsHost() const;
	std::optional<std::vector<Location>> AsLocations() const;
};

/** The failure for an answer that is final and not what was asked for. `Address`: the broker's, for the message. */
Failure FailureOf(const Answer& Final, const std::string& Address);
}
