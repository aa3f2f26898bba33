#include "Json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace AllocationBroker::Core
{
namespace JsonDetail
{
/** The contract nests four deep; whatever nests much deeper must not exhaust the stack. */
constexpr int MaxDepth = 64;

/**
 * The value of a number that is known to be one. Neither strtod (it goes by the program's locale) nor from_chars (some
 * of the engine's platforms lack it for doubles) will do. Exact for up to 15 digits and small exponents, which is more
 * than the contract has.
 */
double NumberOf(std::string_view Text)
{
	const std::size_t Mark = std::min(Text.find_first_of("eE"), Text.size());
	double Mantissa = 0;
	int Exponent = 0;
	bool bFraction = false;
	for (const char Digit : Text.substr(0, Mark))
	{
		if (Digit == '.') bFraction = true;
		if (Digit < '0' || Digit > '9') continue;
		Mantissa = Mantissa * 10 + (Digit - '0');
		if (bFraction) Exponent--;
	}
	int Written = 0;
	const bool bNegative = Text.substr(Mark).find('-') != std::string_view::npos;
	for (const char Digit : Text.substr(Mark))
	{
		// So large that more makes no difference.
		if (Digit >= '0' && Digit <= '9' && Written < 100000) Written = Written * 10 + (Digit - '0');
	}
	Exponent += bNegative ? -Written : Written;
	const double Power = std::pow(10.0, std::abs(Exponent));
	const double Size = Mantissa == 0 ? 0 : Exponent < 0 ? Mantissa / Power : Mantissa * Power;
	return Text[0] == '-' ? -Size : Size;
}

void AppendUtf8(std::string& Text, std::uint32_t Code)
{
	if (Code < 0x80)
	{
		Text += static_cast<char>(Code);
		return;
	}
	const int Rest = Code < 0x800 ? 1 : Code < 0x10000 ? 2 : 3;
	constexpr unsigned char Leads[] = {0, 0xC0, 0xE0, 0xF0};
	Text += static_cast<char>(Leads[Rest] | (Code >> (6 * Rest)));
	for (int Left = Rest - 1; Left >= 0; Left--) Text += static_cast<char>(0x80 | ((Code >> (6 * Left)) & 0x3F));
}
}

std::optional<double> Json::AsNumber() const
{
	return Type == Kind::Number ? std::optional(NumberValue) : std::nullopt;
}

std::optional<int> Json::AsWholeNumber() const
{
	const bool bFits = Type == Kind::Number && NumberValue >= std::numeric_limits<int>::min()
		&& NumberValue <= std::numeric_limits<int>::max();
	return bFits && NumberValue == std::trunc(NumberValue) ? std::optional(static_cast<int>(NumberValue)) : std::nullopt;
}

const Json& Json::operator[](std::string_view Name) const
{
	static const Json Nothing;
	// The last of several counts, as in other readers.
	for (auto Member = Members.rbegin(); Member != Members.rend(); ++Member)
	{
		if (Member->first == Name) return Member->second;
	}
	return Nothing;
}

class JsonParser
{
public:
	explicit JsonParser(std::string_view InSource) : Source(InSource) {}

	std::optional<Json> Document()
	{
		Json Value;
		if (!Read(Value, 0)) return std::nullopt;
		SkipSpace();
		return At == Source.size() ? std::optional(std::move(Value)) : std::nullopt;
	}

private:
	bool Read(Json& Value, int Depth)
	{
		SkipSpace();
		if (At >= Source.size() || Depth > JsonDetail::MaxDepth) return false;
		switch (Source[At])
		{
		case '{':
			return ReadObject(Value, Depth);
		case '[':
			return ReadList(Value, Depth);
		case '"':
			Value.Type = Json::Kind::Text;
			return ReadText(Value.TextValue);
		case 't':
			return ReadWord(Value, "true", Json::Kind::True);
		case 'f':
			return ReadWord(Value, "false", Json::Kind::False);
		case 'n':
			return ReadWord(Value, "null", Json::Kind::Null);
		default:
			return ReadNumber(Value);
		}
	}

	bool ReadObject(Json& Value, int Depth)
	{
		Value.Type = Json::Kind::Object;
		At++;
		if (Accept('}')) return true;
		do
		{
			SkipSpace();
			std::string Name;
			if (At >= Source.size() || Source[At] != '"' || !ReadText(Name) || !Accept(':')) return false;
			if (!Read(Value.Members.emplace_back(std::move(Name), Json()).second, Depth + 1)) return false;
		}
		while (Accept(','));
		return Accept('}');
	}

	bool ReadList(Json& Value, int Depth)
	{
		Value.Type = Json::Kind::List;
		At++;
		if (Accept(']')) return true;
		do
		{
			if (!Read(Value.ItemList.emplace_back(), Depth + 1)) return false;
		}
		while (Accept(','));
		return Accept(']');
	}

	/** From the opening to the closing quotation mark. */
	bool ReadText(std::string& Text)
	{
		for (At++; At < Source.size(); At++)
		{
			const char Character = Source[At];
			if (Character == '"')
			{
				At++;
				return true;
			}
			if (static_cast<unsigned char>(Character) < ' ') return false;
			if (Character != '\\') Text += Character;
			else if (!ReadEscape(Text)) return false;
		}
		return false;
	}

	bool ReadEscape(std::string& Text)
	{
		constexpr std::string_view Names = "\"\\/bfnrt";
		constexpr std::string_view Meanings = "\"\\/\b\f\n\r\t";
		At++;
		if (At >= Source.size()) return false;
		if (const std::size_t Index = Names.find(Source[At]); Index != std::string_view::npos)
		{
			Text += Meanings[Index];
			return true;
		}
		std::uint32_t Code = 0;
		if (Source[At] != 'u' || !ReadHex(Code)) return false;
		const bool bHigh = Code >= 0xD800 && Code < 0xDC00;
		std::uint32_t Low = 0;
		if (bHigh && Source.substr(At + 1, 2) == "\\u")
		{
			At += 2;
			if (!ReadHex(Low)) return false;
		}
		if (bHigh && Low >= 0xDC00 && Low < 0xE000) Code = 0x10000 + ((Code - 0xD800) << 10) + (Low - 0xDC00);
		// Half a pair is no character.
		JsonDetail::AppendUtf8(Text, Code >= 0xD800 && Code < 0xE000 ? 0xFFFD : Code);
		return true;
	}

	/** The four digits after the place that is looked at; leaves it at the last of them. */
	bool ReadHex(std::uint32_t& Code)
	{
		if (At + 4 >= Source.size()) return false;
		const char* const First = Source.data() + At + 1;
		const std::from_chars_result Result = std::from_chars(First, First + 4, Code, 16);
		At += 4;
		return Result.ec == std::errc() && Result.ptr == First + 4;
	}

	bool ReadWord(Json& Value, std::string_view Word, Json::Kind Kind)
	{
		if (Source.substr(At, Word.size()) != Word) return false;
		At += Word.size();
		Value.Type = Kind;
		return true;
	}

	bool ReadNumber(Json& Value)
	{
		const std::size_t Start = At;
		Skip('-');
		if (!Skip('0') && !SkipDigits()) return false;
		if (Skip('.') && !SkipDigits()) return false;
		if (Skip('e') || Skip('E'))
		{
			if (!Skip('-')) Skip('+');
			if (!SkipDigits()) return false;
		}
		Value.Type = Json::Kind::Number;
		Value.NumberValue = JsonDetail::NumberOf(Source.substr(Start, At - Start));
		return true;
	}

	bool SkipDigits()
	{
		const std::size_t Start = At;
		while (At < Source.size() && Source[At] >= '0' && Source[At] <= '9') At++;
		return At > Start;
	}

	bool Skip(char Character)
	{
		if (At >= Source.size() || Source[At] != Character) return false;
		At++;
		return true;
	}

	bool Accept(char Character)
	{
		SkipSpace();
		return Skip(Character);
	}

	void SkipSpace()
	{
		while (At < Source.size() && std::string_view(" \t\r\n").find(Source[At]) != std::string_view::npos) At++;
	}

	std::string_view Source;
	std::size_t At = 0;
};

std::optional<Json> Json::Parse(std::string_view Text)
{
	constexpr std::string_view Mark = "\xEF\xBB\xBF";
	if (Text.starts_with(Mark)) Text.remove_prefix(Mark.size());
	return JsonParser(Text).Document();
}
}
