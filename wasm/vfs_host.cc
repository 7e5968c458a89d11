// The SQLite VFS "archivolt-host": files that JavaScript opened beforehand.
//
// Owns the translation from SQLite's file calls to vfs_library.js. Knows no browser: OPFS handles,
// a Node directory and memory are all the same HostFiles there. Invariants: 1. named files are
// opened before SQLite asks, and never created, moved or removed here; 2. deleting one empties and
// flushes it; 3. SQLite sees the size that it wrote: the main database grows on disk in steps of 4
// MiB of zeros, the step is hidden and taken back at close (after a crash it stays, and SQLite
// takes the page count from the header); 4. an incomplete write is an error, and full storage
// (SQLITE_FULL) is told apart from broken storage (SQLITE_IOERR_WRITE). One connection at a time:
// locks do nothing, and opening a file twice answers SQLITE_BUSY. Durability: xSync is a flush of
// the handle; with `synchronous=NORMAL` SQLite asks for fewer of them.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

#include "sqlite3.h"

extern "C" {
// vfs_library.js
int archivolt_file_open(const char* name);
void archivolt_file_close(int file);
int archivolt_file_read(int file, void* into, int length, double at);
int archivolt_file_write(int file, const void* from, int length, double at);
int archivolt_file_truncate(int file, double size);
int archivolt_file_flush(int file);
double archivolt_file_size(int file);
int archivolt_file_exists(const char* name);
int archivolt_file_delete(const char* name);
void archivolt_random(void* into, int length);
double archivolt_now();

int sqlite3_os_init();
int sqlite3_os_end();
}

namespace {

constexpr sqlite3_int64 kGrowthStep = 4 << 20;
constexpr int kSectorSize = 4096;
constexpr int kMaxPathname = 512;
// Milliseconds from the Julian epoch to 1970.
constexpr double kJulianOffset = 210866760000000.0;

struct HostFile {
  sqlite3_file base;  // first, since SQLite knows the file by this part
  int number;
  bool temporary;
  bool dirty;
  sqlite3_int64 step;      // growth of the main database, 0 for other files
  sqlite3_int64 size;      // what SQLite believes
  sqlite3_int64 reserved;  // what the host holds, >= size
  HostFile* next;          // of the open named files
  const char* name;        // SQLite's, valid until xClose; null when temporary
};

HostFile* open_files = nullptr;

HostFile* Of(sqlite3_file* file) { return reinterpret_cast<HostFile*>(file); }

int WriteCode(int failure) {
  return failure == 0 ? SQLITE_OK : failure == 1 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int Resize(HostFile* file, sqlite3_int64 size) {
  const int failure = archivolt_file_truncate(file->number, static_cast<double>(size));
  if (failure == 0) {
    file->reserved = size;
    file->dirty = true;
  }
  return failure;
}

/// Grows the host's file to the step above `end`. Failing is no error: the write itself will tell.
void Reserve(HostFile* file, sqlite3_int64 end) {
  if (file->step <= 0 || end <= file->reserved) return;
  const sqlite3_int64 target = (end + file->step - 1) / file->step * file->step;
  (void)Resize(file, target);
}

int Close(sqlite3_file* base) {
  HostFile* file = Of(base);
  // A failure leaves zeros behind the last page, which every reader of the format ignores.
  if (file->reserved > file->size) (void)Resize(file, file->size);
  archivolt_file_close(file->number);
  for (HostFile** link = &open_files; *link != nullptr; link = &(*link)->next) {
    if (*link == file) {
      *link = file->next;
      break;
    }
  }
  return SQLITE_OK;
}

int Read(sqlite3_file* base, void* into, int length, sqlite3_int64 at) {
  HostFile* file = Of(base);
  const auto available = static_cast<int>(
      std::clamp<sqlite3_int64>(file->size - at, 0, static_cast<sqlite3_int64>(length)));
  int count = 0;
  if (available > 0) {
    count = archivolt_file_read(file->number, into, available, static_cast<double>(at));
    if (count < 0) return SQLITE_IOERR_READ;
  }
  if (count == length) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + count, 0, static_cast<size_t>(length - count));
  return SQLITE_IOERR_SHORT_READ;
}

/// The database that a write-ahead log belongs to, or null.
HostFile* DatabaseOf(const HostFile* log) {
  if (log->name == nullptr) return nullptr;
  const size_t length = std::strlen(log->name);
  if (length < 4 || std::strcmp(log->name + length - 4, "-wal") != 0) return nullptr;
  for (HostFile* file = open_files; file != nullptr; file = file->next) {
    if (file->step > 0 && std::strlen(file->name) == length - 4 &&
        std::strncmp(file->name, log->name, length - 4) == 0) {
      return file;
    }
  }
  return nullptr;
}

/// What is committed to the log must find its place in the database later: without it nothing could
/// ever be taken out of the log, nor deleted, where storage is full. 0, or how growing failed.
int ReserveForFrame(const HostFile* log, const void* from, int length) {
  // The checksum layer hands over a frame as one piece: its header with the page's number, and the
  // page.
  constexpr int kFrameHeader = 24;
  if (length <= 512 + kFrameHeader || (length - kFrameHeader) % 512 != 0) return 0;
  HostFile* database = DatabaseOf(log);
  if (database == nullptr) return 0;
  const auto* bytes = static_cast<const uint8_t*>(from);
  const sqlite3_int64 page =
      static_cast<sqlite3_int64>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
  const sqlite3_int64 end = page * (length - kFrameHeader);
  Reserve(database, end);
  return end <= database->reserved ? 0 : Resize(database, end);
}

int Write(sqlite3_file* base, const void* from, int length, sqlite3_int64 at) {
  HostFile* file = Of(base);
  const sqlite3_int64 end = at + length;
  const int reserved = ReserveForFrame(file, from, length);
  if (reserved != 0) return WriteCode(reserved);
  Reserve(file, end);
  file->dirty = true;
  const int failure = archivolt_file_write(file->number, from, length, static_cast<double>(at));
  if (failure != 0) {
    // Part of it may have been written: the host knows how far.
    const double held = archivolt_file_size(file->number);
    if (held >= 0) {
      file->reserved = static_cast<sqlite3_int64>(held);
      if (file->step <= 0) file->size = file->reserved;
    }
    return WriteCode(failure);
  }
  file->size = std::max(file->size, end);
  file->reserved = std::max(file->reserved, end);
  return SQLITE_OK;
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  HostFile* file = Of(base);
  // Every checkpoint cuts the file to the size that it has: the reserve stays for the next one.
  if (size == file->size) return SQLITE_OK;
  // A shorter file loses its reserve too: what stood behind the new end must not stay readable.
  const int failure = Resize(file, size);
  if (failure != 0) return failure == 1 ? SQLITE_FULL : SQLITE_IOERR_TRUNCATE;
  file->size = size;
  return SQLITE_OK;
}

int Sync(sqlite3_file* base, int /*flags*/) {
  HostFile* file = Of(base);
  if (file->temporary || !file->dirty) return SQLITE_OK;
  const int failure = archivolt_file_flush(file->number);
  if (failure != 0) return failure == 1 ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
  file->dirty = false;
  return SQLITE_OK;
}

int FileSize(sqlite3_file* base, sqlite3_int64* size) {
  *size = Of(base)->size;
  return SQLITE_OK;
}

int Lock(sqlite3_file* /*base*/, int /*level*/) { return SQLITE_OK; }

int CheckReservedLock(sqlite3_file* /*base*/, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file* base, int operation, void* argument) {
  HostFile* file = Of(base);
  switch (operation) {
    case SQLITE_FCNTL_CHUNK_SIZE:
      if (!file->temporary) file->step = *static_cast<int*>(argument);
      return SQLITE_OK;
    case SQLITE_FCNTL_SIZE_HINT:
      Reserve(file, *static_cast<sqlite3_int64*>(argument));
      return SQLITE_OK;
    default:
      return SQLITE_NOTFOUND;
  }
}

int SectorSize(sqlite3_file* /*base*/) { return kSectorSize; }

int DeviceCharacteristics(sqlite3_file* /*base*/) {
  // As for files of an operating system, which is what the host's files are.
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
}

constexpr sqlite3_io_methods kMethods = {
    1, Close, Read, Write, Truncate, Sync, FileSize, Lock, Lock, CheckReservedLock, FileControl,
    SectorSize, DeviceCharacteristics,
    // Version 1: no shared memory; WAL runs with locking_mode=EXCLUSIVE and its index on the heap.
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

bool IsOpen(const char* name) {
  for (const HostFile* file = open_files; file != nullptr; file = file->next) {
    if (std::strcmp(file->name, name) == 0) return true;
  }
  return false;
}

int Open(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* base, int flags,
         int* out_flags) {
  base->pMethods = nullptr;
  if (name != nullptr && IsOpen(name)) return SQLITE_BUSY;
  const int number = archivolt_file_open(name);
  if (number < 0) return SQLITE_CANTOPEN;
  const double held = archivolt_file_size(number);
  if (held < 0) {
    archivolt_file_close(number);
    return SQLITE_IOERR_FSTAT;
  }
  auto* file = new (base) HostFile();
  file->number = number;
  file->name = name;
  file->temporary = name == nullptr;
  // What an earlier connection wrote may still wait for its flush.
  file->dirty = true;
  file->step = (flags & SQLITE_OPEN_MAIN_DB) != 0 && name != nullptr ? kGrowthStep : 0;
  file->size = static_cast<sqlite3_int64>(held);
  file->reserved = file->size;
  file->base.pMethods = &kMethods;
  if (name != nullptr) {
    file->next = open_files;
    open_files = file;
  }
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* /*vfs*/, const char* name, int /*sync_directory*/) {
  if (IsOpen(name)) return SQLITE_IOERR_DELETE;
  return archivolt_file_delete(name) == 0 ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int Access(sqlite3_vfs* /*vfs*/, const char* name, int /*flags*/, int* result) {
  const int exists = archivolt_file_exists(name);
  if (exists < 0) return SQLITE_IOERR_ACCESS;
  *result = exists;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs* /*vfs*/, const char* name, int length, char* full) {
  const size_t size = std::strlen(name) + 1;
  if (size > static_cast<size_t>(length)) return SQLITE_CANTOPEN;
  std::memcpy(full, name, size);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs* /*vfs*/, int length, char* into) {
  archivolt_random(into, length);
  return length;
}

// A worker must not block, and with one connection there is nobody to wait for.
int Sleep(sqlite3_vfs* /*vfs*/, int /*microseconds*/) { return 0; }

int CurrentTimeInt64(sqlite3_vfs* /*vfs*/, sqlite3_int64* now) {
  *now = static_cast<sqlite3_int64>(archivolt_now() + kJulianOffset);
  return SQLITE_OK;
}

int CurrentTime(sqlite3_vfs* vfs, double* now) {
  sqlite3_int64 milliseconds = 0;
  (void)CurrentTimeInt64(vfs, &milliseconds);
  *now = static_cast<double>(milliseconds) / 86400000.0;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs* /*vfs*/, int /*length*/, char* /*text*/) { return 0; }

// SQLite links registered file systems by their pNext, so the object is not const.
sqlite3_vfs host_vfs = {2,
                        sizeof(HostFile),
                        kMaxPathname,
                        nullptr,
                        "archivolt-host",
                        nullptr,
                        Open,
                        Delete,
                        Access,
                        FullPathname,
                        nullptr,
                        nullptr,
                        nullptr,
                        nullptr,  // no loadable extensions
                        Randomness,
                        Sleep,
                        CurrentTime,
                        GetLastError,
                        CurrentTimeInt64,
                        nullptr,
                        nullptr,
                        nullptr};

}  // namespace

int sqlite3_os_init() { return sqlite3_vfs_register(&host_vfs, 1); }

int sqlite3_os_end() { return SQLITE_OK; }
