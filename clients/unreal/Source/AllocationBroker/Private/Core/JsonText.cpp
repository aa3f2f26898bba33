#include "Json.h"

#include <cmath>
#include <cstdio>

namespace AllocationBroker::Core
{
JsonText& JsonText::Open(char Bracket)
{
	Separate();
	Text += Bracket;
	return *this;
}

JsonText& JsonText::Close(char Bracket)
{
	Text += Bracket;
	return *this;
}

JsonText& JsonText::Name(std::string_view Name)
{
	Quote(Name);
	Text += ':';
	return *this;
}

JsonText& JsonText::Value(std::string_view Content)
{
	Quote(Content);
	return *this;
}

JsonText& JsonText::Value(double Number)
{
	Separate();
	// No measurement is anywhere near, and the thousandths of what is still have a whole number.
	constexpr double Most = 1e12;
	if (!(std::abs(Number) <= Most))
	{
		Text += "null";
		return *this;
	}
	const long long Thousandths = std::llround(std::abs(Number) * 1000);
	if (Number < 0 && Thousandths > 0) Text += '-';
	Text += std::to_string(Thousandths / 1000);
	std::string Fraction = std::to_string(1000 + Thousandths % 1000).replace(0, 1, ".");
	Fraction.erase(Fraction.find_last_not_of(".0") + 1);
	Text += Fraction;
	return *this;
}

JsonText& JsonText::Value(int Number)
{
	Separate();
	Text += std::to_string(Number);
	return *this;
}

JsonText& JsonText::True()
{
	Separate();
	Text += "true";
	return *this;
}

void JsonText::Separate()
{
	if (!Text.empty() && std::string_view("{[:").find(Text.back()) == std::string_view::npos) Text += ',';
}

void JsonText::Quote(std::string_view Content)
{
	Separate();
	Text += '"';
	for (const char Character : Content)
	{
		if (Character == '"' || Character == '\\') (Text += '\\') += Character;
		else if (static_cast<unsigned char>(Character) >= ' ') Text += Character;
		else
		{
			char Escape[8];
			std::snprintf(Escape, sizeof Escape, "\\u%04x", static_cast<unsigned>(Character));
			Text += Escape;
		}
	}
	Text += '"';
}
}
