#pragma once

#include "SocketSubsystem.h"

namespace ESocketWaitConditions
{
enum Type { WaitForRead };
}

class FSocket
{
public:
	virtual bool Connect(const FInternetAddr& Address) = 0;
	virtual bool Send(const uint8* Data, int32 Count, int32& BytesSent) = 0;
	virtual bool Recv(uint8* Data, int32 BufferSize, int32& BytesRead) = 0;
	virtual bool Wait(ESocketWaitConditions::Type Condition, FTimespan WaitTime) = 0;
};
