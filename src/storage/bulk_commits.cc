#include "storage/bulk_commits.h"

#include <algorithm>
#include <string>

namespace archivolt {
namespace {

constexpr int64_t kNormal = 1;
// The pages that many rows change again and again reach the file less often from a longer log.
constexpr int64_t kLongLogPages = 4000;
// A unique index of a million keys in no order, all of its pages.
constexpr int kLargeCacheKib = 65536;

}  // namespace

Status BulkCommits::Set(bool on) {
  if (on == before_.has_value()) return Status::Ok();
  if (database_.in_transaction()) return Status(ErrorCode::FAILED_PRECONDITION, "in a transaction");
  if (!on) {
    const Settings before = *before_;
    before_.reset();
    return Apply(before);
  }
  AV_ASSIGN_OR_RETURN(const Value synchronous, database_.QueryValue("PRAGMA synchronous"));
  AV_ASSIGN_OR_RETURN(const Value pages, database_.QueryValue("PRAGMA wal_autocheckpoint"));
  before_ = {synchronous.AsInt(), pages.AsInt()};
  AV_RETURN_IF_ERROR(SetCache(kLargeCacheKib));
  return Apply({std::min(synchronous.AsInt(), kNormal), kLongLogPages});
}

Status BulkCommits::End() { return SetCache(DatabaseOptions{}.cache_kib); }

Status BulkCommits::SetCache(int kib) {
  return database_.Execute("PRAGMA cache_size=-" + std::to_string(kib));
}

Status BulkCommits::Apply(const Settings& settings) {
  return database_.Execute(
      "PRAGMA synchronous=" + std::to_string(settings.synchronous) +
      "; PRAGMA wal_autocheckpoint=" + std::to_string(settings.checkpoint_pages));
}

}  // namespace archivolt
