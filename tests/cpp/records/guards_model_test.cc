// Random writes by records and SQL, committed and rolled back, against a plain model of the rules
// and of the audit trail.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "guarded_fixture.h"
#include "records/value_forms.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int kSeeds = 6;
constexpr int kSteps = 250;

using Row = std::map<std::string, Value>;  // by column; null when absent
using Rows = std::map<std::string, Row>;   // by id

struct ModelTable {
  const char* name;
  const char* title;  // must not be blank, is trimmed
  std::vector<const char*> columns;
  std::map<std::string, std::string> parents;  // column -> table, on delete cascade
};

const std::vector<ModelTable> kTables = {
    {"users", "username", {"username", "email"}, {}},
    {"projects", "name", {"name", "owner_id", "description"}, {{"owner_id", "users"}}},
    {"stories",
     "title",
     {"title", "project_id", "assignee_id", "story_points", "status"},
     {{"project_id", "projects"}}},
    {"tasks", "title", {"title", "story_id", "position"}, {{"story_id", "stories"}}},
};

struct Entry {
  std::string action, type, id;
  Row before, after;
  auto Key() const { return std::tie(action, type, id); }
};

struct Model {
  std::map<std::string, Rows> tables;
  std::vector<Entry> entries;

  static Value Of(const Row& row, const std::string& column) {
    const auto found = row.find(column);
    return found == row.end() ? Value() : found->second;
  }

  bool Exists(const std::string& table, const Value& id) const {
    return id.is_null() || tables.at(table).contains(id.AsString());
  }

  // Whether the rules and keys let this row stand. `before`: the row as it was, if it was.
  bool Fits(const ModelTable& table, const std::string& id, const Row& row,
            const Row* before) const {
    const auto changed = [&](const char* column) {
      return before == nullptr || Of(*before, column) != Of(row, column);
    };
    const Value title = Of(row, table.title);
    if (title.is_null() && std::string_view(table.name) != "users") return false;
    if (changed(table.title) && title.is_string() && title.AsString().empty()) return false;
    for (const auto& [column, parent] : table.parents) {
      if (!Exists(parent, Of(row, column))) return false;
    }
    const std::string_view name = table.name;
    if (name == "users") {
      for (const auto& [other, its] : tables.at("users")) {
        if (other == id) continue;
        for (const char* column : {"username", "email"}) {
          if (!Of(row, column).is_null() && Of(its, column) == Of(row, column)) return false;
        }
      }
      const Value email = Of(row, "email");
      if (changed("email") && email.is_string() && !IsEmailAddress(email.AsString())) return false;
    }
    if (name == "projects" && !Of(row, "owner_id").is_null() &&
        (changed("name") || changed("owner_id"))) {
      for (const auto& [other, its] : tables.at("projects")) {
        if (other != id && Of(its, "name") == title && Of(its, "owner_id") == Of(row, "owner_id"))
          return false;
      }
    }
    if (name == "stories") {
      if (!Exists("users", Of(row, "assignee_id"))) return false;
      const Value points = Of(row, "story_points");
      if (changed("story_points") && points.is_int() && (points.AsInt() < 0 || points.AsInt() > 21))
        return false;
      const Value status = Of(row, "status");
      if (changed("status") && status.is_string() && status != Value("draft") &&
          status != Value("done"))
        return false;
    }
    if (name == "tasks") {
      if (Of(row, "story_id").is_null()) return false;
      const Value position = Of(row, "position");
      if (position.is_null() || (changed("position") && position.AsInt() < 0)) return false;
    }
    return true;
  }

  bool Insert(const ModelTable& table, const std::string& id, Row row) {
    if (tables[table.name].contains(id)) return false;
    Trim(table, row);
    if (std::string_view(table.name) == "tasks") row.try_emplace("position", Value(0));
    if (!Fits(table, id, row, nullptr)) return false;
    tables[table.name][id] = row;
    entries.push_back({"insert", table.name, id, {}, row});
    return true;
  }

  bool Update(const ModelTable& table, const std::string& id, const Row& changes) {
    Row row = tables[table.name].at(id);
    const Row before = row;
    for (const auto& [column, value] : changes) row[column] = value;
    Trim(table, row);
    if (!Fits(table, id, row, &before)) return false;
    tables[table.name][id] = row;
    Note(table, id, before, row);
    return true;
  }

  void Delete(const ModelTable& table, const std::string& id) {
    const Row row = tables[table.name].at(id);
    tables[table.name].erase(id);
    entries.push_back({"delete", table.name, id, row, {}});
    for (const ModelTable& child : kTables) {
      for (const auto& [column, parent] : child.parents) {
        if (parent != table.name) continue;
        std::vector<std::string> orphans;
        for (const auto& [other, its] : tables[child.name]) {
          if (Of(its, column) == Value(id)) orphans.push_back(other);
        }
        for (const std::string& orphan : orphans) Delete(child, orphan);
      }
    }
    if (std::string_view(table.name) != "users") return;
    for (auto& [other, its] : tables["stories"]) {
      if (Of(its, "assignee_id") != Value(id)) continue;
      const Row before = its;
      its["assignee_id"] = Value();
      Note(kTables[2], other, before, its);
    }
  }

  void Note(const ModelTable& table, const std::string& id, const Row& before, const Row& after) {
    Entry entry{"update", table.name, id, {}, {}};
    for (const char* column : table.columns) {
      if (Of(before, column) == Of(after, column)) continue;
      entry.before[column] = Of(before, column);
      entry.after[column] = Of(after, column);
    }
    if (!entry.before.empty()) entries.push_back(entry);
  }

  static void Trim(const ModelTable& table, Row& row) {
    Value& title = row[table.title];
    if (title.is_string()) title = Value(TrimBlanks(title.AsString()));
  }
};

class GuardsModelTest : public GuardedTest {
 protected:
  size_t Draw(size_t below) {
    return std::uniform_int_distribution<size_t>(0, below - 1)(random_engine_);
  }

  std::string Pick(const std::string& table) {
    const Rows& rows = model_.tables[table];
    if (rows.empty() || Draw(20) == 0) return "nobody";
    return std::next(rows.begin(), static_cast<std::ptrdiff_t>(Draw(rows.size())))->first;
  }

  Value Random(const std::string& column) {
    static const char* const kTitles[] = {"a", "b", " b ", "c d", "", " \t", "ä", "done"};
    static const char* const kEmails[] = {"a@b.c", "x@y.z", "nonsense", "p@q"};
    static const char* const kStatus[] = {"draft", "done", "odd"};
    if (column == "owner_id" || column == "assignee_id")
      return Draw(3) == 0 ? Value() : Value(Pick("users"));
    if (column == "project_id") return Draw(4) == 0 ? Value() : Value(Pick("projects"));
    if (column == "story_id") return Value(Pick("stories"));
    if (column == "story_points")
      return Draw(4) == 0 ? Value() : Value(static_cast<int64_t>(Draw(25)) - 1);
    if (column == "position") return Value(static_cast<int64_t>(Draw(5)) - 1);
    if (column == "email") return Draw(3) == 0 ? Value() : Value(kEmails[Draw(4)]);
    if (column == "status") return Draw(3) == 0 ? Value() : Value(kStatus[Draw(3)]);
    if (column == "username") return Value("u" + std::to_string(Draw(40)));
    return Value(kTitles[Draw(8)]);
  }

  Row RandomRow(const ModelTable& table, bool all) {
    Row row;
    for (const char* column : table.columns) {
      if (all || Draw(3) == 0) row[column] = Random(column);
    }
    return row;
  }

  Status WriteInsert(const ModelTable& table, const std::string& id, const Row& row) {
    if (Draw(2) == 0) {
      Object object{{"id", id}};
      for (const auto& [column, value] : row) object.Set(column, value);
      return store_->Insert(table.name, object).status();
    }
    std::string names = "id";
    std::string marks = "?";
    Array values{Value(id)};
    for (const auto& [column, value] : row) {
      names += ", " + column;
      marks += ", ?";
      values.push_back(value);
    }
    return Sql("INSERT INTO " + std::string(table.name) + "(" + names + ") VALUES (" + marks + ")",
               Value(std::move(values)));
  }

  Status WriteUpdate(const ModelTable& table, const std::string& id, const Row& row) {
    if (Draw(2) == 0) {
      Object patch;
      for (const auto& [column, value] : row) patch.Set(column, value);
      return store_->Update(table.name, Value(id), patch).status();
    }
    std::string sql = "UPDATE " + std::string(table.name);
    Array values;
    for (const auto& [column, value] : row) {
      sql += (values.empty() ? " SET " : ", ") + column + " = ?";
      values.push_back(value);
    }
    values.push_back(Value(id));
    return Sql(sql + " WHERE id = ?", Value(std::move(values)));
  }

  void Step() {
    const ModelTable& table = kTables[Draw(kTables.size())];
    const size_t kind = Draw(10);
    Model next = model_;
    bool expected = true;
    Status status;
    std::string what = table.name;
    if (kind < 5 || model_.tables[table.name].empty()) {
      const std::string id =
          Draw(20) == 0 ? Pick(table.name) : std::string(table.name) + std::to_string(++made_);
      const Row row = RandomRow(table, true);
      expected = next.Insert(table, id, row);
      status = WriteInsert(table, id, row);
      what += " insert " + id;
    } else {
      const Rows& rows = model_.tables[table.name];
      const std::string id =
          std::next(rows.begin(), static_cast<std::ptrdiff_t>(Draw(rows.size())))->first;
      if (kind < 9) {
        const Row row = RandomRow(table, false);
        if (row.empty()) return;
        expected = next.Update(table, id, row);
        status = WriteUpdate(table, id, row);
        what += " update " + id;
      } else {
        next.Delete(table, id);
        status = Draw(2) == 0 ? store_->Delete(table.name, Value(id)).status()
                              : Sql("DELETE FROM " + std::string(table.name) + " WHERE id = ?",
                                    Value(Array{Value(id)}));
        what += " delete " + id;
      }
    }
    ASSERT_EQ(status.ok(), expected) << what << ": " << status.message();
    if (expected) model_ = std::move(next);
    Compare(what);
  }

  // The entries since the last look, in any order: SQLite chooses that of cascades.
  void Compare(const std::string& what) {
    FindOptions options;
    options.order_by = Value("id");
    options.offset = static_cast<int64_t>(seen_);
    Result<Array> found = store_->Find("audit_log", options);
    ASSERT_TRUE(found.ok());
    std::vector<Entry> actual;
    for (const Value& row : *found) {
      const std::string type = Field(row, "resource_type").AsString();
      Entry entry{
          Field(row, "action").AsString(), type, Field(row, "resource_id").AsString(), {}, {}};
      const auto side = [&](const char* column, Row& out) {
        const Value parsed = Side(row, column);
        if (!parsed.is_object()) return;
        for (const ModelTable& table : kTables) {
          if (table.name != type) continue;
          for (const char* name : table.columns) {
            const Value* value = parsed.AsObject().Find(name);
            if (value != nullptr) out[name] = *value;
          }
        }
      };
      side("old_value", entry.before);
      side("new_value", entry.after);
      EXPECT_EQ(Field(row, "actor"), Value("tester"));
      actual.push_back(std::move(entry));
    }
    std::vector<Entry> expected(model_.entries.begin() + static_cast<std::ptrdiff_t>(seen_),
                                model_.entries.end());
    const auto by_key = [](const Entry& a, const Entry& b) { return a.Key() < b.Key(); };
    std::stable_sort(actual.begin(), actual.end(), by_key);
    std::stable_sort(expected.begin(), expected.end(), by_key);
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].Key(), expected[i].Key()) << what;
      // Of a whole row the entry leaves out what is null.
      const bool whole = expected[i].action != "update";
      for (auto [got, wanted] : {std::pair(actual[i].before, expected[i].before),
                                 std::pair(actual[i].after, expected[i].after)}) {
        if (whole)
          std::erase_if(wanted, [](const auto& member) { return member.second.is_null(); });
        EXPECT_EQ(got, wanted) << what << " " << expected[i].id;
      }
    }
    seen_ = model_.entries.size();
  }

  void CompareRows() {
    for (const ModelTable& table : kTables) {
      const Rows& rows = model_.tables[table.name];
      EXPECT_EQ(CountOf(table.name), static_cast<int64_t>(rows.size())) << table.name;
      for (const auto& [id, row] : rows) {
        const Result<Value> stored = store_->Get(table.name, Value(id));
        ASSERT_TRUE(stored.ok() && stored->is_object()) << id;
        for (const char* column : table.columns)
          EXPECT_EQ(Field(*stored, column), Model::Of(row, column)) << id << "." << column;
        if (std::string_view(table.name) == "stories") {
          EXPECT_EQ(Field(*stored, "completed_at").is_string(),
                    Model::Of(row, "status") == Value("done"))
              << id;
        }
        EXPECT_TRUE(Field(*stored, "created_at").is_string()) << id;
        EXPECT_GE(Field(*stored, "updated_at").AsString(), Field(*stored, "created_at").AsString());
      }
    }
    const Status index = own_database_->Execute(
        "INSERT INTO stories_fts(stories_fts, rank) VALUES ('integrity-check', 1)");
    EXPECT_TRUE(index.ok()) << index.message();
  }

  Model model_;
  std::mt19937_64 random_engine_;
  size_t seen_ = 0;
  size_t made_ = 0;
};

TEST_F(GuardsModelTest, RandomWritesObeyTheModel) {
  for (const ModelTable& table : kTables) model_.tables[table.name] = {};
  const AuditContext::ActAs actor(audit_, "tester");
  for (int seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_engine_.seed(static_cast<uint64_t>(seed));
    for (int step = 0; step < kSteps; ++step) {
      if (Draw(8) > 0) {
        Step();
      } else {
        Result<Transaction> transaction = Transaction::Begin(*own_database_);
        ASSERT_TRUE(transaction.ok());
        const Model before = model_;
        const size_t seen = seen_;
        for (size_t i = Draw(5); i > 0 && !HasFatalFailure(); --i) Step();
        if (Draw(2) == 0) {
          ASSERT_TRUE(transaction->Commit().ok());
        } else {
          ASSERT_TRUE(transaction->Rollback().ok());
          model_ = before;
          seen_ = seen;
        }
      }
      if (HasFatalFailure()) return;
    }
    CompareRows();
  }
}

}  // namespace
}  // namespace archivolt
