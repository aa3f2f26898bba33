#pragma once

#include <optional>
#include <string_view>

namespace AllocationBroker::Core
{
class Json;
struct HttpResult;

/**
 * When to come back, in seconds (RFC 9110, section 10.2.3): the header in seconds; else the body's copy of it; else the
 * header as a date, against the answer's own date, because a device's clock may be hours wrong.
 *
 * @param UnixNow the device's clock in seconds since 1970, for an answer without a date
 */
std::optional<double> RetryAfterOf(const HttpResult& Result, const Json& Body, double UnixNow);

/** Seconds since 1970; nothing when it is none of the three forms of RFC 9110, section 5.6.7. */
std::optional<double> ParseHttpDate(std::string_view Text);
}
