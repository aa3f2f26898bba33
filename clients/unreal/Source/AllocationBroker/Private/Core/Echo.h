#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace AllocationBroker::Core
{
/**
 * A datagram whose echo is timed. PlayFab's beacons answer one that begins with FF FF by the same with 00 00 there
 * (learn.microsoft.com, "Using QoS beacons to measure player latency to Azure"); plain echo services send it back as it
 * is. Either way the rest is compared.
 */
class Echo
{
public:
	static constexpr int Bytes = 16;

	/** @param Random sixteen random bytes */
	explicit Echo(const std::array<std::uint8_t, Bytes>& Random);

	const std::uint8_t* Datagram() const { return Sent.data(); }
	bool IsAnsweredBy(const std::uint8_t* Received, int Count) const;

private:
	std::array<std::uint8_t, Bytes> Sent;
};

/** Nothing when there are none. Rounded to a tenth. */
std::optional<double> MedianMilliseconds(std::vector<double> Milliseconds);
}
