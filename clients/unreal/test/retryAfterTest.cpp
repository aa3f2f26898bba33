#include "RetryAfter.h"

#include "Json.h"
#include "Types.h"
#include "check.h"

using namespace AllocationBroker::Core;

namespace
{
/** 27 November 2026, 12:00:00 GMT. */
constexpr double Noon = 1795780800;

/** -1: nothing. */
double Read(std::string Header, const std::string& Body = "null", std::string Date = "Fri, 27 Nov 2026 12:00:00 GMT")
{
	HttpResult Result;
	Result.RetryAfter = std::move(Header);
	Result.Date = std::move(Date);
	return RetryAfterOf(Result, *Json::Parse(Body), Noon + 3600).value_or(-1);
}
}

void TestRetryAfter()
{
	CHECK_EQUAL(Read("7"), 7.0);
	CHECK_EQUAL(Read("7", R"({"retryAfterSeconds":3})"), 7.0);
	CHECK_EQUAL(Read("", R"({"retryAfterSeconds":3})"), 3.0);
	CHECK_EQUAL(Read("", R"({"retryAfterSeconds":-3})"), -1.0);
	CHECK_EQUAL(Read("99999999999999999999"), 1e9);
	for (const char* Garbage : {"", "soon", "-1", "Fri, 27 Nov 2026 12:00:05", "Fri, 32 Nov 2026 12:00:05 GMT", "Fri, 27 Nop 2026 12:00:05 GMT"})
	{
		CheckEqual(Read(Garbage), -1.0, Garbage, __FILE__, __LINE__);
	}
	CHECK_EQUAL(Read("Fri, 27 Nov 2026 12:00:05 GMT"), 5.0);
	CHECK_EQUAL(Read("Friday, 27-Nov-26 12:00:05 GMT"), 5.0);
	CHECK_EQUAL(Read("Fri Nov 27 12:00:05 2026"), 5.0);
	CHECK_EQUAL(Read("Fri, 27 Nov 2026 11:00:00 GMT"), 0.0);
	CHECK_EQUAL(Read("Fri, 27 Nov 2026 13:00:05 GMT", "null", ""), 5.0);
	CHECK_EQUAL(*ParseHttpDate("Thu, 01 Jan 1970 00:00:00 GMT"), 0.0);
	CHECK_EQUAL(*ParseHttpDate("Tue, 29 Feb 2028 23:59:59 GMT"), 1835481599.0);
}
