#include "AllocationCall.h"

#include "AllocationCallRunner.h"
#include "AllocationMeasurement.h"
#include "AllocationText.h"

using namespace AllocationBroker;

namespace AllocationCallDetail
{
double Random()
{
	return static_cast<double>(FMath::FRand());
}

/** All of FGuid's formats; whatever is no GUID goes out as it is, and the broker says what is wrong with it. */
std::string SessionIdOf(const FString& Text)
{
	FGuid Guid;
	if (Text.IsEmpty()) Guid = FGuid::NewGuid();
	const bool bKnown = Text.IsEmpty() || FGuid::Parse(Text, Guid);
	return AllocationToUtf8(bKnown ? Guid.ToString(EGuidFormats::DigitsWithHyphens) : Text);
}

Core::Order OrderOf(const FAllocationRequest& Request)
{
	Core::Order What;
	What.SessionId = SessionIdOf(Request.SessionId);
	What.GameMode = AllocationToUtf8(Request.GameMode);
	What.PartySize = Request.PartySize;
	What.SessionCookie = AllocationToUtf8(Request.SessionCookie);
	for (const FAllocationLatency& Latency : Request.Latencies)
	{
		What.Latencies.push_back({AllocationToUtf8(Latency.Location), Latency.Ms});
	}
	return What;
}

FAllocation AllocationOf(const Core::Host& Found)
{
	FAllocation Host;
	Host.SessionId = AllocationFromUtf8(Found.SessionId);
	Host.HostName = AllocationFromUtf8(Found.HostName);
	Host.Region = AllocationFromUtf8(Found.Region);
	Host.SecureContext = AllocationFromUtf8(Found.SecureContext);
	Host.bReplayed = Found.bReplayed;
	for (const Core::Port& Item : Found.Ports)
	{
		FAllocationPort Port;
		Port.Name = AllocationFromUtf8(Item.Name);
		Port.Port = Item.Number;
		Port.Protocol = AllocationFromUtf8(Item.Protocol);
		Host.Ports.Add(Port);
	}
	return Host;
}

FAllocationFailure FailureOf(const Core::Failure& Why)
{
	FAllocationFailure Failure;
	Failure.Code = AllocationFromUtf8(Why.Code);
	Failure.Message = AllocationFromUtf8(Why.Message);
	if (!Why.LastProblem) return Failure;
	Failure.ProblemType = AllocationFromUtf8(Why.LastProblem->Type);
	Failure.Instance = AllocationFromUtf8(Why.LastProblem->Instance);
	return Failure;
}
}

FAllocationCall::FAllocationCall() = default;

FAllocationCall::~FAllocationCall()
{
	Cancel();
}

void FAllocationCall::Start(
	const FString& BaseAddress, const FString& FunctionKey, const FAllocationRequest& Request, double DeadlineSeconds)
{
	Cancel();
	Address = BaseAddress;
	Key = FunctionKey;
	What = Request;
	Deadline = DeadlineSeconds;
	if (!bMeasure || What.Latencies.Num() > 0)
	{
		Ask();
		return;
	}
	const TWeakPtr<FAllocationCall> Weak(AsShared());
	const auto OnMeasured = [Weak, MyRound = Round](const std::vector<Core::Latency>& Measured) {
		const TSharedPtr<FAllocationCall> Self = Weak.Pin();
		if (!Self.IsValid() || Self->Round != MyRound) return;
		for (const Core::Latency& Item : Measured)
		{
			FAllocationLatency Latency;
			Latency.Location = AllocationFromUtf8(Item.Location);
			Latency.Ms = Item.Milliseconds;
			Self->What.Latencies.Add(Latency);
		}
		Self->Ask();
	};
	const auto OnListed = [OnMeasured](const Core::Step& Last) {
		const Core::Finished* Done = std::get_if<Core::Finished>(&Last);
		const auto Places = Done == nullptr ? std::nullopt : Done->Final.AsLocations();
		// Measurements are optional: without the list, nothing is measured.
		MeasureAllocationLatencies(Places.value_or(std::vector<Core::Location>()), OnMeasured);
	};
	const Core::Server Broker{AllocationToUtf8(Address), AllocationToUtf8(Key), AllocationToUtf8(BearerToken)};
	Runner = MakeShared<FAllocationCallRunner>(
		Core::Call::Locations(Broker, AllocationCallDetail::Random), OnListed, TFunction<void(const Core::Retry&)>());
	Runner->Start();
}

void FAllocationCall::Ask()
{
	const TWeakPtr<FAllocationCall> Weak(AsShared());
	const Core::Server Broker{AllocationToUtf8(Address), AllocationToUtf8(Key), AllocationToUtf8(BearerToken)};
	const auto OnEnd = [Weak, Broker](const Core::Step& Last) {
		const TSharedPtr<FAllocationCall> Self = Weak.Pin();
		if (!Self.IsValid()) return;
		const Core::Finished* Done = std::get_if<Core::Finished>(&Last);
		const std::optional<Core::Host> Found = Done == nullptr ? std::nullopt : Done->Final.AsHost();
		Self->Runner.Reset();
		if (Found)
		{
			if (Self->OnHost) Self->OnHost(AllocationCallDetail::AllocationOf(*Found));
			return;
		}
		const Core::Failure Why =
			Done == nullptr ? std::get<Core::Failure>(Last) : Core::FailureOf(Done->Final, Broker.Address());
		if (Self->OnFailure) Self->OnFailure(AllocationCallDetail::FailureOf(Why));
	};
	const auto OnWait = [Weak](const Core::Retry& Why) {
		const TSharedPtr<FAllocationCall> Self = Weak.Pin();
		if (Self.IsValid() && Self->OnWaiting) Self->OnWaiting(AllocationFromUtf8(Why.Detail), Why.WaitSeconds);
	};
	Runner = MakeShared<FAllocationCallRunner>(
		Core::Call::Allocate(Broker, AllocationCallDetail::OrderOf(What), Deadline, AllocationCallDetail::Random),
		OnEnd,
		OnWait);
	Runner->Start();
}

void FAllocationCall::Cancel()
{
	Round++;
	if (Runner.IsValid()) Runner->Cancel();
	Runner.Reset();
}
