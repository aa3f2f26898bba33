#include "RetryAfter.h"

#include "Json.h"
#include "Types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace AllocationBroker::Core
{
namespace RetryAfterDetail
{
/** Longer than any deadline. */
constexpr double MostSeconds = 1e9;

std::optional<int> Whole(std::string_view Text)
{
	int Value = 0;
	const std::from_chars_result Result = std::from_chars(Text.data(), Text.data() + Text.size(), Value);
	return Result.ec == std::errc() && Result.ptr == Text.data() + Text.size() ? std::optional(Value) : std::nullopt;
}

std::optional<int> Month(std::string_view Text)
{
	constexpr std::array<std::string_view, 12> Names = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const auto Found = std::find(Names.begin(), Names.end(), Text);
	return Found == Names.end() ? std::nullopt : std::optional(static_cast<int>(Found - Names.begin()) + 1);
}

/** Days from 1970 to a day of the Gregorian calendar, counting years from March so that leap days come last. */
long long DaysOf(int Year, int Month, int Day)
{
	const long long Shifted = Year - (Month <= 2 ? 1 : 0);
	const long long DayOfYear = (153 * (Month + (Month > 2 ? -3 : 9)) + 2) / 5 + Day - 1;
	return Shifted * 365 + Shifted / 4 - Shifted / 100 + Shifted / 400 + DayOfYear - 719468;
}

std::vector<std::string_view> Words(std::string_view Text)
{
	std::vector<std::string_view> Found;
	for (std::size_t At = 0; At < Text.size();)
	{
		const std::size_t End = std::min(Text.find_first_of(" ,-:", At), Text.size());
		if (End > At) Found.push_back(Text.substr(At, End - At));
		At = End + 1;
	}
	return Found;
}

std::optional<double> Seconds(std::optional<double> Number)
{
	return Number && *Number >= 0 ? std::optional(std::min(*Number, MostSeconds)) : std::nullopt;
}
}

std::optional<double> ParseHttpDate(std::string_view Text)
{
	using namespace RetryAfterDetail;
	// Fri, 27 Nov 2026 12:00:05 GMT; Friday, 27-Nov-26 12:00:05 GMT; Fri Nov 27 12:00:05 2026
	const std::vector<std::string_view> Part = Words(Text);
	const bool bOld = Part.size() == 7;
	if (!bOld && (Part.size() != 8 || Part[7] != "GMT")) return std::nullopt;
	const std::optional<int> TheMonth = Month(Part[bOld ? 1 : 2]);
	const std::optional<int> Day = Whole(Part[bOld ? 2 : 1]);
	std::optional<int> Year = Whole(Part[bOld ? 6 : 3]);
	const std::size_t Time = bOld ? 3 : 4;
	const std::optional<int> Hour = Whole(Part[Time]), Minute = Whole(Part[Time + 1]), Second = Whole(Part[Time + 2]);
	if (!TheMonth || !Day || !Year || !Hour || !Minute || !Second) return std::nullopt;
	if (*Year < 100) *Year += 2000;
	if (*Day < 1 || *Day > 31 || *Hour > 23 || *Minute > 59 || *Second > 60) return std::nullopt;
	return DaysOf(*Year, *TheMonth, *Day) * 86400.0 + *Hour * 3600.0 + *Minute * 60.0 + *Second;
}

std::optional<double> RetryAfterOf(const HttpResult& Result, const Json& Body, double UnixNow)
{
	using namespace RetryAfterDetail;
	const std::string_view Text = Result.RetryAfter;
	if (!Text.empty() && Text.find_first_not_of("0123456789") == std::string_view::npos)
	{
		return Seconds(Whole(Text).value_or(static_cast<int>(MostSeconds)));
	}
	if (const std::optional<double> Copy = Seconds(Body["retryAfterSeconds"].AsNumber())) return Copy;
	const std::optional<double> Until = ParseHttpDate(Text);
	if (!Until) return std::nullopt;
	return Seconds(std::max(0.0, *Until - ParseHttpDate(Result.Date).value_or(UnixNow)));
}
}
