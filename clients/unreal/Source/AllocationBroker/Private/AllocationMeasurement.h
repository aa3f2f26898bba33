#pragma once

#include "Core/Types.h"

#include "CoreMinimal.h"

#include <vector>

/**
 * Times three echoes of each location that has a UDP beacon, all locations at the same time, on threads of the pool.
 * What does not answer is left out. OnEnd is called on the game thread.
 */
void MeasureAllocationLatencies(
	const std::vector<AllocationBroker::Core::Location>& Places,
	TFunction<void(const std::vector<AllocationBroker::Core::Latency>&)> OnEnd);
