#include "beacons.h"
#include "http.h"

#include "Call.h"
#include "Json.h"

#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>

using namespace AllocationBroker::Core;

namespace
{
std::string Ordered(const char* Name)
{
	const char* Value = std::getenv((std::string("CONFORMANCE_") + Name).c_str());
	return Value == nullptr ? "" : Value;
}

double Random()
{
	static std::mt19937 Source{std::random_device{}()};
	return std::uniform_real_distribution<double>(0, 1)(Source);
}

std::string NewGuid()
{
	std::string Guid;
	for (int Digit = 0; Digit < 32; Digit++) Guid += "0123456789abcdef"[static_cast<int>(Random() * 16)];
	return SessionIdOf(Guid);
}

Order RequestOf(const Json& Ordered)
{
	Order What;
	What.SessionId = Ordered["sessionId"].TextOr(NewGuid());
	What.GameMode = Ordered["gameMode"].TextOr("");
	What.SessionCookie = Ordered["sessionCookie"].TextOr("");
	for (const Json& Item : Ordered["latencies"].Items())
	{
		What.Latencies.push_back({Item["location"].TextOr(""), Item["ms"].AsNumber().value_or(0)});
	}
	return What;
}

void Sleep(double Seconds)
{
	timespec Left{static_cast<time_t>(Seconds), static_cast<long>((Seconds - static_cast<time_t>(Seconds)) * 1e9)};
	while (nanosleep(&Left, &Left) != 0) {}
}

/** Carries a call out; the engine does the same with its own requests and timers. */
Step Run(Call TheCall)
{
	Step Next = TheCall.Start(Monotonic());
	while (true)
	{
		if (const Send* Sending = std::get_if<Send>(&Next))
		{
			const HttpResult Result = Exchange(Sending->Request);
			Next = TheCall.OnResult(Result, Monotonic(), static_cast<double>(std::time(nullptr)));
		}
		else if (const Wait* Waiting = std::get_if<Wait>(&Next))
		{
			JsonText Line;
			Line.Open('{').Name("waiting").Value(Waiting->Why.Reason + ": " + Waiting->Why.Detail).Close('}');
			std::cout << Line.Get() << std::endl;
			Sleep(Waiting->Why.WaitSeconds);
			Next = TheCall.OnWaited(Monotonic());
		}
		else return Next;
	}
}

void WriteHost(JsonText& Line, const Host& Found)
{
	Line.Name("host").Open('{').Name("sessionId").Value(Found.SessionId).Name("hostName").Value(Found.HostName);
	Line.Name("region").Value(Found.Region).Name("ports").Open('[');
	for (const Port& Item : Found.Ports)
	{
		Line.Open('{').Name("name").Value(Item.Name).Name("port").Value(Item.Number).Close('}');
	}
	Line.Close(']').Close('}');
}

void WriteResult(JsonText& Line, const Step& Last, const Server& Broker)
{
	const Finished* Done = std::get_if<Finished>(&Last);
	const std::optional<Host> Found = Done == nullptr ? std::nullopt : Done->Final.AsHost();
	const bool bFind = Ordered("OPERATION") == "find";
	if (Found) WriteHost(Line, *Found);
	else if (bFind && Done != nullptr && Done->Final.Type == Answer::Kind::Pending) Line.Name("pending").True();
	else if (bFind && Done != nullptr && Done->Final.TheProblem.Code == "unknown-session") Line.Name("none").True();
	else
	{
		const Failure Why = Done == nullptr ? std::get<Failure>(Last) : FailureOf(Done->Final, Broker.Address());
		Line.Name("problem").Open('{').Name("code").Value(Why.Code).Name("message").Value(Why.Message).Close('}');
	}
}
}

int main()
{
	const Server Broker{Ordered("BASE_URL"), Ordered("FUNCTION_KEY"), ""};
	const double Start = Monotonic();
	Order What = RequestOf(Json::Parse(Ordered("REQUEST")).value_or(Json()));
	if (Ordered("OPERATION") == "join")
	{
		const Step Listed = Run(Call::Locations(Broker, Random));
		const Finished* Done = std::get_if<Finished>(&Listed);
		// Measurements are optional.
		if (Done != nullptr) What.Latencies = Measure(Done->Final.AsLocations().value_or(std::vector<Location>()));
	}
	const double DeadlineSeconds = std::atof(Ordered("DEADLINE_MS").c_str()) / 1000;
	const Step Last = Ordered("OPERATION") == "find"
		? Run(Call::Find(Broker, What.SessionId, Random))
		: Run(Call::Allocate(Broker, What, DeadlineSeconds, Random));
	JsonText Line;
	Line.Open('{');
	WriteResult(Line, Last, Broker);
	Line.Name("ms").Value(static_cast<int>((Monotonic() - Start) * 1000)).Close('}');
	std::cout << Line.Get() << std::endl;
	return 0;
}
