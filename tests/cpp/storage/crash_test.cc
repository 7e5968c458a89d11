// What a power cut may leave of a life of a database, at every flush and between them: it opens, is
// sound, holds whole commits alone, and with full_sync every one that was acknowledged.
// ARCHIVOLT_CRASH_WAYS: so many states at each operation, instead of a few at each flush.
#include <array>
#include <cstdlib>
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
  bool full_sync = true;
  bool powersafe = true;
  bool ignores_sync = false;
  bool encrypted = false;
};

// Where nothing says otherwise: one state at each of so many operations, and some at each flush.
constexpr size_t kOperationsPerState = 6;
constexpr int kStatesPerSync = 3;

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
    if (mode.encrypted) {
      std::array<uint8_t, CipherKey::kBytes> bytes{};
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(1 + 7 * i);
      options.key = *CipherKey::From(bytes);
    }
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

  // What was acknowledged at the latest, and what may have been committed since.
  struct Bounds {
    int64_t least = 0;
    int64_t most = 0;
    bool made = false;
  };
  Bounds BoundsAt(size_t point, const Mode& mode) const {
    Bounds bounds;
    for (const Acknowledged& one : acknowledged_) {
      bounds.most = one.version;
      if (one.operations > point) break;
      bounds.made = mode.full_sync;
      if (mode.full_sync) bounds.least = one.version;
    }
    return bounds;
  }

  // What is wrong with what a crash left; "" when nothing is.
  std::string Look(const Disk& disk, const Mode& mode, const Bounds& bounds) {
    SetDisk(disk);
    auto opened = Database::Open(Options(mode));
    if (!opened.ok()) return "it does not open: " + opened.status().message();
    Database& database = **opened;
    // Without powersafe overwrites the log's pages have no checksums: they get them on their way
    // into the file (ADR 10).
    if (mode.powersafe && database.checksum_state() != ChecksumState::kVerified) {
      return "its pages are not checked";
    }
    const Status sound = database.CheckIntegrity(false);
    if (!sound.ok()) return "it is not sound: " + DetailText(sound, "finding") + sound.message();
    const auto version = database.QueryValue("SELECT v FROM n");
    if (!version.ok())
      return bounds.made ? "its tables are gone: " + version.status().message() : "";
    if (!version->is_int() || version->AsInt() < bounds.least || version->AsInt() > bounds.most) {
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
    if (!closed.ok()) return "it does not close: " + closed.message();
    opened = Database::Open(Options(mode));
    if (!opened.ok()) return "it does not open again: " + opened.status().message();
    const bool checked = (*opened)->checksum_state() == ChecksumState::kVerified;
    return checked ? "" : "its pages are not checked when it is opened again";
  }

  void Run(const Mode& mode) {
    Live(mode);
    const std::vector<DiskOperation> log = DiskLog();
    ASSERT_GT(log.size(), 200U);
    const char* const asked = std::getenv("ARCHIVOLT_CRASH_WAYS");
    CrashDisk device({}, mode.powersafe, mode.ignores_sync);
    std::mt19937 random(7);
    std::set<size_t> seen;
    for (size_t point = 1; point <= log.size(); ++point) {
      device.Advance(log[point - 1]);
      // Most is open right before a flush.
      const bool syncs = point < log.size() && log[point].kind == DiskOperation::Kind::kSync;
      int count = asked != nullptr ? std::atoi(asked) : syncs ? kStatesPerSync : 0;
      if (count == 0 && random() % kOperationsPerState == 0) count = 1;
      const Bounds bounds = BoundsAt(point, mode);
      for (const Disk& disk : count == 0 ? std::vector<Disk>() : device.Crashes(count, random)) {
        // What is right at one point may be too old at a later one.
        size_t hash = static_cast<size_t>(bounds.least);
        for (const auto& [name, content] : disk) {
          if (name.starts_with("other.db")) continue;
          hash = hash * 31 + std::hash<std::string>()(name + content);
        }
        if (!seen.insert(hash).second) continue;
        ++states_;
        const std::string wrong = Look(disk, mode, bounds);
        if (wrong.empty()) continue;
        ++bad_;
        if (!mode.ignores_sync && bad_ <= 5) {
          ADD_FAILURE() << "operation " << point << " of " << log.size() << ": " << wrong;
        }
      }
    }
    std::printf("%d states of %zu operations, %d bad\n", states_, log.size(), bad_);
    EXPECT_GT(states_, 100);
  }

  std::vector<Acknowledged> acknowledged_;
  int states_ = 0;
  int bad_ = 0;
};

TEST_F(CrashTest, FullSyncKeepsWhatWasAcknowledged) {
  Run({});
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, SoDoesADeviceThatGarblesSectors) {
  Run({.powersafe = false});
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, SoDoesAnEncryptedFile) {
  Run({.encrypted = true});
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, WithoutFullSyncTheLatestMayBeMissing) {
  Run({.full_sync = false});
  EXPECT_EQ(bad_, 0);
}

TEST_F(CrashTest, ADeviceThatIgnoresFlushesIsNoticed) {
  Run({.ignores_sync = true});
  EXPECT_GT(bad_, 10) << "the model finds nothing";
}

}  // namespace
}  // namespace archivolt
