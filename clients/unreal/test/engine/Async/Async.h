#pragma once

#include "CoreMinimal.h"

enum class EAsyncExecution { ThreadPool };

namespace ENamedThreads
{
enum Type { GameThread };
}

void AsyncTask(ENamedThreads::Type Thread, TFunction<void()> Work);

/** The engine gives back a future, which the plugin does not look at. */
int Async(EAsyncExecution Execution, TFunction<void()> Work);
