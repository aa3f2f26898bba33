#pragma once

#include "CoreMinimal.h"

class FSocket;

class FInternetAddr
{
public:
	virtual void SetPort(int32 Port) = 0;
	virtual FName GetProtocolType() const = 0;
};

struct FAddressInfoResultData
{
	TSharedRef<FInternetAddr> Address;
};

struct FAddressInfoResult
{
	TArray<FAddressInfoResultData> Results;
};

enum class EAddressInfoFlags { Default };
enum class ESocketType { SOCKTYPE_Datagram };

class FUniqueSocket
{
public:
	bool IsValid() const;
	FSocket* operator->() const;
	FSocket& operator*() const;
};

#define PLATFORM_SOCKETSUBSYSTEM FName()

class ISocketSubsystem
{
public:
	static ISocketSubsystem* Get(const FName& Name);
	virtual FAddressInfoResult GetAddressInfo(
		const TCHAR* HostName,
		const TCHAR* ServiceName,
		EAddressInfoFlags QueryFlags,
		const FName ProtocolTypeName,
		ESocketType SocketType) = 0;
	FUniqueSocket CreateUniqueSocket(const FName& SocketType, const FString& Description, const FName& ProtocolName);
};
