#include "cache/cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf.h"
#include "storage/query.h"

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kTouchAfter = 60 * kMicrosPerSecond;
constexpr int64_t kSweepAfter = 60 * kMicrosPerSecond;
constexpr int64_t kMaxTtl = int64_t{10} * 366 * 86'400 * kMicrosPerSecond;
constexpr int64_t kMaxCount = (int64_t{1} << 53) - 1;

// A key of rate_limits as Redis has it.
constexpr std::string_view kCounterPrefix = "rate_limit:";
#define WHERE_COUNTER " FROM rate_limits WHERE 'rate_limit:' || subject || ':' || endpoint = ?1"

Status Bad(std::string_view argument, std::string message) {
  return Status::InvalidArgument(std::move(message)).With("argument", std::string(argument));
}

Status CheckName(std::string_view argument, std::string_view text) {
  if (text.empty() || text.size() > CacheService::kMaxKeyBytes) {
    return Bad(argument, std::string(argument) + " must have 1 to 1024 bytes.");
  }
  if (text.find('\0') != std::string_view::npos || !IsValidUtf8(text)) {
    return Bad(argument, std::string(argument) + " must be valid Unicode text without NUL.");
  }
  return Status::Ok();
}

std::string_view NamespaceOf(std::string_view key, std::string_view given) {
  if (!given.empty()) return given;
  const size_t colon = key.find(':');
  return colon == std::string_view::npos || colon == 0 ? "default" : key.substr(0, colon);
}

int64_t DefaultTtl(std::string_view namespace_name) {
  if (namespace_name == "rate_limit") return 60 * kMicrosPerSecond;
  if (namespace_name == "bmad_cache") return 300 * kMicrosPerSecond;
  return 3600 * kMicrosPerSecond;
}

Status CheckWrite(std::string_view key, std::string_view namespace_name,
                  std::optional<int64_t> ttl_micros) {
  AV_RETURN_IF_ERROR(CheckName("key", key));
  if (!namespace_name.empty()) AV_RETURN_IF_ERROR(CheckName("namespace", namespace_name));
  if (ttl_micros && (*ttl_micros <= 0 || *ttl_micros > kMaxTtl)) {
    return Bad("ttlSeconds", "ttlSeconds must be above 0 and at most ten years.");
  }
  return Status::Ok();
}

}  // namespace

Status CacheService::Set(std::string_view key, std::string_view json,
                         std::string_view namespace_name, std::optional<int64_t> ttl_micros) {
  AV_RETURN_IF_ERROR(CheckWrite(key, namespace_name, ttl_micros));
  if (static_cast<int64_t>(json.size()) > limits_.value_bytes) {
    return Bad("value", "The value takes " + std::to_string(json.size()) +
                            " bytes as JSON, more than the " + std::to_string(limits_.value_bytes) +
                            " that an entry may have.");
  }
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_RETURN_IF_ERROR(SweepSometimes(now));
  AV_RETURN_IF_ERROR(Write(key, json, namespace_name, ttl_micros, now));
  return Commit(transaction);
}

Status CacheService::Commit(Transaction& transaction) {
  Status status = transaction.Commit();
  if (!status.ok()) entries_.reset();  // What was made room for may be back.
  return status;
}

Status CacheService::Write(std::string_view key, std::string_view json,
                           std::string_view namespace_name, std::optional<int64_t> ttl_micros,
                           int64_t now) {
  const std::string_view space = NamespaceOf(key, namespace_name);
  const auto bytes = static_cast<int64_t>(key.size() + json.size());
  AV_RETURN_IF_ERROR(
      Query(
          database_,
          "INSERT INTO cache_entries(key, namespace, value, value_type, created_at, last_used_at, "
          "expires_at, bytes) VALUES (?1, ?2, ?3, 'json', ?4, ?4, ?5, ?6) ON CONFLICT DO UPDATE "
          "SET namespace = excluded.namespace, value = excluded.value, value_type = 'json', "
          "created_at = excluded.created_at, last_used_at = excluded.last_used_at, expires_at = "
          "excluded.expires_at, bytes = excluded.bytes",
          {key, space, json, now, now + ttl_micros.value_or(DefaultTtl(space)), bytes})
          .status());
  return MakeRoom(key, bytes);
}

Status CacheService::MakeRoom(std::string_view keep, int64_t added) {
  if (entries_) {
    ++*entries_;
    bytes_ += added;
    if (*entries_ <= limits_.entries && bytes_ <= limits_.bytes) return Status::Ok();
  }
  AV_ASSIGN_OR_RETURN(
      const Array sum,
      Query(database_, "SELECT count(*), coalesce(sum(bytes), 0) FROM cache_entries", {}));
  int64_t entries = sum[0].AsArray()[0].AsInt();
  int64_t bytes = sum[0].AsArray()[1].AsInt();
  if (entries > limits_.entries || bytes > limits_.bytes) {
    AV_ASSIGN_OR_RETURN(
        const Array oldest,
        Query(database_,
              "SELECT key, bytes FROM cache_entries WHERE key <> ?1 ORDER BY last_used_at",
              {keep}));
    for (const Value& row : oldest) {
      if (entries <= limits_.entries / 10 * 9 && bytes <= limits_.bytes / 10 * 9) break;
      AV_RETURN_IF_ERROR(
          Query(database_, "DELETE FROM cache_entries WHERE key = ?1", {row.AsArray()[0]})
              .status());
      --entries;
      bytes -= row.AsArray()[1].AsInt();
    }
  }
  entries_ = entries;
  bytes_ = bytes;
  return Status::Ok();
}

Result<Value> CacheService::Get(std::string_view key) {
  AV_RETURN_IF_ERROR(CheckName("key", key));
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(
      Array found,
      Query(database_,
            "SELECT value, value_type, last_used_at FROM cache_entries WHERE key = ?1 AND "
            "expires_at > ?2 AND value IS NOT NULL",
            {key, now}));
  if (!found.empty()) {
    Array& row = found[0].AsArray();
    if (now - row[2].AsInt() >= kTouchAfter && !database_.read_only()) {
      AV_RETURN_IF_ERROR(
          Query(database_, "UPDATE cache_entries SET last_used_at = ?2 WHERE key = ?1", {key, now})
              .status());
    }
    Object out;
    out.Append(row[1] == Value("string") ? "text" : "json", std::move(row[0]));
    return Value(std::move(out));
  }
  if (!key.starts_with(kCounterPrefix)) return Value();
  AV_ASSIGN_OR_RETURN(
      const Array counter,
      Query(database_, "SELECT CAST(hits AS TEXT)" WHERE_COUNTER " AND expires_at > ?2",
            {key, now}));
  if (counter.empty()) return Value();
  Object out;
  out.Append("json", counter[0].AsArray()[0]);
  return Value(std::move(out));
}

Result<bool> CacheService::Delete(std::string_view key) {
  AV_RETURN_IF_ERROR(CheckName("key", key));
  // What has ended goes as well, but was not there.
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      Array removed,
      Query(database_, "DELETE FROM cache_entries WHERE key = ?1 RETURNING expires_at > ?2",
            {key, now}));
  if (key.starts_with(kCounterPrefix)) {
    AV_ASSIGN_OR_RETURN(
        const Array counters,
        Query(database_, "DELETE" WHERE_COUNTER " RETURNING expires_at > ?2", {key, now}));
    removed.insert(removed.end(), counters.begin(), counters.end());
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return std::any_of(removed.begin(), removed.end(),
                     [](const Value& row) { return row.AsArray()[0].AsInt() != 0; });
}

Result<int64_t> CacheService::Increment(std::string_view key, int64_t by,
                                        std::string_view namespace_name,
                                        std::optional<int64_t> ttl_micros) {
  AV_RETURN_IF_ERROR(CheckWrite(key, namespace_name, ttl_micros));
  if (by < -kMaxCount || by > kMaxCount) return Bad("by", "by must be within +-2^53.");
  const int64_t now = clock_.NowMicros();
  const std::string_view space = NamespaceOf(key, namespace_name);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_RETURN_IF_ERROR(
      Query(database_, "DELETE FROM cache_entries WHERE key = ?1 AND expires_at <= ?2", {key, now})
          .status());
  // An integer is what reads back as the same text.
  AV_ASSIGN_OR_RETURN(
      const Array sum,
      Query(
          database_,
          "INSERT INTO cache_entries(key, namespace, value, value_type, created_at, last_used_at, "
          "expires_at, bytes) VALUES (?1, ?2, CAST(?3 AS TEXT), 'json', ?4, ?4, ?5, "
          "octet_length(?1) + length(?3)) ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS "
          "INTEGER) + ?3 AS TEXT), value_type = 'json', last_used_at = ?4, bytes = "
          "octet_length(key) + length(CAST(value AS INTEGER) + ?3) WHERE value = CAST(CAST(value "
          "AS INTEGER) AS TEXT) AND abs(CAST(value AS INTEGER)) <= ?6 AND abs(CAST(value AS "
          "INTEGER) + ?3) <= ?6 RETURNING CAST(value AS INTEGER)",
          {key, space, by, now, now + ttl_micros.value_or(DefaultTtl(space)), kMaxCount}));
  if (sum.empty()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The entry is not a whole number to add to, or the sum leaves +-2^53.")
        .With("rule", std::string("integer"));
  }
  AV_RETURN_IF_ERROR(MakeRoom(key, static_cast<int64_t>(key.size())));
  AV_RETURN_IF_ERROR(Commit(transaction));
  return sum[0].AsArray()[0].AsInt();
}

Result<Value> CacheService::Hit(std::string_view subject, std::string_view endpoint, int64_t limit,
                                int64_t window_micros) {
  AV_RETURN_IF_ERROR(CheckName("subject", subject));
  AV_RETURN_IF_ERROR(CheckName("endpoint", endpoint));
  if (limit < 1 || limit > kMaxCount) return Bad("limit", "limit must be at least 1.");
  if (window_micros <= 0 || window_micros > kMaxTtl) {
    return Bad("windowSeconds", "windowSeconds must be above 0 and at most ten years.");
  }
  const int64_t now = clock_.NowMicros();
  AV_RETURN_IF_ERROR(SweepSometimes(now));
  AV_ASSIGN_OR_RETURN(
      Array window,
      Query(database_,
            "SELECT hits, expires_at FROM rate_limits WHERE subject = ?1 AND endpoint = ?2 AND "
            "expires_at > ?3 AND hits >= ?4",
            {subject, endpoint, now, limit}));
  const bool allowed = window.empty();
  if (allowed) {
    AV_ASSIGN_OR_RETURN(
        window,
        Query(database_,
              "INSERT INTO rate_limits(subject, endpoint, window_start, hits, expires_at) VALUES "
              "(?1, ?2, ?3, 1, ?4) ON CONFLICT DO UPDATE SET hits = iif(expires_at > ?3, hits + 1, "
              "1), window_start = iif(expires_at > ?3, window_start, ?3), expires_at = "
              "iif(expires_at > ?3, expires_at, ?4) RETURNING hits, expires_at",
              {subject, endpoint, now, now + window_micros}));
  }
  const Array& row = window[0].AsArray();
  Object out;
  out.Append("allowed", allowed);
  out.Append("remaining", std::max<int64_t>(limit - row[0].AsInt(), 0));
  out.Append("resetAt", FormatMicros(row[1].AsInt()));
  return Value(std::move(out));
}

Result<int64_t> CacheService::Clear(std::string_view namespace_name) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(const int64_t entries,
                      ChangeRows(database_, "DELETE FROM cache_entries WHERE ?1 IN ('', namespace)",
                                 {namespace_name}));
  AV_ASSIGN_OR_RETURN(
      const int64_t counters,
      ChangeRows(database_, "DELETE FROM rate_limits WHERE ?1 IN ('', 'rate_limit')",
                 {namespace_name}));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return entries + counters;
}

Result<int64_t> CacheService::Sweep() {
  swept_at_ = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      const int64_t entries,
      ChangeRows(database_, "DELETE FROM cache_entries WHERE expires_at <= ?1", {*swept_at_}));
  AV_ASSIGN_OR_RETURN(
      const int64_t counters,
      ChangeRows(database_, "DELETE FROM rate_limits WHERE expires_at <= ?1", {*swept_at_}));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return entries + counters;
}

Status CacheService::SweepSometimes(int64_t now) {
  if (swept_at_ && now >= *swept_at_ && now - *swept_at_ < kSweepAfter) return Status::Ok();
  return Sweep().status();
}

Result<Value> CacheService::Stats() {
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(
      const Array spaces,
      Query(database_,
            "SELECT namespace, count(*), sum(bytes) FROM cache_entries WHERE expires_at > ?1 GROUP "
            "BY namespace ORDER BY namespace",
            {now}));
  AV_ASSIGN_OR_RETURN(
      const Array counters,
      Query(database_, "SELECT count(*) FROM rate_limits WHERE expires_at > ?1", {now}));
  Object namespaces;
  int64_t entries = 0;
  int64_t bytes = 0;
  for (const Value& space : spaces) {
    const Array& row = space.AsArray();
    entries += row[1].AsInt();
    bytes += row[2].AsInt();
    Object counted;
    counted.Append("entries", row[1]);
    counted.Append("bytes", row[2]);
    namespaces.Append(row[0].AsString(), std::move(counted));
  }
  Object out;
  out.Append("entries", entries);
  out.Append("bytes", bytes);
  out.Append("maxEntries", limits_.entries);
  out.Append("maxBytes", limits_.bytes);
  out.Append("counters", counters[0].AsArray()[0]);
  out.Append("namespaces", std::move(namespaces));
  return Value(std::move(out));
}

}  // namespace archivolt
