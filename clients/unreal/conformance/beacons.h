#pragma once

#include "Types.h"

#include <vector>

/** Times three echoes of each location that has a UDP beacon, over IPv4 or IPv6; what does not answer is left out. */
std::vector<AllocationBroker::Core::Latency> Measure(const std::vector<AllocationBroker::Core::Location>& Places);
