// The method table: what the façade answers to, and which service function stands behind each name.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

struct WorkspaceServices;

/// One operation: its public name and the function that runs it over the services.
struct WorkspaceMethod {
  std::string_view name;
  Result<Value> (*run)(WorkspaceServices& services, const Object& params);
};

/// The method of that name, or nullptr.
const WorkspaceMethod* FindMethod(std::string_view name);

}  // namespace archivolt
