// What a power cut may leave of a life of a database, after every single operation: it opens, is
// sound, holds whole commits alone, and with full_sync every one that was acknowledged.
#include <set>

#include "storage/crash_vfs.h"
#include "storage/replacement.h"
#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int kRowsPerCommit = 3;
constexpr int kReplaced = 1000;  // The version that the replacement's content begins with.
constexpr char kPath[] = "crash.db";

struct Mode {
  bool full_sync;
  bool powersafe;
  bool ignores_sync = false;
};

struct Acknowledged {
  size_t operations;
  int64_t version;
};

class CrashTest : public StorageTest {
 protected:
  static DatabaseOptions Options(const Mode& mode, const char* path = kPath) {
    DatabaseOptions options;
    options.path = path;
    options.vfs = RegisterCrashVfs(mode.powersafe);
    options.full_sync = mode.full_sync;
    return options;
  }

  static Status Make(Database& database, int version) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    AV_RETURN_IF_ERROR(database.Execute(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a INTEGER, b TEXT); CREATE INDEX i ON t (b);"
        "CREATE VIRTUAL TABLE f USING fts5(b, content='t', content_rowid='k');"
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO f (rowid, b) VALUES (NEW.k, NEW.b); "
        "END; CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (" +
        std::to_string(version) + ")"));
    return transaction.Commit();
  }

  static Status Commit(Database& database) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    AV_RETURN_IF_ERROR(database.Execute("UPDATE n SET v = v + 1"));
    AV_ASSIGN_OR_RETURN(Statement insert,
                        database.Prepare("INSERT INTO t (a, b) SELECT v, ?1 FROM n"));
    for (int row = 0; row < kRowsPerCommit; ++row) {
      AV_RETURN_IF_ERROR(insert.BindAll("word " + std::string(4000, static_cast<char>('a' + row))));
      AV_RETURN_IF_ERROR(insert.Run());
    }
    return transaction.Commit();
  }

  void Note(Database& database) {
    acknowledged_.push_back({DiskLog().size(), Ask(database, "SELECT v FROM n")});
  }

  void CommitSome(Database& database, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(Commit(database));
      Note(database);
    }
  }

  void Replace(Database& database, const Mode& mode) {
    auto other = OpenOptions(Options(mode, "other.db"));
    ASSERT_NE(other, nullptr);
    ASSERT_OK(Make(*other, kReplaced - 1));
    ASSERT_OK(Commit(*other));
    {
      auto replacement = Replacement::Begin(database, *other);
      ASSERT_TRUE(replacement.ok());
      for (bool done = false; !done;) {
        auto step = (*replacement)->Step(3);
        ASSERT_TRUE(step.ok()) << step.status().message();
        done = *step;
      }
    }
    Note(database);
    ASSERT_OK(database.EmptyLog());
  }

  // Three openings; leaves the log of all of it and what was acknowledged when.
  void Live(const Mode& mode) {
    acknowledged_.clear();
    SetDisk({});
    for (int life = 0; life < 3; ++life) {
      auto database = OpenOptions(Options(mode));
      ASSERT_NE(database, nullptr);
      if (life == 0) {
        ASSERT_OK(Make(*database, 0));
        Note(*database);
      }
      ASSERT_OK(database->Execute("PRAGMA cache_size=6; PRAGMA wal_autocheckpoint=20"));
      CommitSome(*database, 3);
      {
        auto given_up = Transaction::Begin(*database);
        ASSERT_TRUE(given_up.ok());
        ASSERT_OK(database->Execute("UPDATE t SET b = b || 'z'; DELETE FROM n"));
        ASSERT_OK(given_up->Rollback());
      }
      if (life == 0) {
        ASSERT_OK(database->Execute("DELETE FROM t WHERE a = 1; UPDATE n SET v = v + 0"));
        ASSERT_OK(database->Execute("INSERT INTO f(f) VALUES ('rebuild')"));
        ASSERT_OK(database->Vacuum());
        ASSERT_OK(database->Checkpoint());
      }
      if (life == 1) Replace(*database, mode);
      CommitSome(*database, 2);
      ASSERT_OK(database->Close());
    }
  }

  // What is wrong with what a crash left; "" when nothing is.
  std::string Look(const Disk& disk, const Mode& mode, int64_t least, int64_t most, bool made) {
    SetDisk(disk);
    auto opened = Database::Open(Options(mode));
    if (!opened.ok()) return "it does not open: " + opened.status().message();
    Database& database = **opened;
    if (database.checksum_state() != ChecksumState::kVerified) return "its pages are not checked";
    const Status sound = database.CheckIntegrity(false);
    if (!sound.ok()) return "it is not sound: " + DetailText(sound, "finding") + sound.message();
    const auto version = database.QueryValue("SELECT v FROM n");
    if (!version.ok()) return made ? "its tables are gone: " + version.status().message() : "";
    if (!version->is_int() || version->AsInt() < least || version->AsInt() > most) {
      return "it holds another version: " +
             std::to_string(version->is_int() ? version->AsInt() : -1);
    }
    const auto halves = database.QueryValue(
        "SELECT count(*) FROM (SELECT a, count(*) AS rows FROM t GROUP BY a HAVING rows <> 3 OR a "
        "> (SELECT v FROM n))");
    if (!halves.ok()) return "it cannot be read: " + halves.status().message();
    if (halves->AsInt() != 0) return "it holds a part of a commit";
    // A merge of all segments reads them all.
    const Status words = database.Execute("INSERT INTO f(f) VALUES ('integrity-check')");
    if (!words.ok()) return "its full text is not sound: " + words.message();
    const Status again = Commit(database);
    if (!again.ok()) return "it takes no commit: " + again.message();
    const Status closed = database.Close();
    return closed.ok() ? "" : "it does not close: " + closed.message();
  }

  // Bad states, of how many.
  void Run(const Mode& mode, int per_operation) {
    Live(mode);
    const std::vector<DiskOperation> log = DiskLog();
    ASSERT_GT(log.size(), 200U);
    CrashDisk device({}, mode.powersafe, mode.ignores_sync);
    std::mt19937 random(7);
    std::set<size_t> seen;
    for (size_t point = 1; point <= log.size(); ++point) {
      device.Advance(log[point - 1]);
      int64_t least = 0;
      int64_t most = 0;
      bool made = false;
      for (const Acknowledged& one : acknowledged_) {
        if (one.operations <= point) {
          made = true;
          if (mode.full_sync) least = one.version;
        }
        if (one.operations < point) continue;
        most = one.version;
        break;
      }
      // What goes on after the last acknowledgement changes nothing.
      if (most == 0 && made) most = acknowledged_.back().version;
      for (const Disk& disk : device.Crashes(per_operation, random)) {
        size_t hash = point > 0 && made ? 1 : 0;
        for (const auto& [name, content] : disk) {
          if (name != "other.db" && !name.starts_with("other.db-")) {
            hash = hash * 31 + std::hash<std::string>()(name + content);
          }
        }
        if (!seen.insert(hash * 31 + static_cast<size_t>(least)).second) continue;
        ++states_;
        const std::string wrong = Look(disk, mode, least, most, made && mode.full_sync);
        if (wrong.empty()) continue;
        ++bad_;
        if (!mode.ignores_sync && bad_ <= 5) {
          ADD_FAILURE() << "operation " << point << " of " << log.size() << ": " << wrong;
        }
      }
    }
    RecordProperty("states", states_);
    RecordProperty("bad", bad_);
    std::printf("%d states, %d bad\n", states_, bad_);
  }

  std::vector<Acknowledged> acknowledged_;
  int states_ = 0;
  int bad_ = 0;
};

TEST_F(CrashTest, FullSyncKeepsWhatWasAcknowledged) {
  Run({.full_sync = true, .powersafe = true}, 3);
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, SoDoesADeviceThatGarblesSectors) {
  Run({.full_sync = true, .powersafe = false}, 2);
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, WithoutFullSyncTheLatestMayBeMissing) {
  Run({.full_sync = false, .powersafe = true}, 3);
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, ADeviceThatIgnoresFlushesIsNoticed) {
  Run({.full_sync = true, .powersafe = true, .ignores_sync = true}, 1);
  EXPECT_GT(bad_, 10) << "the model finds nothing";
}

}  // namespace
}  // namespace archivolt
