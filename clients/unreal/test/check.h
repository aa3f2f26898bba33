#pragma once

#include <iostream>
#include <string>

/** Just enough to test with any C++20 compiler: a failed check says where, and the program's status counts them. */
inline int Failures = 0;

template <typename A, typename B>
void CheckEqual(const A& Actual, const B& Expected, const char* Text, const char* File, int Line)
{
	if (Actual == Expected) return;
	Failures++;
	std::cerr << File << ':' << Line << ": " << Text << "\n  is       " << Actual << "\n  expected " << Expected << '\n';
}

#define CHECK_EQUAL(Actual, Expected) CheckEqual(Actual, Expected, #Actual, __FILE__, __LINE__)
#define CHECK(Condition) CheckEqual(static_cast<bool>(Condition), true, #Condition, __FILE__, __LINE__)
