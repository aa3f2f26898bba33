#include "AllocationMeasurement.h"

#include "AllocationText.h"
#include "Core/Echo.h"

#include "Async/Async.h"
#include "SocketSubsystem.h"
#include "Sockets.h"

#include <optional>

using namespace AllocationBroker;

namespace AllocationMeasurement
{
constexpr int Samples = 3;
constexpr double TimeoutSeconds = 1;

Core::Echo NewEcho()
{
	std::array<std::uint8_t, Core::Echo::Bytes> Bytes;
	for (std::uint8_t& Byte : Bytes) Byte = static_cast<std::uint8_t>(FMath::RandRange(0, 255));
	return Core::Echo(Bytes);
}

std::optional<double> RoundTripMs(FSocket& Socket)
{
	const Core::Echo Sent = NewEcho();
	const double Start = FPlatformTime::Seconds();
	int32 Count = 0;
	if (!Socket.Send(Sent.Datagram(), Core::Echo::Bytes, Count)) return std::nullopt;
	for (double Left = TimeoutSeconds; Left > 0; Left = Start + TimeoutSeconds - FPlatformTime::Seconds())
	{
		uint8 Received[Core::Echo::Bytes + 1];
		if (!Socket.Wait(ESocketWaitConditions::WaitForRead, FTimespan::FromSeconds(Left))) return std::nullopt;
		if (!Socket.Recv(Received, sizeof Received, Count)) return std::nullopt;
		if (Sent.IsAnsweredBy(Received, Count)) return (FPlatformTime::Seconds() - Start) * 1000;
	}
	return std::nullopt;
}

/** The first address of the beacon that answers, IPv4 or IPv6. */
std::optional<double> MeasureBeacon(const Core::Beacon& Target)
{
	ISocketSubsystem* Sockets = ISocketSubsystem::Get(PLATFORM_SOCKETSUBSYSTEM);
	if (Target.Protocol != "udp" || Target.Port < 1 || Target.Port > 65535 || Sockets == nullptr) return std::nullopt;
	const FAddressInfoResult Found = Sockets->GetAddressInfo(
		*AllocationFromUtf8(Target.HostName), nullptr, EAddressInfoFlags::Default, NAME_None, ESocketType::SOCKTYPE_Datagram);
	std::vector<double> Trips;
	for (const FAddressInfoResultData& Result : Found.Results)
	{
		Result.Address->SetPort(Target.Port);
		const FUniqueSocket Socket =
			Sockets->CreateUniqueSocket(NAME_DGram, TEXT("Allocation beacon"), Result.Address->GetProtocolType());
		if (!Socket.IsValid() || !Socket->Connect(*Result.Address)) continue;
		for (int Sample = 0; Sample < Samples; Sample++)
		{
			if (const std::optional<double> Trip = RoundTripMs(*Socket)) Trips.push_back(*Trip);
		}
		if (!Trips.empty()) break;
	}
	return Core::MedianMilliseconds(Trips);
}

/** What all locations share until the last of them has ended. */
struct FShared
{
	FCriticalSection Lock;
	std::vector<Core::Latency> Measured;
	int32 Left = 0;
	TFunction<void(const std::vector<Core::Latency>&)> OnEnd;
};

void MeasureOne(const Core::Location& Place, const TSharedRef<FShared, ESPMode::ThreadSafe>& Shared)
{
	const std::optional<double> Ms = Place.Qos ? MeasureBeacon(*Place.Qos) : std::nullopt;
	const FScopeLock Guard(&Shared->Lock);
	// A trip of under 50 microseconds must not round to "not measured".
	if (Ms) Shared->Measured.push_back({Place.Name, *Ms > 0 ? *Ms : 0.1});
	if (--Shared->Left > 0) return;
	AsyncTask(ENamedThreads::GameThread, [Shared]() { Shared->OnEnd(Shared->Measured); });
}
}

void MeasureAllocationLatencies(
	const std::vector<Core::Location>& Places, TFunction<void(const std::vector<Core::Latency>&)> OnEnd)
{
	using namespace AllocationMeasurement;
	if (Places.empty())
	{
		OnEnd({});
		return;
	}
	const TSharedRef<FShared, ESPMode::ThreadSafe> Shared = MakeShared<FShared, ESPMode::ThreadSafe>();
	Shared->Left = static_cast<int32>(Places.size());
	Shared->OnEnd = MoveTemp(OnEnd);
	for (const Core::Location& Place : Places)
	{
		Async(EAsyncExecution::ThreadPool, [Place, Shared]() { MeasureOne(Place, Shared); });
	}
}
