#pragma once

#include "CoreMinimal.h"
#include "AllocationTypes.generated.h"

/** One measured round trip. */
USTRUCT(BlueprintType)
struct FAllocationLatency
{
	GENERATED_BODY()

	/** A location's name, as the broker lists it. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	FString Location;

	/** In milliseconds, above 0 and at most 60000; any other number counts as not measured. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	double Ms = 0;
};

/** What to ask for. Asking again with the same SessionId never starts a second host. */
USTRUCT(BlueprintType)
struct FAllocationRequest
{
	GENERATED_BODY()

	/**
	 * The match: the same GUID for all of its players, in any of FGuid's formats, and a new one for each match. If it is
	 * empty, the call makes one.
	 */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	FString SessionId;

	/** One of the game modes that the broker is configured with. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	FString GameMode;

	/** The player's own measurements; may be empty. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	TArray<FAllocationLatency> Latencies;

	/** How many players will ask, 1 to 64; 0: not said. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	int32 PartySize = 0;

	/** Handed to the game server as it is; at most 4096 bytes of UTF-8. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Allocation")
	FString SessionCookie;
};

/** A port of the host. */
USTRUCT(BlueprintType)
struct FAllocationPort
{
	GENERATED_BODY()

	/** Its name in the game's build. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Name;

	/** The port to connect to. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	int32 Port = 0;

	/** If the fleet names it, such as UDP. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Protocol;
};

/** Where the session runs: the same for every player of it. It does not say that the host is still alive. */
USTRUCT(BlueprintType)
struct FAllocation
{
	GENERATED_BODY()

	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString SessionId;

	/** The name or address to connect to. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString HostName;

	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	TArray<FAllocationPort> Ports;

	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Region;

	/** Base64: what the client needs to open the secure association with the host; may be empty. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString SecureContext;

	/** Another call of the session had obtained the host. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	bool bReplayed = false;
};

/** Why there is no host. */
USTRUCT(BlueprintType)
struct FAllocationFailure
{
	GENERATED_BODY()

	/** A code of docs/problems.md, or deadline-exceeded, or unexpected-answer. Decide by it. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Code;

	/** Says what to do, for a developer. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Message;

	/** The URI of the broker's last problem (RFC 9457), if there was one. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString ProblemType;

	/** The number to quote to support, if the broker answered with a problem. */
	UPROPERTY(BlueprintReadOnly, Category = "Allocation")
	FString Instance;
};
