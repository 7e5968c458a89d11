#include "storage/checksum_vfs.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include "sqlite3.h"
#include "storage/checksum_file.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

// What SQLite allocates for a file: this, then the lower VFS's own file.
struct LayerFile {
  sqlite3_file base;
  ChecksumMain* main;  // Owned by the database's file...
  ChecksumWal* wal;    // ...and by the WAL's. One of the two is set.
};
constexpr int kLayerFileSize =
    static_cast<int>((sizeof(LayerFile) + alignof(std::max_align_t) - 1) /
                     alignof(std::max_align_t) * alignof(std::max_align_t));

struct LayerVfs {
  sqlite3_vfs vfs{};
  std::string name;
  sqlite3_vfs* lower = nullptr;
};

LayerFile* Layer(sqlite3_file* file) { return reinterpret_cast<LayerFile*>(file); }
sqlite3_file* LowerPart(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kLayerFileSize);
}
// The lower file, or null for a WAL that is not there.
sqlite3_file* Lower(sqlite3_file* file) {
  const LayerFile* layer = Layer(file);
  return layer->main != nullptr ? layer->main->lower() : layer->wal->lower();
}
sqlite3_vfs* LowerVfs(sqlite3_vfs* vfs) { return static_cast<LayerVfs*>(vfs->pAppData)->lower; }
int FlushWal(sqlite3_file* file) {
  const LayerFile* layer = Layer(file);
  return layer->wal != nullptr ? layer->wal->Flush() : SQLITE_OK;
}

// Our own file control: through it a layer above, the cipher's, lets its file be found.
constexpr int kFindMain = 0x41766c01;

int Close(sqlite3_file* file) {
  LayerFile* layer = Layer(file);
  int code = FlushWal(file);
  sqlite3_file* lower = Lower(file);
  if (layer->main != nullptr && layer->main->wal() != nullptr) {
    code = layer->main->wal()->Flush();
    layer->main->wal()->ForgetMain();
  }
  delete layer->main;
  delete layer->wal;
  layer->main = nullptr;
  layer->wal = nullptr;
  file->pMethods = nullptr;
  if (lower == nullptr) return code;
  const int closed = lower->pMethods->xClose(lower);
  return code == SQLITE_OK ? closed : code;
}

int Read(sqlite3_file* file, void* into, int amount, sqlite3_int64 at) {
  LayerFile* layer = Layer(file);
  return layer->main != nullptr ? layer->main->Read(into, amount, at)
                                : layer->wal->Read(into, amount, at);
}

int Write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
  LayerFile* layer = Layer(file);
  try {
    return layer->main != nullptr ? layer->main->Write(from, amount, at)
                                  : layer->wal->Write(from, amount, at);
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = FlushWal(file);
  sqlite3_file* lower = Lower(file);
  if (code != SQLITE_OK || lower == nullptr) return code;
  return lower->pMethods->xTruncate(lower, size);
}

int Sync(sqlite3_file* file, int flags) {
  const int code = FlushWal(file);
  sqlite3_file* lower = Lower(file);
  if (code != SQLITE_OK || lower == nullptr) return code;
  return lower->pMethods->xSync(lower, flags);
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  const int code = FlushWal(file);
  sqlite3_file* lower = Lower(file);
  *size = 0;
  if (code != SQLITE_OK || lower == nullptr) return code;
  return lower->pMethods->xFileSize(lower, size);
}

int Lock(sqlite3_file* file, int level) {
  sqlite3_file* lower = Lower(file);
  if (lower == nullptr) return SQLITE_OK;
  // locking_mode=EXCLUSIVE asks for a writer's lock, which a file that is open for reading cannot
  // take.
  const LayerFile* layer = Layer(file);
  const bool reader = layer->main != nullptr && layer->main->read_only();
  return lower->pMethods->xLock(lower, reader ? std::min(level, SQLITE_LOCK_SHARED) : level);
}

int Unlock(sqlite3_file* file, int level) {
  sqlite3_file* lower = Lower(file);
  return lower == nullptr ? SQLITE_OK : lower->pMethods->xUnlock(lower, level);
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  sqlite3_file* lower = Lower(file);
  *reserved = 0;
  return lower == nullptr ? SQLITE_OK : lower->pMethods->xCheckReservedLock(lower, reserved);
}

int FileControl(sqlite3_file* file, int operation, void* argument) {
  if (operation == kFindMain && Layer(file)->main != nullptr) {
    *static_cast<ChecksumMain**>(argument) = Layer(file)->main;
    return SQLITE_OK;
  }
  sqlite3_file* lower = Lower(file);
  if (lower == nullptr) return SQLITE_NOTFOUND;
  const int code = lower->pMethods->xFileControl(lower, operation, argument);
  if (code == SQLITE_OK && operation == SQLITE_FCNTL_VFSNAME) {
    char** name = static_cast<char**>(argument);
    *name = sqlite3_mprintf("checksum/%z", *name);
  }
  return code;
}

int SectorSize(sqlite3_file* file) {
  sqlite3_file* lower = Lower(file);
  return lower == nullptr ? 4096 : lower->pMethods->xSectorSize(lower);
}

int DeviceCharacteristics(sqlite3_file* file) {
  sqlite3_file* lower = Lower(file);
  if (lower == nullptr) return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
  // A part of a page cannot be checked.
  return lower->pMethods->xDeviceCharacteristics(lower) & ~SQLITE_IOCAP_SUBPAGE_READ;
}

// Version 1: no shared memory and no memory mapping. WAL works with locking_mode=EXCLUSIVE, and
// every page passes through Read.
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

// Null for a file that is not of this layer, nor lies above one that is.
ChecksumMain* MainOf(sqlite3_file* file) {
  ChecksumMain* main = nullptr;
  if (file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xFileControl(file, kFindMain, &main) != SQLITE_OK) {
    return nullptr;
  }
  return main;
}

int OpenMain(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
             int* out_flags) {
  sqlite3_file* lower = LowerPart(file);
  int granted = flags;
  const int code = LowerVfs(vfs)->xOpen(LowerVfs(vfs), name, lower, flags, &granted);
  if (code != SQLITE_OK) {
    if (lower->pMethods != nullptr) (void)lower->pMethods->xClose(lower);
    return code;
  }
  const bool read_only = (granted & SQLITE_OPEN_READONLY) != 0;
  Layer(file)->main = new (std::nothrow) ChecksumMain(lower, read_only);
  if (Layer(file)->main == nullptr) {
    (void)lower->pMethods->xClose(lower);
    return SQLITE_NOMEM;
  }
  if (out_flags != nullptr) *out_flags = granted;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int OpenWal(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags,
            ChecksumMain* main) {
  sqlite3_file* lower = LowerPart(file);
  if (main->read_only()) {
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    int exists = 0;
    (void)LowerVfs(vfs)->xAccess(LowerVfs(vfs), name, SQLITE_ACCESS_EXISTS, &exists);
    if (exists == 0) lower = nullptr;
  }
  int granted = flags;
  if (lower != nullptr) {
    const int code = LowerVfs(vfs)->xOpen(LowerVfs(vfs), name, lower, flags, &granted);
    if (code != SQLITE_OK) {
      if (lower->pMethods != nullptr) (void)lower->pMethods->xClose(lower);
      return code;
    }
  }
  Layer(file)->wal = new (std::nothrow) ChecksumWal(lower, main);
  if (Layer(file)->wal == nullptr) {
    if (lower != nullptr) (void)lower->pMethods->xClose(lower);
    return SQLITE_NOMEM;
  }
  if (out_flags != nullptr) *out_flags = granted;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int Open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  *Layer(file) = LayerFile{};
  LowerPart(file)->pMethods = nullptr;
  if (name != nullptr && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
    return OpenMain(vfs, name, file, flags, out_flags);
  }
  if (name != nullptr && (flags & SQLITE_OPEN_WAL) != 0) {
    ChecksumMain* main = MainOf(sqlite3_database_file_object(name));
    if (main != nullptr) return OpenWal(vfs, name, file, flags, out_flags, main);
  }
  // Journals and temporary files hold no pages that are read as pages: the lower file stands here
  // itself.
  return LowerVfs(vfs)->xOpen(LowerVfs(vfs), name, file, flags, out_flags);
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  return LowerVfs(vfs)->xDelete(LowerVfs(vfs), name, sync_directory);
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
int Sleep(sqlite3_vfs* vfs, int microseconds) {
  return LowerVfs(vfs)->xSleep(LowerVfs(vfs), microseconds);
}
int CurrentTime(sqlite3_vfs* vfs, double* now) {
  return LowerVfs(vfs)->xCurrentTime(LowerVfs(vfs), now);
}
int GetLastError(sqlite3_vfs* vfs, int size, char* out) {
  sqlite3_vfs* lower = LowerVfs(vfs);
  return lower->xGetLastError != nullptr ? lower->xGetLastError(lower, size, out) : 0;
}
int CurrentTimeInt64(sqlite3_vfs* vfs, sqlite3_int64* now) {
  return LowerVfs(vfs)->xCurrentTimeInt64(LowerVfs(vfs), now);
}

ChecksumMain* MainOf(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  if (handle == nullptr ||
      sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) {
    return nullptr;
  }
  return MainOf(file);
}

}  // namespace

Result<std::string> RegisterChecksumVfs(const std::string& base) {
  const std::string name = base.empty() ? "archivolt-checksum" : "archivolt-checksum-" + base;
  if (sqlite3_initialize() != SQLITE_OK) return Status::Internal("SQLite does not start.");
  if (sqlite3_vfs_find(name.c_str()) != nullptr) return name;
  sqlite3_vfs* lower = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (lower == nullptr) {
    return Status(ErrorCode::UNSUPPORTED, "There is no storage named " + base + " in this build.");
  }
  auto layer = std::make_unique<LayerVfs>();
  layer->name = name;
  layer->lower = lower;
  sqlite3_vfs& vfs = layer->vfs;
  const bool has_int64_time = lower->iVersion >= 2 && lower->xCurrentTimeInt64 != nullptr;
  vfs.iVersion = has_int64_time ? 2 : 1;
  vfs.szOsFile = kLayerFileSize + lower->szOsFile;
  vfs.mxPathname = lower->mxPathname;
  vfs.zName = layer->name.c_str();
  vfs.pAppData = layer.get();
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  vfs.xGetLastError = GetLastError;
  vfs.xCurrentTimeInt64 = has_int64_time ? CurrentTimeInt64 : nullptr;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) {
    return Status::Internal("SQLite refuses the checksum layer.");
  }
  // SQLite's list of file systems owns it from here on, for the life of the process.
  (void)layer.release();
  return name;
}

SealState ReadSealState(sqlite3* handle) {
  const ChecksumMain* main = MainOf(handle);
  return main == nullptr ? SealState::kUnknown : main->seal();
}

int64_t FailedChecksumPage(sqlite3* handle) {
  const ChecksumMain* main = MainOf(handle);
  return main == nullptr ? 0 : main->failed_page();
}

void ExpectTags(sqlite3* handle, bool expect) {
  ChecksumMain* main = MainOf(handle);
  if (main != nullptr) main->expect_tags(expect);
}

bool ExpectsTags(sqlite3* handle) {
  const ChecksumMain* main = MainOf(handle);
  return main != nullptr && main->expects_tags();
}

Status SealAllPages(sqlite3* handle) {
  ChecksumMain* main = MainOf(handle);
  return main == nullptr ? Status::Ok() : MapSqliteError(main->SealAllPages(), "");
}

void TreatMissingWalAsForeign(sqlite3* handle, bool foreign) {
  ChecksumMain* main = MainOf(handle);
  if (main != nullptr) main->set_missing_wal_is_foreign(foreign);
}

}  // namespace archivolt
