#include "check.h"

void TestJson();
void TestRetryAfter();
void TestCall();
void TestEcho();

int main()
{
	TestJson();
	TestRetryAfter();
	TestCall();
	TestEcho();
	std::cout << (Failures == 0 ? "passed" : std::to_string(Failures) + " checks failed") << '\n';
	return Failures == 0 ? 0 : 1;
}
