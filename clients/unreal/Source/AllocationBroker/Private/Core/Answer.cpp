#include "Answer.h"

#include "RetryAfter.h"

#include <algorithm>

namespace AllocationBroker::Core
{
namespace AnswerDetail
{
/** The first that is neither white space nor part of a byte order mark; a space when there is none. */
char FirstCharacter(const std::string& Body)
{
	const auto Found = std::find_if(Body.begin(), Body.end(), [](unsigned char Character) {
		return Character > ' ' && Character < 0x80;
	});
	return Found == Body.end() ? ' ' : *Found;
}

std::optional<Problem> ProblemOf(int Status, const Json& Body)
{
	const std::string* Code = Body["code"].AsText();
	if (Status < 400 || Code == nullptr || Body["status"].AsWholeNumber() != Status) return std::nullopt;
	Problem Read;
	Read.Type = Body["type"].TextOr("about:blank");
	Read.Code = *Code;
	Read.Title = Body["title"].TextOr("");
	Read.Detail = Body["detail"].TextOr("");
	Read.Instance = Body["instance"].TextOr("");
	Read.Status = Status;
	Read.bRetryable = Body["retryable"].IsTrue();
	for (const Json& Error : Body["errors"].Items())
	{
		Read.Errors.push_back({Error["pointer"].TextOr(""), Error["message"].TextOr("")});
	}
	return Read;
}

/** Without a query, which may hold a secret; a path alone belongs to the broker's own host. */
std::string TargetOf(const std::string& Location, const std::string& Address)
{
	if (Location.empty()) return "nowhere";
	const std::string Target = Location.substr(0, Location.find_first_of("?#"));
	if (Target[0] != '/' || Target.starts_with("//")) return Target;
	return Address.substr(0, Address.find('/', Address.find("://") + 3)) + Target;
}

Failure Unexpected(std::string Message)
{
	return {"unexpected-answer", std::move(Message), std::nullopt};
}

Failure OfProblem(const Problem& TheProblem)
{
	std::string Message = TheProblem.Detail.empty() ? TheProblem.Title : TheProblem.Detail;
	for (const Mistake& Error : TheProblem.Errors)
	{
		const std::string There = Error.Pointer + ": " + Error.Message;
		if (Message.find(There) == std::string::npos) Message += " " + There + ".";
	}
	return {TheProblem.Code, Message, TheProblem};
}

Failure OfRedirect(const Answer& Final, const std::string& Address)
{
	return Unexpected(
		Address + " redirects to " + TargetOf(Final.RedirectsTo, Address) + " (status " + std::to_string(Final.Status)
		+ "), and the client believes no answer that came by a redirect. If that is your broker, use its address as the "
		  "base address. If not, the network wants a sign-in first (a captive portal), or the base address is wrong.");
}
}

Answer Answer::Of(const HttpResult& Result, double UnixNow)
{
	using namespace AnswerDetail;
	Answer Read;
	Read.Status = Result.Status;
	Read.LostBecause = Result.LostBecause;
	if (Result.Status == 0) return Read;
	const std::optional<Json> Parsed = Json::Parse(Result.Body);
	if (Parsed) Read.Body = *Parsed;
	Read.RetryAfter = RetryAfterOf(Result, Read.Body, UnixNow);
	const std::string* State = Read.Body["status"].AsText();
	const std::optional<Problem> Told = ProblemOf(Result.Status, Read.Body);
	Read.Type = Kind::Foreign;
	if (Result.Status == 202 && State != nullptr && *State == "pending") Read.Type = Kind::Pending;
	else if ((Result.Status == 200 || Result.Status == 201) && Read.Body.IsObject()) Read.Type = Kind::Ok;
	else if (Told)
	{
		Read.Type = Kind::Problem;
		Read.TheProblem = *Told;
	}
	else if (Result.Status < 300 && !Parsed && FirstCharacter(Result.Body) == '{')
	{
		// A proxy that closes the connection early, with no length to compare, leaves a part of an object.
		Read.Type = Kind::Lost;
		Read.LostBecause = "the answer ends in its middle";
	}
	Read.bIsPage = FirstCharacter(Result.Body) == '<';
	if (Result.Status >= 300 && Result.Status < 400) Read.RedirectsTo = Result.Location;
	return Read;
}

std::optional<Host> Answer::AsHost() const
{
	const std::string* State = Body["status"].AsText();
	const std::string HostName = Body["hostName"].TextOr("");
	if (Type != Kind::Ok || State == nullptr || *State != "allocated" || HostName.empty()) return std::nullopt;
	Host Read;
	Read.SessionId = Body["sessionId"].TextOr("");
	Read.HostName = HostName;
	Read.Region = Body["region"].TextOr("");
	Read.SecureContext = Body["secureContext"].TextOr("");
	Read.bReplayed = Status == 200;
	for (const Json& Item : Body["ports"].Items())
	{
		const std::optional<int> Number = Item["port"].AsWholeNumber();
		if (Number) Read.Ports.push_back({Item["name"].TextOr(""), *Number, Item["protocol"].TextOr("")});
	}
	return Read;
}

std::optional<std::vector<Location>> Answer::AsLocations() const
{
	const Json& List = Body["locations"];
	if (Type != Kind::Ok || !List.IsList()) return std::nullopt;
	std::vector<Location> Read;
	for (const Json& Item : List.Items())
	{
		const std::string* Name = Item["name"].AsText();
		if (Name == nullptr) continue;
		const Json& Qos = Item["qos"];
		const std::string* Protocol = Qos["protocol"].AsText();
		const std::string* HostName = Qos["host"].AsText();
		const std::optional<int> Port = Qos["port"].AsWholeNumber();
		Location& Place = Read.emplace_back();
		Place.Name = *Name;
		if (Protocol && HostName && Port) Place.Qos = Beacon{*Protocol, *HostName, *Port};
	}
	return Read;
}

Failure FailureOf(const Answer& Final, const std::string& Address)
{
	using namespace AnswerDetail;
	if (Final.Type == Answer::Kind::Problem) return OfProblem(Final.TheProblem);
	if (Final.Status >= 300 && Final.Status < 400) return OfRedirect(Final, Address);
	switch (Final.Status)
	{
	case 401:
		// The platform refuses a missing or wrong function key by itself, with an empty body.
		return {"unauthenticated", "The function key or the token is missing or wrong.", std::nullopt};
	case 403:
		return {"forbidden", Address + " does not allow this (status 403).", std::nullopt};
	case 404:
		return Unexpected("There is no broker at " + Address + ". The base address is its address without /api.");
	default:
		return Unexpected(
			"What answers at " + Address + (Final.bIsPage ? " sends a web page" : " is no broker") + " (status "
			+ std::to_string(Final.Status)
			+ "). Check the base address; a network that wants a sign-in first (a captive portal) or a gateway answers "
			  "like this, too.");
	}
}
}
