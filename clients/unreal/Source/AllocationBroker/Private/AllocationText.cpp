#include "AllocationText.h"

std::string AllocationToUtf8(const FString& Text)
{
	const FTCHARToUTF8 Converted(*Text);
	return std::string(Converted.Get(), static_cast<std::size_t>(Converted.Length()));
}

FString AllocationFromUtf8(const std::string& Text)
{
	return FString(UTF8_TO_TCHAR(Text.c_str()));
}
