// A VFS in memory that remembers every operation, and what a power cut can leave of them.
//
// What was synced is on the disk; of what was written since, any part may be: nothing, all, single
// writes missing or alone, in another order, cut at a sector, or as a size without the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace archivolt {

struct DiskOperation {
  enum class Kind { kWrite, kTruncate, kSync };
  Kind kind = Kind::kWrite;
  std::string file;
  int64_t at = 0;  // Of a truncation the new size.
  std::string bytes;
};

using Disk = std::map<std::string, std::string>;

/// Registers the VFS once and returns its name. `powersafe`: the bytes beside those of a write stay
/// as they were (SQLITE_IOCAP_POWERSAFE_OVERWRITE); without it a cut may garble the write's
/// sectors.
const char* RegisterCrashVfs(bool powersafe);
/// What the files hold from now on; the log begins anew. REQUIRES: none is open.
void SetDisk(Disk disk);
const Disk& CurrentDisk();
const std::vector<DiskOperation>& DiskLog();

/// Follows a log: what is on the disk for certain, and what is not.
class CrashDisk {
 public:
  /// `ignores_sync`: for the control, whose device lies.
  CrashDisk(Disk start, bool powersafe, bool ignores_sync)
      : synced_(std::move(start)), powersafe_(powersafe), ignores_sync_(ignores_sync) {}

  void Advance(const DiskOperation& operation);
  /// All that a crash now may leave, by `random`: about `count` different ones.
  std::vector<Disk> Crashes(int count, std::mt19937& random) const;

 private:
  using Chosen = std::vector<DiskOperation>;
  Chosen Choose(int way, std::mt19937& random) const;
  DiskOperation Torn(DiskOperation operation, std::mt19937& random) const;
  void Garble(const DiskOperation& operation, std::mt19937& random, Disk* disk) const;

  Disk synced_;
  Chosen pending_;
  bool powersafe_;
  bool ignores_sync_;
};

}  // namespace archivolt
