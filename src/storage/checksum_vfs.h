// ChecksumVfs: a layer over any SQLite VFS that seals database pages with checksums (ADR 0010).
//
// Owns the last 8 bytes of each page of a file that reserves exactly 8, in the layout of SQLite's
// checksum VFS, in the database file and in the frames of its WAL. Does not touch other files.
// Invariants: 1. a page goes to storage with the checksum of its content; 2. once sealed, a page
// with another checksum is never handed to SQLite: SQLITE_IOERR_DATA. Durability is the lower
// VFS's.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

struct sqlite3;

namespace archivolt {

/// Bytes at the end of a page that hold its checksum; a file with another reserve is not checked.
inline constexpr int kChecksumBytes = 8;

/// Registers the layer over the named VFS ("" = the default one), once per process, and returns its
/// name: "archivolt-checksum", with "-<base>" for a named base. UNSUPPORTED: no such VFS.
Result<std::string> RegisterChecksumVfs(const std::string& base);

/// What the layer knows of a connection's main file.
enum class SealState {
  kUnknown,   // Not a file of this layer, or page 1 was not read yet.
  kUnsealed,  // The file does not reserve 8 bytes.
  kSealed,    // Checked on every read.
  kForeign,   // Another program wrote last: checksums are written but not checked.
};
SealState ReadSealState(sqlite3* handle);

/// The number of the page whose checksum failed last, from 1; 0 = none. Of an encrypted file the
/// page that was read last: after one whose tag is wrong no other is read.
int64_t FailedChecksumPage(sqlite3* handle);

/// Whether the pages of this connection's file are encrypted, and the cipher's layer above checks
/// their tags.
void ExpectTags(sqlite3* handle, bool expect);
bool ExpectsTags(sqlite3* handle);

/// Writes the right checksum into every page that has another one, page 1 last, flushes, and checks
/// from then on; nothing for a file without room for them. REQUIRES: page 1 was read, the WAL is
/// empty, no transaction is open, the file is held exclusively.
Status SealAllPages(sqlite3* handle);

/// Whether a file that says "WAL" but has none was written by another program; true for files that
/// are always left without WAL (DatabaseOptions::single_file_at_rest). To be set before the first
/// read.
void TreatMissingWalAsForeign(sqlite3* handle, bool foreign);

}  // namespace archivolt
