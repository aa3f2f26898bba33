#include "AllocateHostAction.h"

#include "AllocationCall.h"

UAllocateHostAction* UAllocateHostAction::AllocateHost(
	UObject* WorldContext,
	const FString& BaseAddress,
	const FString& FunctionKey,
	const FAllocationRequest& Request,
	float DeadlineSeconds)
{
	UAllocateHostAction* Action = NewObject<UAllocateHostAction>();
	Action->Address = BaseAddress;
	Action->Key = FunctionKey;
	Action->What = Request;
	Action->Deadline = DeadlineSeconds;
	// The game instance keeps it alive until it has ended, and ends it with itself.
	Action->RegisterWithGameInstance(WorldContext);
	return Action;
}

void UAllocateHostAction::Activate()
{
	Call = MakeShared<FAllocationCall>();
	const TWeakObjectPtr<UAllocateHostAction> Weak(this);
	Call->OnHost = [Weak](const FAllocation& Host) {
		if (UAllocateHostAction* Action = Weak.Get())
		{
			Action->OnHost.Broadcast(Host, FAllocationFailure());
			Action->SetReadyToDestroy();
		}
	};
	Call->OnFailure = [Weak](const FAllocationFailure& Failure) {
		if (UAllocateHostAction* Action = Weak.Get())
		{
			Action->OnFailure.Broadcast(FAllocation(), Failure);
			Action->SetReadyToDestroy();
		}
	};
	Call->Start(Address, Key, What, Deadline);
}

void UAllocateHostAction::SetReadyToDestroy()
{
	if (Call.IsValid()) Call->Cancel();
	Super::SetReadyToDestroy();
}
