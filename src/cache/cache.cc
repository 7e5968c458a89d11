#include "cache/cache.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kTouchAfter = 60 * kMicrosPerSecond;
constexpr int64_t kSweepAfter = 60 * kMicrosPerSecond;
constexpr int64_t kMaxTtl = int64_t{10} * 366 * 86'400 * kMicrosPerSecond;
constexpr int64_t kMaxCount = (int64_t{1} << 53) - 1;

// A key of rate_limits as Redis has it.
constexpr std::string_view kCounterPrefix = "rate_limit:";
constexpr std::string_view kWhereCounter =
    " FROM rate_limits WHERE 'rate_limit:' || subject || ':' || endpoint = ?1";

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

Result<int64_t> Changed(Database& database, std::string_view sql, const Value& argument) {
  AV_ASSIGN_OR_RETURN(Statement write, database.Prepare(sql));
  if (write.parameter_count() > 0) AV_RETURN_IF_ERROR(write.Bind(1, argument));
  AV_RETURN_IF_ERROR(write.Run());
  return database.changes();
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
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "INSERT INTO cache_entries(key, namespace, value, value_type, created_at, last_used_at, "
          "expires_at, bytes) VALUES (?1, ?2, ?3, 'json', ?4, ?4, ?5, ?6) ON CONFLICT DO UPDATE "
          "SET "
          "namespace = excluded.namespace, value = excluded.value, value_type = 'json', created_at "
          "= excluded.created_at, last_used_at = excluded.last_used_at, expires_at = "
          "excluded.expires_at, bytes = excluded.bytes"));
  AV_RETURN_IF_ERROR(write.BindAll(key, space));
  AV_RETURN_IF_ERROR(write.BindBorrowed(3, json));
  AV_RETURN_IF_ERROR(write.Bind(4, now));
  AV_RETURN_IF_ERROR(write.Bind(5, now + ttl_micros.value_or(DefaultTtl(space))));
  AV_RETURN_IF_ERROR(write.Bind(6, bytes));
  AV_RETURN_IF_ERROR(write.Run());
  if (entries_) {
    ++*entries_;
    bytes_ += bytes;
    if (*entries_ <= limits_.entries && bytes_ <= limits_.bytes) return Status::Ok();
  }
  return MakeRoom(key);
}

Status CacheService::MakeRoom(std::string_view keep) {
  AV_ASSIGN_OR_RETURN(
      Statement sum,
      database_.Prepare("SELECT count(*), coalesce(sum(bytes), 0) FROM cache_entries"));
  AV_RETURN_IF_ERROR(sum.Step().status());
  int64_t entries = sum.Int(0);
  int64_t bytes = sum.Int(1);
  if (entries > limits_.entries || bytes > limits_.bytes) {
    std::vector<std::string> gone;
    AV_ASSIGN_OR_RETURN(Statement oldest,
                        database_.Prepare("SELECT key, bytes FROM cache_entries WHERE key <> ?1 "
                                          "ORDER BY last_used_at"));
    AV_RETURN_IF_ERROR(oldest.Bind(1, keep));
    while (entries > limits_.entries / 10 * 9 || bytes > limits_.bytes / 10 * 9) {
      AV_ASSIGN_OR_RETURN(const bool found, oldest.Step());
      if (!found) break;
      gone.emplace_back(oldest.Text(0));
      --entries;
      bytes -= oldest.Int(1);
    }
    oldest.Reset();
    for (const std::string& key : gone) {
      AV_RETURN_IF_ERROR(
          Changed(database_, "DELETE FROM cache_entries WHERE key = ?1", key).status());
    }
  }
  entries_ = entries;
  bytes_ = bytes;
  return Status::Ok();
}

Result<Value> CacheService::Get(std::string_view key) {
  AV_RETURN_IF_ERROR(CheckName("key", key));
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Statement row,
                      database_.Prepare("SELECT value, value_type, last_used_at FROM cache_entries "
                                        "WHERE key = ?1 AND expires_at > ?2"));
  AV_RETURN_IF_ERROR(row.BindAll(key, now));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (found && !row.IsNull(0)) {
    Value value(Object{{row.Text(1) == "string" ? "text" : "json", row.Text(0)}});
    const int64_t used = row.Int(2);
    row.Reset();
    AV_RETURN_IF_ERROR(Touch(key, used, now));
    return value;
  }
  if (!key.starts_with(kCounterPrefix)) return Value();
  AV_ASSIGN_OR_RETURN(
      Statement counter,
      database_.Prepare("SELECT hits" + std::string(kWhereCounter) + " AND expires_at > ?2"));
  AV_RETURN_IF_ERROR(counter.BindAll(key, now));
  AV_ASSIGN_OR_RETURN(const bool counted, counter.Step());
  if (!counted) return Value();
  return Value(Object{{"json", std::to_string(counter.Int(0))}});
}

Status CacheService::Touch(std::string_view key, int64_t last_used_at, int64_t now) {
  if (now - last_used_at < kTouchAfter || database_.read_only()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(Statement write, database_.Prepare("UPDATE cache_entries SET last_used_at = "
                                                         "?2 WHERE key = ?1"));
  AV_RETURN_IF_ERROR(write.BindAll(key, now));
  return write.Run();
}

Result<bool> CacheService::Delete(std::string_view key) {
  AV_RETURN_IF_ERROR(CheckName("key", key));
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  // What has ended goes as well, but was not there.
  AV_ASSIGN_OR_RETURN(
      Statement entry,
      database_.Prepare("DELETE FROM cache_entries WHERE key = ?1 RETURNING expires_at > ?2"));
  AV_RETURN_IF_ERROR(entry.BindAll(key, now));
  AV_ASSIGN_OR_RETURN(bool found, entry.Step());
  found = found && entry.Bool(0);
  entry.Reset();
  if (key.starts_with(kCounterPrefix)) {
    AV_ASSIGN_OR_RETURN(Statement counter, database_.Prepare("DELETE" + std::string(kWhereCounter) +
                                                             " RETURNING expires_at > ?2"));
    AV_RETURN_IF_ERROR(counter.BindAll(key, now));
    while (true) {
      AV_ASSIGN_OR_RETURN(const bool row, counter.Step());
      if (!row) break;
      found = found || counter.Bool(0);
    }
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return found;
}

Result<int64_t> CacheService::Increment(std::string_view key, int64_t by,
                                        std::string_view namespace_name,
                                        std::optional<int64_t> ttl_micros) {
  AV_RETURN_IF_ERROR(CheckWrite(key, namespace_name, ttl_micros));
  if (by < -kMaxCount || by > kMaxCount) return Bad("by", "by must be within +-2^53.");
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  int64_t sum = by;
  bool found = false;
  {
    AV_ASSIGN_OR_RETURN(Statement row,
                        database_.Prepare("SELECT value FROM cache_entries WHERE key = ?1 AND "
                                          "expires_at > ?2"));
    AV_RETURN_IF_ERROR(row.BindAll(key, now));
    AV_ASSIGN_OR_RETURN(found, row.Step());
    if (found) {
      const std::string_view text = row.Text(0);
      int64_t present = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), present);
      if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
          present < -kMaxCount || present > kMaxCount) {
        return Status(ErrorCode::FAILED_PRECONDITION, "The entry is not a whole number to add to.")
            .With("rule", std::string("integer"));
      }
      sum += present;
    }
  }
  if (sum < -kMaxCount || sum > kMaxCount) {
    return Status(ErrorCode::FAILED_PRECONDITION, "The sum leaves the whole numbers within +-2^53.")
        .With("rule", std::string("range"));
  }
  const std::string text = std::to_string(sum);
  if (found) {
    AV_ASSIGN_OR_RETURN(
        Statement write,
        database_.Prepare(
            "UPDATE cache_entries SET value = ?2, value_type = 'json', last_used_at = "
            "?3, bytes = length(CAST(key AS BLOB)) + length(?2) WHERE key = ?1"));
    AV_RETURN_IF_ERROR(write.BindAll(key, text, now));
    AV_RETURN_IF_ERROR(write.Run());
  } else {
    AV_RETURN_IF_ERROR(Write(key, text, namespace_name, ttl_micros, now));
  }
  AV_RETURN_IF_ERROR(Commit(transaction));
  return sum;
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
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  int64_t hits = 0;
  int64_t ends = now + window_micros;
  {
    AV_ASSIGN_OR_RETURN(Statement row,
                        database_.Prepare("SELECT hits, expires_at FROM rate_limits WHERE subject "
                                          "= ?1 AND endpoint = ?2 AND expires_at > ?3"));
    AV_RETURN_IF_ERROR(row.BindAll(subject, endpoint, now));
    AV_ASSIGN_OR_RETURN(const bool running, row.Step());
    if (running) {
      hits = row.Int(0);
      ends = row.Int(1);
    }
  }
  const bool allowed = hits < limit;
  if (allowed) {
    if (++hits == 1) AV_RETURN_IF_ERROR(SweepSometimes(now));
    AV_ASSIGN_OR_RETURN(
        Statement write,
        database_.Prepare(
            "INSERT INTO rate_limits(subject, endpoint, window_start, hits, expires_at) VALUES "
            "(?1, "
            "?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET hits = excluded.hits, window_start = "
            "iif(expires_at > excluded.window_start, window_start, excluded.window_start), "
            "expires_at = excluded.expires_at"));
    AV_RETURN_IF_ERROR(write.BindAll(subject, endpoint, now, hits, ends));
    AV_RETURN_IF_ERROR(write.Run());
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(Object{{"allowed", allowed},
                      {"remaining", std::max<int64_t>(limit - hits, 0)},
                      {"resetAt", FormatMicros(ends)}});
}

Result<int64_t> CacheService::Clear(std::string_view namespace_name) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      int64_t removed,
      Changed(database_, "DELETE FROM cache_entries WHERE ?1 IN ('', namespace)", namespace_name));
  if (namespace_name.empty() || namespace_name == "rate_limit") {
    AV_ASSIGN_OR_RETURN(const int64_t counters,
                        Changed(database_, "DELETE FROM rate_limits", Value()));
    removed += counters;
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return removed;
}

Result<int64_t> CacheService::Sweep() { return SweepAt(clock_.NowMicros()); }

Status CacheService::SweepSometimes(int64_t now) {
  if (swept_at_ && now >= *swept_at_ && now - *swept_at_ < kSweepAfter) return Status::Ok();
  return SweepAt(now).status();
}

Result<int64_t> CacheService::SweepAt(int64_t now) {
  swept_at_ = now;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(const int64_t entries,
                      Changed(database_, "DELETE FROM cache_entries WHERE expires_at <= ?1", now));
  AV_ASSIGN_OR_RETURN(const int64_t counters,
                      Changed(database_, "DELETE FROM rate_limits WHERE expires_at <= ?1", now));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return entries + counters;
}

Result<Value> CacheService::Stats() {
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database_.Prepare(
          "SELECT namespace, count(*), sum(bytes) FROM cache_entries WHERE expires_at "
          "> ?1 GROUP BY namespace ORDER BY namespace"));
  AV_RETURN_IF_ERROR(row.Bind(1, now));
  Object namespaces;
  int64_t entries = 0;
  int64_t bytes = 0;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (!found) break;
    entries += row.Int(1);
    bytes += row.Int(2);
    namespaces.Append(std::string(row.Text(0)),
                      Object{{"entries", row.Int(1)}, {"bytes", row.Int(2)}});
  }
  AV_ASSIGN_OR_RETURN(Statement counters,
                      database_.Prepare("SELECT count(*) FROM rate_limits WHERE expires_at > ?1"));
  AV_RETURN_IF_ERROR(counters.Bind(1, now));
  AV_RETURN_IF_ERROR(counters.Step().status());
  return Value(Object{{"entries", entries},
                      {"bytes", bytes},
                      {"maxEntries", limits_.entries},
                      {"maxBytes", limits_.bytes},
                      {"counters", counters.Int(0)},
                      {"namespaces", std::move(namespaces)}});
}

}  // namespace archivolt
