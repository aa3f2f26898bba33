#pragma once

#include "CoreMinimal.h"

#include <string>

/** Between the engine's text and UTF-8. */
std::string AllocationToUtf8(const FString& Text);
FString AllocationFromUtf8(const std::string& Text);
