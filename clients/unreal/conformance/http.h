#pragma once

#include "Types.h"

/**
 * One exchange over a plain socket, with a connection of its own: enough HTTP/1.1 for the conformance kit, and no TLS. In
 * a game the engine does this.
 */
AllocationBroker::Core::HttpResult Exchange(const AllocationBroker::Core::HttpRequest& Request);

/** Seconds of a clock that never goes back, also while the process is stopped. */
double Monotonic();
