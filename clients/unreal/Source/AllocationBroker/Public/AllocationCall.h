#pragma once

#include "AllocationTypes.h"
#include "CoreMinimal.h"

class FAllocationCallRunner;

/**
 * One question for one host. Set the callbacks, then start it on the game thread: OnHost or OnFailure is called there,
 * once. Keep the pointer until then. Cancel, or letting go of the last pointer, ends it without a callback.
 */
class ALLOCATIONBROKER_API FAllocationCall : public TSharedFromThis<FAllocationCall>
{
public:
	FAllocationCall();
	~FAllocationCall();

	TFunction<void(const FAllocation&)> OnHost;
	TFunction<void(const FAllocationFailure&)> OnFailure;
	/** Hears at once why the call waits, and for how many seconds. */
	TFunction<void(const FString& Reason, double WaitSeconds)> OnWaiting;

	/** Whether to list the locations and measure them first, if the request has no latencies. */
	bool bMeasure = true;

	/** Sent as Authorization: Bearer, if it is set. */
	FString BearerToken;

	/** @param BaseAddress the broker's address without /api */
	void Start(const FString& BaseAddress, const FString& FunctionKey, const FAllocationRequest& Request, double DeadlineSeconds);

	void Cancel();

private:
	void Ask();

	FAllocationRequest What;
	FString Address;
	FString Key;
	double Deadline = 0;
	/** Counts starts and cancels, so that a measurement of an earlier one changes nothing. */
	int32 Round = 0;
	/** The part of the call that is under way. */
	TSharedPtr<FAllocationCallRunner> Runner;
};
