#include "storage/undone_together.h"

// In the copy of SQLite that is compiled (cmake/third_party.cmake).
extern "C" int archivolt_undone_together;

namespace archivolt {

UndoneTogether::UndoneTogether() { ++archivolt_undone_together; }
UndoneTogether::~UndoneTogether() { --archivolt_undone_together; }

}  // namespace archivolt
