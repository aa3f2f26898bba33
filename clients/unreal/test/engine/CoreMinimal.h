#pragma once

// Exactly what the plugin uses of the engine, with the engine's names and signatures, and no behaviour: enough for a
// compiler to check the plugin's own half.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

using uint8 = std::uint8_t;
using int32 = std::int32_t;
using int64 = std::int64_t;
using TCHAR = char16_t;
#define TEXT(Literal) u##Literal

#define USTRUCT(...)
#define UCLASS(...)
#define UPROPERTY(...)
#define UFUNCTION(...)
#define GENERATED_BODY() ALLOCATION_TEST_BODY
#define ALLOCATION_TEST_BODY
#define ALLOCATIONBROKER_API

namespace ESearchCase
{
enum Type { CaseSensitive, IgnoreCase };
}

class FString
{
public:
	FString();
	FString(const TCHAR* Text);
	bool IsEmpty() const;
	bool Equals(const FString& Other, ESearchCase::Type SearchCase) const;
	const TCHAR* operator*() const;
};

class FTCHARToUTF8
{
public:
	explicit FTCHARToUTF8(const TCHAR* Text);
	const char* Get() const;
	int32 Length() const;
};
const TCHAR* Utf8ToTchar(const char* Text);
#define UTF8_TO_TCHAR(Text) Utf8ToTchar(Text)

class FName
{
};
extern const FName NAME_None;
extern const FName NAME_DGram;

template <typename T>
class TArray
{
public:
	TArray();
	TArray(const T* Items, int32 Count);
	int32 Add(const T& Item);
	int32 Num() const;
	const T* GetData() const;
	T& operator[](int32 Index);
	const T& operator[](int32 Index) const;
	const T* begin() const;
	const T* end() const;
};

template <typename T>
std::remove_reference_t<T>&& MoveTemp(T&& Value)
{
	return static_cast<std::remove_reference_t<T>&&>(Value);
}

template <typename T>
using TFunction = std::function<T>;

enum class ESPMode { NotThreadSafe, ThreadSafe };

template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedPtr
{
public:
	bool IsValid() const;
	void Reset();
	T* operator->() const;
	T& operator*() const;
};

template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedRef
{
public:
	TSharedRef();
	TSharedRef(const TSharedRef&);
	~TSharedRef();
	operator TSharedPtr<T, Mode>() const;
	T* operator->() const;
	T& operator*() const;
};

template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TWeakPtr
{
public:
	explicit TWeakPtr(const TSharedRef<T, Mode>& Shared);
	TSharedPtr<T, Mode> Pin() const;
};

template <typename T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedFromThis
{
public:
	TSharedRef<T, Mode> AsShared();
};

template <typename T, ESPMode Mode = ESPMode::ThreadSafe, typename... Arguments>
TSharedRef<T, Mode> MakeShared(Arguments&&... Given)
{
	// Only so that the compiler checks the arguments.
	(void)sizeof(new T(std::forward<Arguments>(Given)...));
	return TSharedRef<T, Mode>();
}

enum class EGuidFormats { Digits, DigitsWithHyphens };

struct FGuid
{
	static FGuid NewGuid();
	static bool Parse(const FString& Text, FGuid& Guid);
	FString ToString(EGuidFormats Format) const;
};

struct FMath
{
	static float FRand();
	static int32 RandRange(int32 Least, int32 Most);
	template <typename T>
	static T Max(T A, T B);
};

struct FPlatformTime
{
	static double Seconds();
};

struct FDateTime
{
	static FDateTime UtcNow();
	int64 ToUnixTimestamp() const;
};

struct FTimespan
{
	static FTimespan FromSeconds(double Seconds);
};

class FCriticalSection
{
};

class FScopeLock
{
public:
	explicit FScopeLock(FCriticalSection* Lock);
	~FScopeLock();
};

class UObject
{
};

template <typename T>
T* NewObject();

template <typename T>
class TWeakObjectPtr
{
public:
	explicit TWeakObjectPtr(T* Object);
	T* Get() const;
};

/** Of dynamic multicast delegates, what is used of them. */
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(Delegate, TypeA, NameA, TypeB, NameB) \
	class Delegate                                                                          \
	{                                                                                       \
	public:                                                                                 \
		void Broadcast(TypeA NameA, TypeB NameB);                                           \
	}
