#pragma once

class FDefaultModuleImpl
{
};

#define IMPLEMENT_MODULE(ModuleClass, ModuleName) static_assert(sizeof(ModuleClass) > 0);
