#include "storage/crash_vfs.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sqlite3.h"

namespace archivolt {
namespace {

constexpr int64_t kSector = 4096;

Disk disk;
std::vector<DiskOperation> operations;

struct File {
  sqlite3_file base;
  std::string* name;  // Null for a temporary file, which a crash takes with it.
  std::string* content;
  bool owned;
  bool powersafe;
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

void Note(File* file, DiskOperation::Kind kind, int64_t at, std::string bytes) {
  if (file->name == nullptr) return;
  operations.push_back({kind, *file->name, at, std::move(bytes)});
}

void Apply(const DiskOperation& operation, Disk* target) {
  using Kind = DiskOperation::Kind;
  if (operation.kind == Kind::kSync) return;
  std::string& content = (*target)[operation.file];
  const auto at = static_cast<size_t>(operation.at);
  if (operation.kind == Kind::kTruncate) {
    content.resize(at);
    return;
  }
  content.resize(std::max(content.size(), at + operation.bytes.size()));
  content.replace(at, operation.bytes.size(), operation.bytes);
}

int Close(sqlite3_file* base) {
  File* file = Of(base);
  delete file->name;
  if (file->owned) delete file->content;
  return SQLITE_OK;
}
int Read(sqlite3_file* base, void* into, int amount, sqlite3_int64 at) {
  const std::string& content = *Of(base)->content;
  const auto size = static_cast<sqlite3_int64>(content.size());
  const auto count = std::clamp<sqlite3_int64>(size - at, 0, amount);
  if (count > 0) {
    std::memcpy(into, content.data() + at, static_cast<size_t>(count));
  }
  if (count == amount) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + count, 0, static_cast<size_t>(amount - count));
  return SQLITE_IOERR_SHORT_READ;
}
int Write(sqlite3_file* base, const void* from, int amount, sqlite3_int64 at) {
  std::string bytes(static_cast<const char*>(from), static_cast<size_t>(amount));
  std::string& content = *Of(base)->content;
  content.resize(std::max(content.size(), static_cast<size_t>(at) + bytes.size()));
  content.replace(static_cast<size_t>(at), bytes.size(), bytes);
  Note(Of(base), DiskOperation::Kind::kWrite, at, std::move(bytes));
  return SQLITE_OK;
}
int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  Of(base)->content->resize(static_cast<size_t>(size));
  Note(Of(base), DiskOperation::Kind::kTruncate, size, {});
  return SQLITE_OK;
}
int Sync(sqlite3_file* base, int /*flags*/) {
  Note(Of(base), DiskOperation::Kind::kSync, 0, {});
  return SQLITE_OK;
}
int FileSize(sqlite3_file* base, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(Of(base)->content->size());
  return SQLITE_OK;
}
int Lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file* /*file*/, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int FileControl(sqlite3_file* /*file*/, int /*operation*/, void* /*argument*/) {
  return SQLITE_NOTFOUND;
}
int SectorSize(sqlite3_file* /*file*/) { return kSector; }
int DeviceCharacteristics(sqlite3_file* base) {
  return Of(base)->powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

constexpr sqlite3_io_methods kMethods = {1,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Lock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};

int Open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* base, int flags, int* out_flags) {
  File* file = Of(base);
  file->name = name == nullptr ? nullptr : new std::string(name);
  file->owned = name == nullptr;
  file->content = name == nullptr ? new std::string() : &disk[name];
  file->powersafe = vfs->pAppData != nullptr;
  file->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}
// As the host of the module does it (wasm/vfs_library.js): emptied, and that is flushed at once.
// Where a name only goes and nothing flushes that, SQLite's switch to WAL is not safe: the journal
// of the switch may come back hot, under a log that has gone on since.
int Delete(sqlite3_vfs* /*vfs*/, const char* name, int /*sync_directory*/) {
  const auto found = disk.find(name);
  if (found == disk.end()) return SQLITE_OK;
  found->second.clear();
  operations.push_back({DiskOperation::Kind::kTruncate, name, 0, {}});
  operations.push_back({DiskOperation::Kind::kSync, name, 0, {}});
  return SQLITE_OK;
}
int Access(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/, int* result) {
  const auto found = disk.find(name);
  *result = found != disk.end() && !found->second.empty() ? 1 : 0;
  return SQLITE_OK;
}
int FullPathname(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}
int Randomness(sqlite3_vfs* /*vfs*/, int size, char* out) {
  // The same salts in each run.
  static std::mt19937 random(1);
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(random());
  return size;
}
int Sleep(sqlite3_vfs* /*vfs*/, int /*microseconds*/) { return 0; }
int CurrentTime(sqlite3_vfs* /*vfs*/, double* now) {
  *now = 2461000.5;
  return SQLITE_OK;
}

}  // namespace

const char* RegisterCrashVfs(bool powersafe) {
  static sqlite3_vfs both[2];
  static const char* const kNames[] = {"archivolt-crash", "archivolt-crash-powersafe"};
  (void)sqlite3_initialize();
  const char* name = kNames[powersafe ? 1 : 0];
  if (sqlite3_vfs_find(name) != nullptr) return name;
  sqlite3_vfs& vfs = both[powersafe ? 1 : 0];
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(File);
  vfs.mxPathname = 100;
  vfs.zName = name;
  vfs.pAppData = powersafe ? &vfs : nullptr;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  (void)sqlite3_vfs_register(&vfs, 0);
  return name;
}

void SetDisk(Disk next) {
  disk = std::move(next);
  operations.clear();
}

const Disk& CurrentDisk() { return disk; }

const std::vector<DiskOperation>& DiskLog() { return operations; }

void CrashDisk::Advance(const DiskOperation& operation) {
  pending_.push_back(operation);
  if (operation.kind != DiskOperation::Kind::kSync || ignores_sync_) return;
  Chosen later;
  for (DiskOperation& one : pending_) {
    if (one.file == operation.file) {
      Apply(one, &synced_);
    } else {
      later.push_back(std::move(one));
    }
  }
  pending_ = std::move(later);
}

DiskOperation CrashDisk::Torn(DiskOperation operation, std::mt19937& random) const {
  if (operation.kind != DiskOperation::Kind::kWrite) return operation;
  const size_t size = operation.bytes.size();
  const size_t unit = random() % 2 == 0 ? 512 : static_cast<size_t>(kSector);
  size_t cut = random() % size;
  // At the boundary of a sector, or anywhere.
  const size_t beyond = (static_cast<size_t>(operation.at) + cut) % unit;
  if (random() % 3 != 0 && cut >= beyond) cut -= beyond;
  if (random() % 2 == 0) {
    operation.bytes.resize(cut);
  } else {
    operation.bytes.erase(0, cut);
    operation.at += static_cast<int64_t>(cut);
  }
  return operation;
}

CrashDisk::Chosen CrashDisk::Choose(int way, std::mt19937& random) const {
  Chosen chosen = pending_;
  const auto some = static_cast<std::ptrdiff_t>(random() % chosen.size());
  switch (way) {
    case 0:
      return {};
    case 1:
      return chosen;
    case 2:
      chosen.back() = Torn(chosen.back(), random);
      return chosen;
    case 3:
      return {Torn(chosen.back(), random)};
    case 4:
      chosen.erase(chosen.begin() + some);
      return chosen;
    case 5:
      return {chosen[static_cast<size_t>(some)]};
    case 6:
      std::erase_if(chosen, [](const DiskOperation& one) {
        return one.kind == DiskOperation::Kind::kTruncate;
      });
      return chosen;
    case 7:
      // The size is there, the bytes are not.
      for (DiskOperation& one : chosen) {
        if (one.kind != DiskOperation::Kind::kWrite || random() % 2 == 0) continue;
        const auto held = synced_.find(one.file);
        const auto size = held == synced_.end() ? 0 : static_cast<int64_t>(held->second.size());
        if (one.at >= size) one.bytes.assign(one.bytes.size(), static_cast<char>(random() % 2));
      }
      return chosen;
    default:
      std::shuffle(chosen.begin(), chosen.end(), random);
      std::erase_if(chosen, [&](const DiskOperation&) { return random() % 2 == 0; });
      for (DiskOperation& one : chosen) {
        if (random() % 4 == 0) one = Torn(one, random);
      }
      return chosen;
  }
}

void CrashDisk::Garble(const DiskOperation& operation, std::mt19937& random, Disk* disk) const {
  std::string& content = (*disk)[operation.file];
  const int64_t from = operation.at / kSector * kSector;
  const int64_t to = (operation.at + static_cast<int64_t>(operation.bytes.size()) + kSector - 1) /
                     kSector * kSector;
  for (int64_t i = from; i < std::min(to, static_cast<int64_t>(content.size())); ++i) {
    content[static_cast<size_t>(i)] = static_cast<char>(random());
  }
}

std::vector<Disk> CrashDisk::Crashes(int count, std::mt19937& random) const {
  constexpr int kWays = 12;
  std::vector<Disk> disks;
  if (pending_.empty()) return {synced_};
  for (int i = 0; i < count; ++i) {
    Disk made = synced_;
    const int way = i < 2 ? i : static_cast<int>(2 + random() % (kWays - 2));
    for (const DiskOperation& one : Choose(way, random)) Apply(one, &made);
    const DiskOperation& last = pending_.back();
    const bool garbles = !powersafe_ && way > 1 && random() % 2 == 0;
    if (garbles && last.kind == DiskOperation::Kind::kWrite) Garble(last, random, &made);
    if (std::find(disks.begin(), disks.end(), made) == disks.end()) {
      disks.push_back(std::move(made));
    }
  }
  return disks;
}

}  // namespace archivolt
