#include "wasm/boundary.h"

#include <unistd.h>

#include <array>
#include <exception>
#include <new>
#include <utility>

#include "base/ids.h"
#include "codec/json.h"
#include "codec/packed.h"

// vfs_library.js.
extern "C" int archivolt_interrupted();

namespace archivolt {
namespace {

Envelope Failure(Status status) {
  Envelope envelope;
  envelope.status = std::move(status);
  return envelope;
}

Envelope Success(const Value& value) {
  Envelope envelope;
  PackedOut packed = Pack(value);
  envelope.json = std::move(packed.json);
  envelope.bytes = std::move(packed.bytes);
  return envelope;
}

/// Random numbers from the host's generator, fetched 32 at a time: each call into JavaScript costs
/// as much as a row.
class RandomPool {
 public:
  uint64_t operator()() {
    if (next_ == pool_.size()) {
      // At most 256 bytes a call, by its definition. It fails only where the host has no generator
      // at all.
      if (getentropy(pool_.data(), sizeof(pool_)) != 0) return fallback_();
      next_ = 0;
    }
    return pool_[next_++];
  }

 private:
  std::array<uint64_t, 32> pool_{};
  size_t next_ = pool_.size();
  RandomSource fallback_ = SystemRandom();
};

bool Flag(const Object& options, std::string_view name) {
  const Value* value = options.Find(name);
  return value != nullptr && value->is_bool() && value->AsBool();
}

}  // namespace

template <typename Body>
Envelope Boundary::Guard(Body body) noexcept {
  Envelope envelope;
  try {
    envelope = body();
  } catch (const std::bad_alloc&) {
    envelope = Failure(Status(ErrorCode::OUT_OF_MEMORY, "the engine cannot get more memory"));
  } catch (const std::exception& error) {
    envelope = Failure(Status::Internal(error.what()));
  } catch (...) {
    envelope = Failure(Status::Internal("an unknown exception"));
  }
  try {
    const Object changes = workspace_ == nullptr ? Object() : workspace_->TakeChanges();
    if (!changes.empty()) {
      Result<std::string> json = WriteJson(Value(changes));
      if (json.ok()) envelope.changed = std::move(json).value();
    }
  } catch (...) {
    // No memory for the list: listeners miss one notice, the call's own answer stands.
  }
  return envelope;
}

Envelope Boundary::Open(std::string_view options_json, BytesView key) noexcept {
  return Guard([&]() -> Envelope {
    if (workspace_ != nullptr) {
      return Failure(Status(ErrorCode::FAILED_PRECONDITION, "a workspace is open already"));
    }
    Result<Value> parsed = ParseJson(options_json);
    if (!parsed.ok()) return Failure(parsed.status());
    if (!parsed->is_object()) return Failure(Status::InvalidArgument("options: not an object"));
    const Object& given = parsed->AsObject();
    WorkspaceOptions options;
    const Value* path = given.Find("path");
    if (path == nullptr || !path->is_string()) {
      return Failure(Status::InvalidArgument("options.path: not a string"));
    }
    options.path = path->AsString();
    options.read_only = Flag(given, "readOnly");
    options.full_sync = Flag(given, "fullSync");
    options.upgrade = !Flag(given, "deferUpgrade");
    Result<CipherKey> cipher = CipherKey::From(key);
    if (!cipher.ok()) return Failure(cipher.status());
    options.key = *cipher;
    auto opened = Workspace::Open(options, clock_, RandomPool());
    if (!opened.ok()) return Failure(opened.status());
    workspace_ = std::move(opened).value();
    workspace_->SetInterruptCheck([] { return archivolt_interrupted() != 0; });
    return Success(Value());
  });
}

Envelope Boundary::Call(std::string_view method, std::string_view json, BytesView bytes,
                        std::string_view actor) noexcept {
  return Guard([&]() -> Envelope {
    if (workspace_ == nullptr) {
      return Failure(Status(ErrorCode::FAILED_PRECONDITION, "no workspace is open"));
    }
    const Result<Value> params = Unpack(json, bytes);
    if (!params.ok()) return Failure(params.status());
    const Result<Value> result = workspace_->Call(method, *params, actor);
    if (!result.ok()) return Failure(result.status());
    return Success(*result);
  });
}

Envelope Boundary::Close() noexcept {
  return Guard([&]() -> Envelope {
    workspace_.reset();
    return Success(Value());
  });
}

}  // namespace archivolt
