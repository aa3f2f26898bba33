#pragma once

#include "CoreMinimal.h"

class IHttpRequest;
class IHttpResponse;
using FHttpRequestPtr = TSharedPtr<IHttpRequest, ESPMode::ThreadSafe>;
using FHttpResponsePtr = TSharedPtr<IHttpResponse, ESPMode::ThreadSafe>;

template <typename... Arguments>
class THttpDelegate
{
public:
	template <typename T>
	void BindSP(T* Object, void (T::*Method)(Arguments...));
	void Unbind();
};
using FHttpRequestCompleteDelegate = THttpDelegate<FHttpRequestPtr, FHttpResponsePtr, bool>;
using FHttpRequestHeaderReceivedDelegate = THttpDelegate<FHttpRequestPtr, const FString&, const FString&>;

class IHttpRequest
{
public:
	virtual void SetVerb(const FString& Verb) = 0;
	virtual void SetURL(const FString& Url) = 0;
	virtual void SetHeader(const FString& Name, const FString& Value) = 0;
	virtual void SetContent(TArray<uint8>&& Content) = 0;
	virtual void SetTimeout(float Seconds) = 0;
	virtual bool ProcessRequest() = 0;
	virtual void CancelRequest() = 0;
	virtual FHttpRequestCompleteDelegate& OnProcessRequestComplete() = 0;
	virtual FHttpRequestHeaderReceivedDelegate& OnHeaderReceived() = 0;
};
