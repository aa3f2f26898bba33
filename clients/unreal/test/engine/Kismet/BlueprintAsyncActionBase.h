#pragma once

#include "CoreMinimal.h"

class UBlueprintAsyncActionBase : public UObject
{
public:
	virtual void Activate();
	virtual void RegisterWithGameInstance(const UObject* WorldContextObject);
	virtual void SetReadyToDestroy();

protected:
	/** What the engine's header tool writes into the class. */
	using Super = UBlueprintAsyncActionBase;
};
