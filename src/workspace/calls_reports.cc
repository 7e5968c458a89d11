// Calls to reports.
#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {

Result<Value> CallReportsRun(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  AV_ASSIGN_OR_RETURN(const Object* given, ObjectArgument(params, "params"));
  return services.reports.Run(name, *given);
}

}  // namespace archivolt
