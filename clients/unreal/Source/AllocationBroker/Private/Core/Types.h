#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

/** What the broker's contract speaks of, without the engine. Text is UTF-8, times are seconds unless they say otherwise. */
namespace AllocationBroker::Core
{
struct Latency
{
	std::string Location;
	/** Above 0 and at most 60000; any other number counts as not measured. */
	double Milliseconds = 0;
};

struct Order
{
	/** A GUID in any spelling that the broker accepts: the same for all players of the match. */
	std::string SessionId;
	std::string GameMode;
	std::vector<Latency> Latencies;
	/** How many players will ask, 1 to 64; 0: it does not say. */
	int PartySize = 0;
	std::string SessionCookie;
};

struct Port
{
	std::string Name;
	int Number = 0;
	std::string Protocol;
};

struct Host
{
	std::string SessionId;
	std::string HostName;
	std::vector<Port> Ports;
	std::string Region;
	std::string SecureContext;
	/** Another call of the session had obtained the host. */
	bool bReplayed = false;
};

/** What to measure the latency to a location against. */
struct Beacon
{
	std::string Protocol;
	std::string HostName;
	int Port = 0;
};

struct Location
{
	std::string Name;
	std::optional<Beacon> Qos;
};

struct Mistake
{
	std::string Pointer;
	std::string Message;
};

/** Why the broker did not do what was asked (RFC 9457); docs/problems.md describes each code. */
struct Problem
{
	std::string Type;
	std::string Code;
	std::string Title;
	std::string Detail;
	std::string Instance;
	int Status = 0;
	bool bRetryable = false;
	std::vector<Mistake> Errors;
};

/** Why a call ended without a result: a code of docs/problems.md, `deadline-exceeded` or `unexpected-answer`. */
struct Failure
{
	std::string Code;
	/** Says what to do. */
	std::string Message;
	/** The broker's last problem, if there was one. */
	std::optional<Problem> LastProblem;
};

/** One HTTP request to send. Redirects are not to be followed. */
struct HttpRequest
{
	std::string Method;
	std::string Url;
	std::map<std::string, std::string> Headers;
	std::string Body;
	double TimeoutSeconds = 0;
};

/** What came of it. */
struct HttpResult
{
	/** 0: there was no answer, or only a part of one. */
	int Status = 0;
	std::string Body;
	/** Why there was none, in words. */
	std::string LostBecause;
	/** The headers of these names; empty: absent. */
	std::string RetryAfter;
	std::string Date;
	std::string Location;
};
}
