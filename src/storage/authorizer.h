// Authorizer: what a piece of SQL may do, decided by SQLite's compiler and not by looking at text.
//
// Owns the policy in force while a statement compiles or runs. Installed once per connection, since
// installing it again would make SQLite compile every statement anew. Does not judge values.
#pragma once

#include <set>
#include <string>
#include <string_view>

struct sqlite3;

namespace archivolt {

enum class SqlPolicy {
  kTrusted,   // The core's own SQL: anything except kControl, and ATTACH, which a limit forbids.
  kReadOnly,  // A caller's SELECT and the pragmas that describe tables; no secret is read.
  kReadAll,   // The same for one who asked for secrets.
  kWrite,     // A caller's INSERT, UPDATE or DELETE on ordinary tables.
  kControl,   // BEGIN, COMMIT, ROLLBACK and savepoints, which only transactions may use.
};

/// Names of the core's own triggers and functions begin with this.
inline constexpr std::string_view kOwnPrefix = "archivolt_";

/// Whether the column holds what opens something: hashes of passwords and keys, sealed keys. A
/// caller's SQL reads it by kReadAll alone.
bool IsSecretColumn(std::string_view table, std::string_view column);

class Authorizer {
 public:
  void Install(sqlite3* handle);

  /// Puts a policy in force for its lifetime.
  class Scope {
   public:
    enum class Phase { kCompile, kRun };
    Scope(Authorizer& authorizer, SqlPolicy policy, Phase phase);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Authorizer& authorizer_;
    SqlPolicy outer_policy_;
    Phase outer_phase_;
  };

  /// The policy in force.
  SqlPolicy policy() const { return policy_; }
  /// The table that the statement compiled last writes to, empty for none; forgets it.
  std::string TakeTarget();
  /// Whether the statement compiled last makes or drops tables; forgets it.
  bool TakeSchemaChange();
  /// Tables that nothing writes before their guards are made: SQL that would is noted when it
  /// compiles (TakeUnguarded), and refused when SQLite compiles it anew by itself.
  void SetGuarded(const std::string& table, bool guarded);
  void ForgetGuards() { unguarded_.clear(); }
  /// The tables without guards that the statement compiled last writes to, by its triggers and
  /// cascades too; forgets them.
  std::set<std::string> TakeUnguarded();
  /// Looks up again at the next Refresh which tables are virtual.
  void MarkSchemaChanged() { stale_ = true; }
  /// To be called before a kWrite statement compiles and before IsShadow: the compiler's callback
  /// itself must not run SQL.
  void Refresh();
  /// Whether a virtual table keeps its content in this table.
  bool IsShadow(const std::string& table) const { return shadow_.contains(table); }

 private:
  static int OnAction(void* self, int action, const char* first, const char* second,
                      const char* schema, const char* trigger);
  int Decide(int action, const char* first, const char* second, const char* trigger);
  /// Whether a statement that compiles anew by itself must not go on.
  bool LacksGuards(const char* table);
  int DecideWrite(int action, const char* table, const char* trigger);

  sqlite3* handle_ = nullptr;
  SqlPolicy policy_ = SqlPolicy::kTrusted;
  Scope::Phase phase_ = Scope::Phase::kCompile;
  std::string target_;
  bool changes_schema_ = false;
  bool stale_ = true;
  std::set<std::string> virtual_;
  std::set<std::string> shadow_;
  std::set<std::string, std::less<>> unguarded_;
  std::set<std::string> met_;  // of unguarded_, by the statement compiled last
};

}  // namespace archivolt
