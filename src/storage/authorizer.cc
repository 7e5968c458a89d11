#include "storage/authorizer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sqlite3.h"

namespace archivolt {
namespace {

// Pragmas that describe the schema and change nothing, as statements and as table functions;
// data_version is what FTS5 asks for while it answers a query.
constexpr std::string_view kReadPragmas[] = {
    "data_version", "foreign_key_list", "index_info", "index_list",
    "index_xinfo",  "table_info",       "table_list", "table_xinfo",
};

constexpr std::string_view kSecretColumns[] = {
    "api_keys.ciphertext",     "api_keys.extra",           "api_keys.key_hash",
    "api_keys.origin_id",      "auth_sessions.data",       "auth_sessions.extra",
    "auth_sessions.origin_id", "auth_sessions.token_hash", "users.password_hash",
};

bool IsReadPragma(const char* name) {
  return name != nullptr && std::ranges::any_of(kReadPragmas, [&](std::string_view known) {
           return sqlite3_stricmp(name, std::string(known).c_str()) == 0;
         });
}

// Functions of the cipher layer that change its settings.
bool IsSettingFunction(const char* name) {
  return sqlite3_strnicmp(name, "sqlite3mc", 9) == 0 ||
         sqlite3_stricmp(name, "load_extension") == 0;
}

// Tables whose rows callers' SQL does not touch; to the audit trail it may add.
bool IsKeptByCore(const char* table, int action) {
  return (action != SQLITE_INSERT && sqlite3_stricmp(table, "audit_log") == 0) ||
         sqlite3_stricmp(table, "embedding_queue") == 0 ||
         sqlite3_stricmp(table, "retention_policies") == 0 ||
         sqlite3_stricmp(table, "vector_graphs") == 0;
}

// What SQLite compiles a piece of SQL within is a trigger, but also a view, a subquery or a CTE,
// whose name its author chooses. The guards are known by their prefix, which is in no caller's SQL
// that writes (Connection::CompileOne); SQL that reads runs no trigger.
bool IsGuard(const char* context) {
  return context != nullptr && sqlite3_strnicmp(context, kOwnPrefix.data(), 10) == 0;
}

bool OnlyReads(SqlPolicy policy) {
  return policy == SqlPolicy::kReadOnly || policy == SqlPolicy::kReadAll;
}

}  // namespace

bool IsSecretColumn(std::string_view table, std::string_view column) {
  return std::ranges::any_of(kSecretColumns, [&](std::string_view secret) {
    return secret.size() == table.size() + 1 + column.size() && secret.starts_with(table) &&
           secret.ends_with(column);
  });
}

Authorizer::Scope::Scope(Authorizer& authorizer, SqlPolicy policy, Phase phase)
    : authorizer_(authorizer), outer_policy_(authorizer.policy_), outer_phase_(authorizer.phase_) {
  authorizer_.policy_ = policy;
  authorizer_.phase_ = phase;
}

Authorizer::Scope::~Scope() {
  authorizer_.policy_ = outer_policy_;
  authorizer_.phase_ = outer_phase_;
}

void Authorizer::Install(sqlite3* handle) {
  handle_ = handle;
  sqlite3_set_authorizer(handle, &Authorizer::OnAction, this);
}

std::string Authorizer::TakeTarget() { return std::exchange(target_, std::string()); }

bool Authorizer::TakeSchemaChange() { return std::exchange(changes_schema_, false); }

void Authorizer::SetGuarded(const std::string& table, bool guarded) {
  if (guarded) {
    unguarded_.erase(table);
  } else {
    unguarded_.insert(table);
  }
}

std::set<std::string> Authorizer::TakeUnguarded() { return std::exchange(met_, {}); }

int Authorizer::OnAction(void* self, int action, const char* first, const char* second,
                         const char* schema, const char* trigger) {
  auto* authorizer = static_cast<Authorizer*>(self);
  const bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
  // VACUUM fills a schema of its own.
  if (writes && std::string_view(schema) == "main" && authorizer->LacksGuards(first))
    return SQLITE_DENY;
  return authorizer->Decide(action, first, second, trigger);
}

int Authorizer::Decide(int action, const char* first, const char* second, const char* trigger) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ:
      // SQLite gives the names as the schema spells them.
      return (policy_ == SqlPolicy::kReadOnly || policy_ == SqlPolicy::kWrite) &&
                     !IsGuard(trigger) && IsSecretColumn(first, second)
                 ? SQLITE_DENY
                 : SQLITE_OK;
    case SQLITE_FUNCTION:
      if (policy_ == SqlPolicy::kTrusted || second == nullptr) return SQLITE_OK;
      // The core's own functions are for its triggers.
      return IsSettingFunction(second) || (sqlite3_strnicmp(second, kOwnPrefix.data(), 10) == 0 &&
                                           (OnlyReads(policy_) || !IsGuard(trigger)))
                 ? SQLITE_DENY
                 : SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return DecideWrite(action, first, trigger);
    case SQLITE_PRAGMA:
      // With an argument table_info and its like name a table; none of the listed ones sets
      // anything.
      return policy_ == SqlPolicy::kTrusted || IsReadPragma(first) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      if (policy_ == SqlPolicy::kControl) return SQLITE_OK;
      // VACUUM begins a transaction of its own while it runs.
      return policy_ == SqlPolicy::kTrusted && phase_ == Scope::Phase::kRun ? SQLITE_OK
                                                                            : SQLITE_DENY;
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VTABLE:
    case SQLITE_ALTER_TABLE:
      if (phase_ == Scope::Phase::kCompile) changes_schema_ = true;
      [[fallthrough]];
    default:
      return policy_ == SqlPolicy::kTrusted ? SQLITE_OK : SQLITE_DENY;
  }
}

bool Authorizer::LacksGuards(const char* table) {
  if (!unguarded_.contains(std::string_view(table))) return false;
  met_.insert(table);
  return phase_ == Scope::Phase::kRun;
}

int Authorizer::DecideWrite(int action, const char* table, const char* trigger) {
  // A virtual table writes its own content while the statement runs.
  if (phase_ == Scope::Phase::kRun) {
    return OnlyReads(policy_) ? SQLITE_DENY : SQLITE_OK;
  }
  if (trigger == nullptr && target_.empty() && table != nullptr) target_ = table;
  if (policy_ == SqlPolicy::kTrusted) return SQLITE_OK;
  if (OnlyReads(policy_) || table == nullptr) return SQLITE_DENY;
  if (sqlite3_strnicmp(table, "sqlite_", 7) == 0) return SQLITE_DENY;
  if (sqlite3_stricmp(table, "schema_migrations") == 0) return SQLITE_DENY;
  // A foreign key's action has no trigger's name either, but is never on the statement's own table.
  if (trigger == nullptr && target_ == table && IsKeptByCore(table, action)) return SQLITE_DENY;
  // The schema's own triggers keep full-text indexes up to date; a caller does not write there.
  if (shadow_.contains(table)) return SQLITE_DENY;
  return trigger == nullptr && virtual_.contains(table) ? SQLITE_DENY : SQLITE_OK;
}

void Authorizer::Refresh() {
  if (!stale_) return;
  const Scope scope(*this, SqlPolicy::kTrusted, Scope::Phase::kRun);
  sqlite3_stmt* statement = nullptr;
  virtual_.clear();
  shadow_.clear();
  if (sqlite3_prepare_v2(handle_,
                         "SELECT name, type FROM pragma_table_list "
                         "WHERE schema = 'main' AND type IN ('virtual', 'shadow')",
                         -1, &statement, nullptr) == SQLITE_OK) {
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
      const auto* type = reinterpret_cast<const char*>(sqlite3_column_text(statement, 1));
      if (name == nullptr || type == nullptr) continue;
      (type[0] == 'v' ? virtual_ : shadow_).insert(name);
    }
  }
  stale_ = sqlite3_finalize(statement) != SQLITE_OK;
}

}  // namespace archivolt
