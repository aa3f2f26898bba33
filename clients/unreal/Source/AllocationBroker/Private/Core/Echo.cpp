#include "Echo.h"

#include <algorithm>
#include <cmath>

namespace AllocationBroker::Core
{
Echo::Echo(const std::array<std::uint8_t, Bytes>& Random) : Sent(Random)
{
	Sent[0] = Sent[1] = 0xFF;
}

bool Echo::IsAnsweredBy(const std::uint8_t* Received, int Count) const
{
	return Count == Bytes && std::equal(Sent.begin() + 2, Sent.end(), Received + 2);
}

std::optional<double> MedianMilliseconds(std::vector<double> Milliseconds)
{
	if (Milliseconds.empty()) return std::nullopt;
	std::sort(Milliseconds.begin(), Milliseconds.end());
	const std::size_t Count = Milliseconds.size();
	return std::round((Milliseconds[Count / 2] + Milliseconds[(Count - 1) / 2]) * 5) / 10;
}
}
