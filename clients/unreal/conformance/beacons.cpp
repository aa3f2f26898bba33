#include "beacons.h"

#include "Echo.h"
#include "http.h"

#include <netdb.h>
#include <optional>
#include <poll.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

using namespace AllocationBroker::Core;

namespace
{
constexpr int Samples = 3;
constexpr double TimeoutSeconds = 0.3;

Echo NewEcho()
{
	static std::random_device Source;
	std::array<std::uint8_t, Echo::Bytes> Bytes;
	for (std::uint8_t& Byte : Bytes) Byte = static_cast<std::uint8_t>(Source());
	return Echo(Bytes);
}

std::optional<double> RoundTripMs(int Socket)
{
	const Echo Sent = NewEcho();
	const double Start = Monotonic();
	if (send(Socket, Sent.Datagram(), Echo::Bytes, MSG_NOSIGNAL) != Echo::Bytes) return std::nullopt;
	for (double Left = TimeoutSeconds; Left > 0; Left = Start + TimeoutSeconds - Monotonic())
	{
		pollfd Waiting{Socket, POLLIN, 0};
		std::uint8_t Received[Echo::Bytes + 1];
		if (poll(&Waiting, 1, static_cast<int>(Left * 1000) + 1) <= 0) return std::nullopt;
		const ssize_t Count = recv(Socket, Received, sizeof Received, 0);
		if (Count < 0) return std::nullopt;
		if (Sent.IsAnsweredBy(Received, static_cast<int>(Count))) return (Monotonic() - Start) * 1000;
	}
	return std::nullopt;
}

std::optional<double> MeasureBeacon(const Beacon& Target)
{
	addrinfo Hints{};
	Hints.ai_socktype = SOCK_DGRAM;
	addrinfo* List = nullptr;
	const bool bPort = Target.Port > 0 && Target.Port < 65536;
	if (Target.Protocol != "udp" || !bPort || Target.HostName.empty()) return std::nullopt;
	if (getaddrinfo(Target.HostName.c_str(), std::to_string(Target.Port).c_str(), &Hints, &List) != 0) return std::nullopt;
	std::vector<double> Trips;
	for (const addrinfo* At = List; At != nullptr && Trips.empty(); At = At->ai_next)
	{
		const int Socket = socket(At->ai_family, At->ai_socktype, At->ai_protocol);
		if (Socket < 0) continue;
		const bool bConnected = connect(Socket, At->ai_addr, At->ai_addrlen) == 0;
		for (int Sample = 0; bConnected && Sample < Samples; Sample++)
		{
			if (const std::optional<double> Trip = RoundTripMs(Socket)) Trips.push_back(*Trip);
		}
		close(Socket);
	}
	freeaddrinfo(List);
	return MedianMilliseconds(Trips);
}
}

std::vector<Latency> Measure(const std::vector<Location>& Places)
{
	std::vector<Latency> Measured;
	for (const Location& Place : Places)
	{
		const std::optional<double> Ms = Place.Qos ? MeasureBeacon(*Place.Qos) : std::nullopt;
		// A trip of under 50 microseconds must not round to "not measured".
		if (Ms) Measured.push_back({Place.Name, *Ms > 0 ? *Ms : 0.1});
	}
	return Measured;
}
