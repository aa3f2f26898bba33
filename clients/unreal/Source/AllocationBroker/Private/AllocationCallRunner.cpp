#include "AllocationCallRunner.h"

#include "AllocationText.h"

#include "HttpModule.h"
#include "Interfaces/IHttpResponse.h"

using namespace AllocationBroker;

namespace AllocationRunner
{
/** A redirect that the engine followed by itself: the answer is that of another place, and is not believed. */
constexpr int Redirected = 302;

Core::HttpResult ResultOf(FHttpResponsePtr Response, bool bSucceeded, const FString& RedirectedTo)
{
	Core::HttpResult Result;
	if (!bSucceeded || !Response.IsValid())
	{
		Result.LostBecause = "the request failed; the engine's log (LogHttp) says why";
		return Result;
	}
	const TArray<uint8>& Content = Response->GetContent();
	Result.Status = Response->GetResponseCode();
	Result.Body.assign(reinterpret_cast<const char*>(Content.GetData()), static_cast<std::size_t>(Content.Num()));
	Result.RetryAfter = AllocationToUtf8(Response->GetHeader(TEXT("Retry-After")));
	Result.Date = AllocationToUtf8(Response->GetHeader(TEXT("Date")));
	Result.Location = AllocationToUtf8(RedirectedTo);
	const bool bRedirect = Result.Status >= 300 && Result.Status < 400;
	if (!RedirectedTo.IsEmpty() && !bRedirect) Result.Status = Redirected;
	return Result;
}
}

FAllocationCallRunner::FAllocationCallRunner(
	Core::Call InCall, TFunction<void(const Core::Step&)> InOnEnd, TFunction<void(const Core::Retry&)> InOnWait)
	: Call(MoveTemp(InCall)), OnEnd(MoveTemp(InOnEnd)), OnWait(MoveTemp(InOnWait))
{
}

FAllocationCallRunner::~FAllocationCallRunner()
{
	Cancel();
}

void FAllocationCallRunner::Start()
{
	Go(Call.Start(FPlatformTime::Seconds()));
}

void FAllocationCallRunner::Cancel()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Timer);
	if (!Http.IsValid()) return;
	Http->OnHeaderReceived().Unbind();
	Http->OnProcessRequestComplete().Unbind();
	Http->CancelRequest();
	Http.Reset();
}

void FAllocationCallRunner::Go(const Core::Step& Next)
{
	// A callback may let go of the last other pointer.
	const TSharedRef<FAllocationCallRunner> KeepAlive = AsShared();
	if (const Core::Send* Sending = std::get_if<Core::Send>(&Next))
	{
		Send(Sending->Request);
		return;
	}
	if (const Core::Wait* Waiting = std::get_if<Core::Wait>(&Next))
	{
		if (OnWait) OnWait(Waiting->Why);
		Timer = FTSTicker::GetCoreTicker().AddTicker(
			FTickerDelegate::CreateSP(this, &FAllocationCallRunner::OnWaited), static_cast<float>(Waiting->Why.WaitSeconds));
		return;
	}
	OnEnd(Next);
}

void FAllocationCallRunner::Send(const Core::HttpRequest& Request)
{
	RedirectedTo = FString();
	Http = FHttpModule::Get().CreateRequest();
	Http->SetVerb(AllocationFromUtf8(Request.Method));
	Http->SetURL(AllocationFromUtf8(Request.Url));
	for (const auto& [Name, Value] : Request.Headers)
	{
		Http->SetHeader(AllocationFromUtf8(Name), AllocationFromUtf8(Value));
	}
	if (!Request.Body.empty())
	{
		// Bytes, which go out with their length.
		Http->SetContent(TArray<uint8>(
			reinterpret_cast<const uint8*>(Request.Body.data()), static_cast<int32>(Request.Body.size())));
	}
	Http->SetTimeout(FMath::Max(0.001f, static_cast<float>(Request.TimeoutSeconds)));
	Http->OnHeaderReceived().BindSP(this, &FAllocationCallRunner::OnHeader);
	Http->OnProcessRequestComplete().BindSP(this, &FAllocationCallRunner::OnAnswer);
	Http->ProcessRequest();
}

/** Of every answer on the way, also of redirects that the engine follows. */
void FAllocationCallRunner::OnHeader(FHttpRequestPtr, const FString& Name, const FString& Value)
{
	if (RedirectedTo.IsEmpty() && Name.Equals(TEXT("Location"), ESearchCase::IgnoreCase)) RedirectedTo = Value;
}

void FAllocationCallRunner::OnAnswer(FHttpRequestPtr, FHttpResponsePtr Response, bool bSucceeded)
{
	Http.Reset();
	const Core::HttpResult Result = AllocationRunner::ResultOf(Response, bSucceeded, RedirectedTo);
	Go(Call.OnResult(Result, FPlatformTime::Seconds(), static_cast<double>(FDateTime::UtcNow().ToUnixTimestamp())));
}

bool FAllocationCallRunner::OnWaited(float)
{
	Go(Call.OnWaited(FPlatformTime::Seconds()));
	return false; // once
}
