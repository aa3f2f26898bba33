#pragma once

#include "Core/Call.h"

#include "Containers/Ticker.h"
#include "CoreMinimal.h"
#include "Interfaces/IHttpRequest.h"

/** Carries a call of the core out with the engine's requests and timers, on the game thread. */
class FAllocationCallRunner : public TSharedFromThis<FAllocationCallRunner>
{
public:
	FAllocationCallRunner(
		AllocationBroker::Core::Call InCall,
		TFunction<void(const AllocationBroker::Core::Step&)> InOnEnd,
		TFunction<void(const AllocationBroker::Core::Retry&)> InOnWait);
	~FAllocationCallRunner();

	void Start();
	void Cancel();

private:
	void Go(const AllocationBroker::Core::Step& Next);
	void Send(const AllocationBroker::Core::HttpRequest& Request);
	void OnHeader(FHttpRequestPtr Request, const FString& Name, const FString& Value);
	void OnAnswer(FHttpRequestPtr Request, FHttpResponsePtr Response, bool bSucceeded);
	bool OnWaited(float);

	AllocationBroker::Core::Call Call;
	TFunction<void(const AllocationBroker::Core::Step&)> OnEnd;
	TFunction<void(const AllocationBroker::Core::Retry&)> OnWait;
	FHttpRequestPtr Http;
	FString RedirectedTo;
	FTSTicker::FDelegateHandle Timer;
};
