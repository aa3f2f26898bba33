#include "http.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace AllocationBroker::Core;

double Monotonic()
{
	timespec Now{};
	clock_gettime(CLOCK_MONOTONIC, &Now);
	return static_cast<double>(Now.tv_sec) + static_cast<double>(Now.tv_nsec) / 1e9;
}

namespace
{
/** A connection that knows when its time is up. */
class Connection
{
public:
	explicit Connection(double TimeoutSeconds) : End(Monotonic() + TimeoutSeconds) {}
	Connection(const Connection&) = delete;
	Connection& operator=(const Connection&) = delete;
	~Connection()
	{
		if (Socket >= 0) close(Socket);
	}

	bool Open(const std::string& Host, const std::string& Port)
	{
		addrinfo Hints{};
		Hints.ai_socktype = SOCK_STREAM;
		addrinfo* List = nullptr;
		if (const int Code = getaddrinfo(Host.c_str(), Port.c_str(), &Hints, &List); Code != 0)
		{
			Why = gai_strerror(Code);
			return false;
		}
		Socket = socket(List->ai_family, List->ai_socktype, List->ai_protocol);
		const bool bConnected = Socket >= 0 && connect(Socket, List->ai_addr, List->ai_addrlen) == 0;
		if (!bConnected) Why = std::strerror(errno);
		freeaddrinfo(List);
		return bConnected;
	}

	bool Write(const std::string& Text)
	{
		for (std::size_t Sent = 0; Sent < Text.size();)
		{
			const ssize_t Count = send(Socket, Text.data() + Sent, Text.size() - Sent, MSG_NOSIGNAL);
			if (Count < 0) return Fail(std::strerror(errno));
			Sent += static_cast<std::size_t>(Count);
		}
		return true;
	}

	/** Appends what comes next; false at the end, on an error, and when the time is up. */
	bool Read(std::string& Text)
	{
		const double Left = End - Monotonic();
		pollfd Waiting{Socket, POLLIN, 0};
		if (Left <= 0 || poll(&Waiting, 1, static_cast<int>(Left * 1000) + 1) <= 0) return Fail("no answer in time");
		char Buffer[4096];
		const ssize_t Count = recv(Socket, Buffer, sizeof Buffer, 0);
		if (Count < 0) return Fail(std::strerror(errno));
		if (Count == 0) return Fail("");
		Text.append(Buffer, static_cast<std::size_t>(Count));
		return true;
	}

	/** Empty: the other side closed the connection in good order. */
	std::string Why;

private:
	bool Fail(const char* Because)
	{
		Why = Because;
		return false;
	}

	int Socket = -1;
	double End;
};

std::string HeaderIn(const std::string& Head, const std::string& LowerName)
{
	for (std::size_t At = Head.find("\r\n"); At != std::string::npos; At = Head.find("\r\n", At + 2))
	{
		const std::size_t Colon = Head.find(':', At);
		std::string Name = Head.substr(At + 2, Colon == std::string::npos ? 0 : Colon - At - 2);
		for (char& Character : Name) Character = static_cast<char>(std::tolower(static_cast<unsigned char>(Character)));
		if (Name != LowerName) continue;
		const std::size_t First = Head.find_first_not_of(' ', Colon + 1);
		return Head.substr(First, Head.find("\r\n", First) - First);
	}
	return "";
}

std::optional<std::size_t> Number(const std::string& Text, int Base)
{
	std::size_t Value = 0;
	const std::from_chars_result Result = std::from_chars(Text.data(), Text.data() + Text.size(), Value, Base);
	return Result.ec == std::errc() && Result.ptr != Text.data() ? std::optional(Value) : std::nullopt;
}

/** Nothing when the chunks are not whole. */
std::optional<std::string> Unchunk(Connection& From, std::string Raw)
{
	std::string Body;
	for (std::size_t At = 0;;)
	{
		const std::size_t Line = Raw.find("\r\n", At);
		const std::optional<std::size_t> Size =
			Line == std::string::npos ? std::nullopt : Number(Raw.substr(At, Line - At), 16);
		const bool bWhole = Size && Raw.size() >= Line + 2 + *Size + 2;
		if (bWhole && *Size == 0) return Body;
		if (bWhole)
		{
			Body.append(Raw, Line + 2, *Size);
			At = Line + 2 + *Size + 2;
		}
		else if (!From.Read(Raw)) return std::nullopt;
	}
}

std::optional<std::string> ReadBody(Connection& From, const std::string& Head, std::string Body)
{
	if (HeaderIn(Head, "transfer-encoding") == "chunked") return Unchunk(From, std::move(Body));
	const std::optional<std::size_t> Length = Number(HeaderIn(Head, "content-length"), 10);
	while (!Length || Body.size() < *Length)
	{
		if (From.Read(Body)) continue;
		return !Length && From.Why.empty() ? std::optional(Body) : std::nullopt;
	}
	return Body.substr(0, *Length);
}

HttpResult Lost(const Connection& From)
{
	HttpResult Result;
	Result.LostBecause = From.Why.empty() ? "the connection was closed" : From.Why;
	return Result;
}
}

HttpResult Exchange(const HttpRequest& Request)
{
	// http://host:port/path
	const std::size_t Path = Request.Url.find('/', 7);
	const std::string Authority = Request.Url.substr(7, Path - 7);
	const std::size_t Colon = Authority.rfind(':');
	std::string Text = Request.Method + " " + Request.Url.substr(Path) + " HTTP/1.1\r\nHost: " + Authority + "\r\n";
	for (const auto& [Name, Value] : Request.Headers) Text += Name + ": " + Value + "\r\n";
	if (Request.Method == "POST") Text += "Content-Length: " + std::to_string(Request.Body.size()) + "\r\n";
	Text += "Connection: close\r\n\r\n" + Request.Body;

	Connection To(Request.TimeoutSeconds);
	if (!To.Open(Authority.substr(0, Colon), Authority.substr(Colon + 1)) || !To.Write(Text)) return Lost(To);
	std::string Raw;
	std::size_t Blank = std::string::npos;
	while ((Blank = Raw.find("\r\n\r\n")) == std::string::npos)
	{
		if (!To.Read(Raw)) return Lost(To);
	}
	const std::string Head = Raw.substr(0, Blank + 2);
	const std::optional<std::size_t> Status = Number(Head.substr(9, 3), 10);
	if (!Head.starts_with("HTTP/1.") || !Status) return Lost(To);
	const bool bBodiless = *Status == 204 || *Status == 304;
	const std::optional<std::string> Body = bBodiless ? "" : ReadBody(To, Head, Raw.substr(Blank + 4));
	if (!Body) return Lost(To);
	HttpResult Result;
	Result.Status = static_cast<int>(*Status);
	Result.Body = *Body;
	Result.RetryAfter = HeaderIn(Head, "retry-after");
	Result.Date = HeaderIn(Head, "date");
	Result.Location = HeaderIn(Head, "location");
	return Result;
}
