#pragma once

#include "CoreMinimal.h"

class FTickerDelegate
{
public:
	template <typename T>
	static FTickerDelegate CreateSP(T* Object, bool (T::*Method)(float));
};

class FTSTicker
{
public:
	class FDelegateHandle
	{
	};
	static FTSTicker& GetCoreTicker();
	FDelegateHandle AddTicker(const FTickerDelegate& Delegate, float Delay);
	static void RemoveTicker(FDelegateHandle Handle);
};
