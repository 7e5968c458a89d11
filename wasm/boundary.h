// The error boundary of the module: calls in, envelopes out.
//
// Owns the one workspace of this module instance and the translation of its answers. Does not know
// JavaScript types: bindings.cc turns envelopes into objects. Nothing leaves these functions as an
// exception: std::bad_alloc becomes OUT_OF_MEMORY, anything else INTERNAL. Calls never overlap,
// since a worker has one thread and the module never suspends.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "workspace/workspace.h"

namespace archivolt {

/// What a call answers: a packed value (codec/packed.h) or a status that is not ok.
struct Envelope {
  Status status;
  std::string json;
  Bytes bytes;
  /// What the call's commits changed, also when it failed later: JSON {table: [keys] | null}, ""
  /// for nothing.
  std::string changed;
};

class Boundary {
 public:
  /// `options`: JSON {path, readOnly, fullSync, deferUpgrade}. FAILED_PRECONDITION when a workspace
  /// is open already.
  /// `key`: what the database is encrypted with (storage/cipher_key.h); empty for a plain one.
  Envelope Open(std::string_view options, BytesView key) noexcept;
  /// `json` and `bytes` are the packed parameters. FAILED_PRECONDITION when none is open.
  /// `actor`: who asks (workspace.h), "" for the application itself.
  Envelope Call(std::string_view method, std::string_view json, BytesView bytes,
                std::string_view actor) noexcept;
  /// Closes the database; fine when none is open.
  Envelope Close() noexcept;

 private:
  template <typename Body>
  Envelope Guard(Body body) noexcept;

  SystemClock clock_;
  std::unique_ptr<Workspace> workspace_;
};

}  // namespace archivolt
