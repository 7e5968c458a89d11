// Workspace: the façade that the bindings see. Opens the database and the services over it, and
// answers calls by name.
//
// Owns the database, the services and an open caller's transaction. Does no work of its own: every
// method of the table in methods.cc delegates to one service. Invariants: 1. calls never overlap
// (one worker, one caller at a time);
// 2. a failed call leaves no transaction open that it began. Durability: as the database was
// opened. Errors: those of the services; NOT_FOUND for a method that does not exist.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "storage/cipher_key.h"

namespace archivolt {

struct WorkspaceMethod;

struct WorkspaceOptions {
  std::string path = ":memory:";  ///< the database's name in its VFS, or ":memory:"
  std::string vfs;                ///< name of a registered SQLite VFS; "" is the default one
  bool read_only = false;         ///< opens a newer schema as well, and refuses to write
  bool full_sync = true;          ///< an acknowledged commit survives a power cut
  bool upgrade = true;            ///< brings an older schema up to date; else it waits for
                                  ///< migrations.migrate, and most calls are refused
  bool page_checksums = true;     ///< new files get a checksum a page
  CipherKey key;                  ///< set for an encrypted database; a wrong one is CORRUPTION
};

class Workspace {
 public:
  /// Opens or creates the database and brings its schema up to date. `clock` and `random` must
  /// outlive the workspace. Errors: SCHEMA_TOO_NEW (file untouched), CORRUPTION,
  /// FAILED_PRECONDITION (not our file), IO_ERROR, QUOTA_EXCEEDED.
  static Result<std::unique_ptr<Workspace>> Open(const WorkspaceOptions& options, Clock& clock,
                                                 RandomSource random);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Runs the method `area.verb` with its parameters (an object or null) and returns its result.
  /// `actor` is who asks for it, as the audit trail names him: the id of a user, any other name of
  /// at most 200 characters, or "" for the application itself.
  Result<Value> Call(std::string_view method, const Value& params, std::string_view actor = "");

  /// What commits have changed since the last time this was asked: by table the keys of the rows
  /// (of a table without id its key columns joined by "/"), null when they are too many. Tables
  /// that the core keeps for itself are left out.
  Object TakeChanges();

  /// Asked every thousand steps or so of a running statement; true interrupts it with CANCELLED.
  void SetInterruptCheck(std::function<bool()> check);

 private:
  struct Services;
  Workspace(std::unique_ptr<Services> services, Clock& clock, RandomSource random);
  Result<Value> Run(const WorkspaceMethod& method, const Value& params, std::string_view actor);
  /// Puts new services over a database whose content was replaced, so that nothing of what was
  /// derived from the rows before is left.
  Status Renew();

  Clock& clock_;
  RandomSource random_;
  std::unique_ptr<Services> services_;
};

}  // namespace archivolt
