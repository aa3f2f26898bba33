#include "Json.h"
#include "check.h"

#include <cmath>

using namespace AllocationBroker::Core;

namespace
{
const std::string Document =
	R"({"a":[1,-2.5e+3,0.1,true,false,null,{}],"b":{"c":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é","d":[]} , "e":"","e":"2"})";

void ReadsEveryKindOfValue()
{
	const Json Value = *Json::Parse(" " + Document + "\r\n");
	const std::vector<Json>& List = Value["a"].Items();
	CHECK_EQUAL(List.size(), 7u);
	CHECK_EQUAL(*List[1].AsNumber(), -2500.0);
	CHECK_EQUAL(*List[2].AsNumber(), 0.1);
	CHECK(List[3].IsTrue() && !List[4].IsTrue() && List[6].IsObject());
	CHECK_EQUAL(*Value["b"]["c"].AsText(), "\"\\/\b\f\n\r\té😀é");
	CHECK(Value["b"]["d"].IsList());
	CHECK_EQUAL(*Value["e"].AsText(), "2");
	CHECK(Value["x"]["y"].AsText() == nullptr);
	CHECK(!Value["e"].AsNumber() && Value["e"].Items().empty());
}

void WhatIsCutOffAnywhereIsNoJson()
{
	for (std::size_t Length = 0; Length < Document.size(); Length++) CHECK(!Json::Parse(Document.substr(0, Length)));
}

void RefusesWhatIsNoJson()
{
	for (const char* Text :
		{"{} {}", "{\"a\":1,}", "[1,]", "[,1]", "{a:1}", "{\"a\" 1}", "'a'", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u-123\"",
			"01", "+1", "1.", ".5", "1e", "-", "NaN", "truE", "nul", "<html></html>"})
	{
		CheckEqual(Json::Parse(Text).has_value(), false, Text, __FILE__, __LINE__);
	}
}

void ReadsNumbersAndWholeNumbers()
{
	CHECK_EQUAL(*Json::Parse("1e400")->AsNumber(), INFINITY);
	CHECK_EQUAL(*Json::Parse("-1e400")->AsNumber(), -INFINITY);
	CHECK_EQUAL(*Json::Parse("1e-400")->AsNumber(), 0.0);
	CHECK_EQUAL(*Json::Parse("1e2")->AsWholeNumber(), 100);
	CHECK(!Json::Parse("1.5")->AsWholeNumber());
	CHECK(!Json::Parse("3000000000")->AsWholeNumber());
}

void WritesNumbers()
{
	const std::pair<double, const char*> Cases[] = {{34.5, "34.5"}, {0.1, "0.1"}, {100, "100"}, {0, "0"}, {-0.0001, "0"},
		{-1.25, "-1.25"}, {7.0009, "7.001"}, {10.05, "10.05"}, {60000, "60000"}, {2e12, "null"}, {INFINITY, "null"},
		{NAN, "null"}};
	for (const auto& [Number, Text] : Cases) CheckEqual(JsonText().Value(Number).Get(), Text, Text, __FILE__, __LINE__);
}

void NestsOnlySoDeep()
{
	CHECK(Json::Parse(std::string(60, '[') + std::string(60, ']')));
	CHECK(!Json::Parse(std::string(1'000'000, '[')));
}

void HalfAPairIsNoCharacter()
{
	CHECK_EQUAL(*Json::Parse(R"("\ud83dx")")->AsText(), "\xEF\xBF\xBDx");
	CHECK_EQUAL(*Json::Parse(R"("\ude00")")->AsText(), "\xEF\xBF\xBD");
}

void Writes()
{
	JsonText Text;
	Text.Open('{').Name("t").Value("\"\\\n\x01é").Name("n").Value(34.5).Name("w").Value(4).Name("x").Value(NAN).Name("b").True();
	Text.Name("l").Open('[').Value(1).Open('{').Close('}').Close(']').Close('}');
	CHECK_EQUAL(Text.Get(), R"({"t":"\"\\\u000a\u0001é","n":34.5,"w":4,"x":null,"b":true,"l":[1,{}]})");
	CHECK_EQUAL(*(*Json::Parse(Text.Get()))["t"].AsText(), "\"\\\n\x01é");
}
}

void TestJson()
{
	ReadsEveryKindOfValue();
	WhatIsCutOffAnywhereIsNoJson();
	RefusesWhatIsNoJson();
	ReadsNumbersAndWholeNumbers();
	NestsOnlySoDeep();
	HalfAPairIsNoCharacter();
	Writes();
	WritesNumbers();
	CHECK(Json::Parse("\xEF\xBB\xBF{}"));
	CHECK(!Json::Parse("{\xEF\xBB\xBF}"));
}
