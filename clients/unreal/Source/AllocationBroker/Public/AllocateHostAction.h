#pragma once

#include "AllocationTypes.h"
#include "CoreMinimal.h"
#include "Kismet/BlueprintAsyncActionBase.h"
#include "AllocateHostAction.generated.h"

class FAllocationCall;

DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(
	FAllocateHostEnd, const FAllocation&, Host, const FAllocationFailure&, Failure);

/** The node "Allocate Host" for Blueprints: measures, asks for the host of a session, and goes on when it knows. */
UCLASS()
class ALLOCATIONBROKER_API UAllocateHostAction : public UBlueprintAsyncActionBase
{
	GENERATED_BODY()

public:
	/** There is a host. */
	UPROPERTY(BlueprintAssignable)
	FAllocateHostEnd OnHost;

	/** There is none: Failure says why. */
	UPROPERTY(BlueprintAssignable)
	FAllocateHostEnd OnFailure;

	/**
	 * @param BaseAddress the broker's address without /api
	 * @param FunctionKey may be empty for a broker on this machine
	 * @param DeadlineSeconds how long a player is willing to wait
	 */
	UFUNCTION(
		BlueprintCallable,
		Category = "Allocation",
		meta = (BlueprintInternalUseOnly = "true", WorldContext = "WorldContext"))
	static UAllocateHostAction* AllocateHost(
		UObject* WorldContext,
		const FString& BaseAddress,
		const FString& FunctionKey,
		const FAllocationRequest& Request,
		float DeadlineSeconds = 60.f);

	virtual void Activate() override;
	virtual void SetReadyToDestroy() override;

private:
	FString Address;
	FString Key;
	FAllocationRequest What;
	float Deadline = 0;
	TSharedPtr<FAllocationCall> Call;
};
