#include "Echo.h"

#include "check.h"

using namespace AllocationBroker::Core;

void TestEcho()
{
	std::array<std::uint8_t, Echo::Bytes> Bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	const Echo Sent(Bytes);
	CHECK_EQUAL(int{Sent.Datagram()[0]}, 0xFF);
	CHECK_EQUAL(int{Sent.Datagram()[1]}, 0xFF);
	Bytes[0] = Bytes[1] = 0;
	CHECK(Sent.IsAnsweredBy(Bytes.data(), Echo::Bytes));
	CHECK(!Sent.IsAnsweredBy(Bytes.data(), Echo::Bytes - 1));
	Bytes[15] = 0;
	CHECK(!Sent.IsAnsweredBy(Bytes.data(), Echo::Bytes));
	CHECK(!MedianMilliseconds({}));
	CHECK_EQUAL(*MedianMilliseconds({50, 1, 20.06, 10}), 15.0);
	CHECK_EQUAL(*MedianMilliseconds({3, 1.23, 1}), 1.2);
}
