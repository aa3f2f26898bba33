#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace AllocationBroker::Core
{
/**
 * One value of a JSON document (RFC 8259). Whatever is absent or of another kind than was asked for reads as nothing,
 * because a reader of answers must not fail on what it does not know.
 */
class Json
{
public:
	enum class Kind { Null, False, True, Number, Text, List, Object };

	/** Nothing when the text is no JSON. A byte order mark before it is passed over. Throws nothing. */
	static std::optional<Json> Parse(std::string_view Text);

	bool IsTrue() const { return Type == Kind::True; }
	bool IsList() const { return Type == Kind::List; }
	bool IsObject() const { return Type == Kind::Object; }

	/** Null when the value is no text. */
	const std::string* AsText() const { return Type == Kind::Text ? &TextValue : nullptr; }
	std::string TextOr(std::string Default) const { return Type == Kind::Text ? TextValue : std::move(Default); }
	std::optional<double> AsNumber() const;
	/** The number, if it is a whole one of 32 bits. */
	std::optional<int> AsWholeNumber() const;

	const std::vector<Json>& Items() const { return ItemList; }
	/** The member of an object; a null value when there is none. */
	const Json& operator[](std::string_view Name) const;

private:
	friend class JsonParser;

	Kind Type = Kind::Null;
	double NumberValue = 0;
	std::string TextValue;
	std::vector<Json> ItemList;
	std::vector<std::pair<std::string, Json>> Members;
};

/** Writes JSON piece by piece. Commas come by themselves; the caller closes what it opens. */
class JsonText
{
public:
	JsonText& Open(char Bracket);
	JsonText& Close(char Bracket);
	JsonText& Name(std::string_view Name);
	JsonText& Value(std::string_view Text);
	/** In thousandths. What JSON cannot write, NaN and the infinities, becomes null, and so does what is beyond 1e12. */
	JsonText& Value(double Number);
	JsonText& Value(int Number);
	/** No overload of Value: text in quotation marks would convert to it. */
	JsonText& True();
	const std::string& Get() const { return Text; }

private:
	void Separate();
	void Quote(std::string_view Content);

	std::string Text;
};
}
