#include "storage/fault_vfs.h"

#include <cstddef>

#include "sqlite3.h"

namespace archivolt {
namespace {

constexpr char kName[] = "archivolt-fault";

FaultPlan plan;
int operations = 0;

struct FaultFile {
  sqlite3_file base;
};
constexpr int kSize = static_cast<int>((sizeof(FaultFile) + alignof(std::max_align_t) - 1) /
                                       alignof(std::max_align_t) * alignof(std::max_align_t));

sqlite3_file* Lower(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kSize);
}
sqlite3_vfs* LowerVfs(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

bool Fails() {
  ++operations;
  if (plan.fail_at == 0) return false;
  return plan.for_ever ? operations >= plan.fail_at : operations == plan.fail_at;
}

int Code(int io_error) { return plan.kind == FaultKind::kIoError ? io_error : SQLITE_FULL; }

int Close(sqlite3_file* file) { return Lower(file)->pMethods->xClose(Lower(file)); }
int Read(sqlite3_file* file, void* into, int amount, sqlite3_int64 at) {
  if (plan.reads && Fails()) return SQLITE_IOERR_READ;
  return Lower(file)->pMethods->xRead(Lower(file), into, amount, at);
}
int Write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
  const sqlite3_io_methods* io = Lower(file)->pMethods;
  if (!Fails()) return io->xWrite(Lower(file), from, amount, at);
  if (plan.kind == FaultKind::kShortWrite && amount > 1) {
    (void)io->xWrite(Lower(file), from, amount / 2, at);
  }
  return Code(SQLITE_IOERR_WRITE);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Fails()) return Code(SQLITE_IOERR_TRUNCATE);
  return Lower(file)->pMethods->xTruncate(Lower(file), size);
}
int Sync(sqlite3_file* /*file*/, int /*flags*/) {
  return Fails() ? Code(SQLITE_IOERR_FSYNC) : SQLITE_OK;
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Lower(file)->pMethods->xFileSize(Lower(file), size);
}
int Lock(sqlite3_file* file, int level) { return Lower(file)->pMethods->xLock(Lower(file), level); }
int Unlock(sqlite3_file* file, int level) {
  return Lower(file)->pMethods->xUnlock(Lower(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* reserved) {
  return Lower(file)->pMethods->xCheckReservedLock(Lower(file), reserved);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  if (operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_NOTFOUND;
  return Lower(file)->pMethods->xFileControl(Lower(file), operation, argument);
}
int SectorSize(sqlite3_file* file) { return Lower(file)->pMethods->xSectorSize(Lower(file)); }
int DeviceCharacteristics(sqlite3_file* file) {
  return Lower(file)->pMethods->xDeviceCharacteristics(Lower(file));
}

constexpr sqlite3_io_methods kMethods = {1,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
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

int Open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = LowerVfs(vfs)->xOpen(LowerVfs(vfs), name, Lower(file), flags, out_flags);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}
int Delete(sqlite3_vfs* vfs, const char* name, int /*sync_directory*/) {
  if (Fails()) return SQLITE_IOERR_DELETE;
  return LowerVfs(vfs)->xDelete(LowerVfs(vfs), name, 0);
}
int Access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return LowerVfs(vfs)->xAccess(LowerVfs(vfs), name, flags, result);
}
int FullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return LowerVfs(vfs)->xFullPathname(LowerVfs(vfs), name, size, out);
}
int Randomness(sqlite3_vfs* vfs, int size, char* out) {
  return LowerVfs(vfs)->xRandomness(LowerVfs(vfs), size, out);
}
int Sleep(sqlite3_vfs* /*vfs*/, int /*microseconds*/) { return 0; }
int CurrentTime(sqlite3_vfs* vfs, double* now) {
  return LowerVfs(vfs)->xCurrentTime(LowerVfs(vfs), now);
}

}  // namespace

const char* RegisterFaultVfs() {
  (void)sqlite3_initialize();
  if (sqlite3_vfs_find(kName) != nullptr) return kName;
  sqlite3_vfs* lower = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs;
  vfs = sqlite3_vfs();
  vfs.iVersion = 1;
  vfs.szOsFile = kSize + lower->szOsFile;
  vfs.mxPathname = lower->mxPathname;
  vfs.zName = kName;
  vfs.pAppData = lower;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  (void)sqlite3_vfs_register(&vfs, 0);
  return kName;
}

void SetFaultPlan(const FaultPlan& next) {
  plan = next;
  operations = 0;
}

int FaultOperations() { return operations; }

std::string RunAsAnotherProgram(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  std::string wrong;
  if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK ||
      sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    wrong = sqlite3_errmsg(handle);
  }
  if (sqlite3_close(handle) != SQLITE_OK) wrong += " It cannot be closed.";
  return wrong;
}

}  // namespace archivolt
