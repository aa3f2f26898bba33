#pragma once

#include "Answer.h"

#include <optional>
#include <string>

namespace AllocationBroker::Core
{
/** Ask again, not before the wait has passed. */
struct Retry
{
	/** For programs: `pending`, `connection-lost`, a code of docs/problems.md, or `http-` and a status. */
	std::string Reason;
	/** For people. */
	std::string Detail;
	double WaitSeconds = 0;
};

/** Whether the answer asks for a time. "At once" is none: a gateway that says so must not be asked in a loop. */
bool SaysWhen(const Answer& Last);

/**
 * The retry rule of docs/integrating.md, all of it. A time that the broker asks for is never undercut. While it asks
 * for none, the wait doubles each time, half of it random.
 *
 * @param Unhinted how many answers in a row, this one included, have not said when to come back
 * @param Random from 0 (inclusive) to 1 (exclusive)
 * @param Address the broker's, for messages
 * @return nothing when the answer is final
 */
std::optional<Retry> RetryOf(const Answer& Last, int Unhinted, double Random, const std::string& Address);
}
