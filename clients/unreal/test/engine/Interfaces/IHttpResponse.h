#pragma once

#include "CoreMinimal.h"

class IHttpResponse
{
public:
	virtual int32 GetResponseCode() const = 0;
	virtual const TArray<uint8>& GetContent() const = 0;
	virtual FString GetHeader(const FString& Name) const = 0;
};
