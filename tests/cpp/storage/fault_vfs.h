// A VFS over the default one that fails a chosen operation, for tests of what is left behind.
//
// Counts the writes, truncations, deletions and flushes of all its files, and reads where asked.
// Flushes do not reach the disk, and space is not reserved ahead, so that thousands of runs stay
// cheap; a process that dies is not simulated.
#pragma once

#include <string>

namespace archivolt {

enum class FaultKind { kFull, kIoError, kShortWrite };

struct FaultPlan {
  int fail_at = 0;        // The operation that fails, from 1; 0 = none.
  bool for_ever = false;  // Whether all later ones fail too.
  FaultKind kind = FaultKind::kIoError;
  bool reads = false;  // Whether reads are operations too; those of a file's end included.
};

/// Registers the VFS once and returns its name.
const char* RegisterFaultVfs();
/// Starts counting anew with this plan.
void SetFaultPlan(const FaultPlan& plan);
/// Operations counted since.
int FaultOperations();

/// Runs SQL on a file as another program would, with SQLite's defaults -> what went wrong, or "".
std::string RunAsAnotherProgram(const std::string& path, const std::string& sql);

}  // namespace archivolt
