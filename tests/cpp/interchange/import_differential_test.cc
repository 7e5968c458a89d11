// Rows that come in by an import leave what the same rows leave that the records API writes: in
// their tables, in the full-text indexes, in the queue of the embedder.
#include <algorithm>
#include <map>
#include <set>

#include "codec/json.h"
#include "import_fixture.h"

namespace archivolt {
namespace {

constexpr size_t kRows = 6;
constexpr size_t kMore = 3;

bool IsImported(const Table& table) {
  return table.access == Access::kReadWrite || table.access == Access::kAppendOnly;
}

/// Tables whose rows others refer to come first.
std::vector<const Table*> InOrder() {
  std::vector<const Table*> order;
  std::set<std::string_view> done{"systems"};
  for (bool strict : {true, false}) {
    for (bool found = true; found;) {
      found = false;
      for (const Table& table : AllTables()) {
        if (!IsImported(table) || done.contains(table.name)) continue;
        bool ready = true;
        for (const Column& column : table.columns) {
          if (column.references_table.empty() || column.references_table == table.name) continue;
          if (!strict && column.nullable()) continue;
          ready = ready && done.contains(column.references_table);
        }
        if (!ready) continue;
        done.insert(table.name);
        order.push_back(&table);
        found = true;
      }
    }
  }
  return order;
}

class DifferentialTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_OK(by_records_.Open({}));
    ASSERT_OK(by_import_.Open({}));
  }

  // The guard makes the words of code; no import brings them.
  static bool IsGiven(const Column& column) { return column.name != "identifiers"; }

  Value Sample(const Table& table, const Column& column, size_t row, size_t reference) {
    static constexpr const char* kSystems[] = {"archi",      "socrates",  "gemini_ea",
                                               "autodevhub", "archivolt", "softarchitect"};
    ++counter_;
    const auto number = static_cast<int64_t>(counter_);
    if (column.references_table == "systems")
      return Value(kSystems[column.is_key() && table.key.size() == 1 ? row % 4 : 0]);
    if (!column.references_table.empty()) {
      const Array& parents = keys_[column.references_table];
      if (parents.empty()) return Value();
      // The second reference to one table names another row, and none in the first row.
      if (reference == 0) return parents[row % parents.size()];
      if (row == 0 && column.nullable()) return Value();
      return parents[(row + parents.size() - reference) % parents.size()];
    }
    if (!column.values.empty()) return Value(column.values[counter_ % column.values.size()]);
    switch (column.kind) {
      case Kind::kText:
        if (column.max_chars == 3) return Value("EUR");
        return Value("word" + std::to_string(number) + " Caf\xC3\xA9 漢字 shared, camelCase_" +
                     std::string(table.name));
      case Kind::kInteger:
        return Value((column.min != kNoMin ? column.min : 10) + number % 2);
      case Kind::kReal:
        return Value(0.25 + static_cast<double>(number % 2) / 2);
      case Kind::kBlob:
        return Value(Bytes{0, 255, static_cast<uint8_t>(number), 0});
      case Kind::kJson:
        if (column.json_array()) return Value(Array{Value("a"), Value(number)});
        return Value(Object{{"n", Value(number)}});
      case Kind::kBoolean:
        return Value(number % 2 == 0);
      case Kind::kTimestamp:
        return Value(FormatMicros(1'700'000'000'000'000 + number));
      case Kind::kDate:
        return Value(FormatDate(1'700'000'000'000'000 + number * 86'400'000'000));
    }
    return Value();
  }

  Object Row(const Table& table, size_t row, const Object* before) {
    Object out;
    std::map<std::string_view, size_t> references;
    for (const Column& column : table.columns) {
      if (!IsGiven(column)) continue;
      if (column.name == "value_format") {
        out.Append("value_format", "text");
        continue;
      }
      const size_t reference =
          column.references_table.empty() ? 0 : references[column.references_table]++;
      Value value = Sample(table, column, row, reference);
      const bool stays = before != nullptr && (column.is_key() || !column.references_table.empty());
      out.Append(std::string(column.name), stays ? *before->Find(column.name) : std::move(value));
    }
    return out;
  }

  static Value KeyOf(const Table& table, const Object& row) {
    if (table.key.size() == 1) return *row.Find(table.key[0]);
    Object key;
    for (const std::string_view name : table.key) key.Append(std::string(name), *row.Find(name));
    return Value(std::move(key));
  }

  // One batch; `changed` says which of the rows are there already.
  void Import(const Table& table, const std::vector<Object>& rows, const std::string& expected) {
    Array columns;
    for (const Column& column : table.columns) {
      if (IsGiven(column)) columns.emplace_back(column.name);
    }
    Array values;
    for (const Object& row : rows) {
      Array cells;
      for (const Value& name : columns) {
        const Value& value = *row.Find(name.AsString());
        const bool json = table.Find(name.AsString())->kind == Kind::kJson && !value.is_null();
        cells.push_back(json ? Value(Text(value)) : value);
      }
      values.emplace_back(std::move(cells));
    }
    auto transaction = Transaction::Begin(*by_import_.database);
    ASSERT_TRUE(transaction.ok());
    const auto report = WriteRows(*by_import_.import, table.name, columns, values);
    ASSERT_TRUE(report.ok()) << table.name << ": " << report.status().message();
    const Array& rejects = report->AsObject().Find("rejects")->AsArray();
    ASSERT_TRUE(rejects.empty()) << table.name << ": " << rejects[0].AsArray()[1].AsString();
    std::string counts;
    for (const char* name : {"added", "updated", "unchanged"})
      counts += std::to_string(report->AsObject().Find(name)->AsInt()) + " ";
    EXPECT_EQ(counts, expected) << table.name;
    ASSERT_OK(transaction->Commit());
  }

  static std::string Text(const Value& value) {
    const Result<std::string> text = WriteJson(value);
    EXPECT_TRUE(text.ok());
    return text.ok() ? *text : "";
  }

  void Insert(const Table& table, const Object& row) {
    const auto stored = by_records_.records->Insert(table.name, row);
    ASSERT_TRUE(stored.ok()) << table.name << ": " << stored.status().message();
  }
  void Update(const Table& table, const Object& row) {
    Object patch;
    for (const Object::Member& member : row) {
      if (!table.Find(member.key)->is_key()) patch.Append(member.key, member.value);
    }
    if (patch.empty()) return;
    const auto stored = by_records_.records->Update(table.name, KeyOf(table, row), patch);
    ASSERT_TRUE(stored.ok()) << table.name << ": " << stored.status().message();
  }

  static std::vector<Value> Rows(Database& database, const std::string& sql) {
    auto statement = database.Prepare(sql);
    EXPECT_TRUE(statement.ok()) << sql << ": " << statement.status().message();
    std::vector<Value> rows;
    if (!statement.ok()) return rows;
    for (auto more = statement->Step(); more.ok() && *more; more = statement->Step()) {
      Array row;
      for (int i = 0; i < statement->column_count(); ++i) row.push_back(statement->Column(i));
      rows.emplace_back(std::move(row));
    }
    return rows;
  }

  void Same(const std::string& what, const std::string& sql, bool filled) {
    const auto expected = Rows(*by_records_.database, sql);
    const auto found = Rows(*by_import_.database, sql);
    for (size_t i = 0; i < std::max(found.size(), expected.size()); ++i) {
      ASSERT_TRUE(i < found.size() && i < expected.size() && found[i] == expected[i])
          << what << ", row " << i << "\nby import:  " << Show(found, i)
          << "\nby records: " << Show(expected, i);
    }
    EXPECT_TRUE(!filled || !expected.empty()) << what << " is empty";
  }

  static std::string Show(const std::vector<Value>& rows, size_t place) {
    return place < rows.size() ? Text(rows[place]) : "nothing";
  }

  void Compare(bool with_updated_at) {
    for (const Table* table : order_) {
      const std::string name(table->name);
      // Entries of the records' own come in between there.
      const bool trail = name == "audit_log";
      const std::string where = trail ? " WHERE origin = 'archi'" : "";
      std::string columns = table->has_pk && !trail ? "pk" : "1";
      for (const Column& column : table->columns) {
        // The records write down when they changed a row.
        if (column.name == "updated_at" && !with_updated_at) continue;
        const bool bytes = column.kind == Kind::kBlob;
        columns.append(bytes ? ", hex(" : ", ").append(column.name).append(bytes ? ")" : "");
      }
      Same(
          name,
          "SELECT " + columns + " FROM " + name + where + " ORDER BY " + std::string(table->key[0]),
          true);
      for (const std::string_view index : {table->fts, table->trigram}) {
        if (index.empty()) continue;
        const std::string fts(index);
        for (ImportSide* side : {&by_records_, &by_import_}) {
          ASSERT_OK(side->database->Execute(
              "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, " + fts + ", instance)"));
        }
        Same(fts, "SELECT term, doc, col, \"offset\" FROM temp.words ORDER BY 1, 2, 3, 4", true);
        Same(fts + " sizes", "SELECT id, hex(sz) FROM " + fts + "_docsize ORDER BY id", true);
        for (ImportSide* side : {&by_records_, &by_import_})
          ASSERT_OK(side->database->Execute("DROP TABLE temp.words"));
      }
    }
    Same("embedding_queue", "SELECT * FROM embedding_queue ORDER BY kind, row_pk", true);
    Same("vector_points", "SELECT * FROM vector_points", false);
    for (ImportSide* side : {&by_records_, &by_import_}) {
      EXPECT_OK(FullTextIsSound(*side->database));
      EXPECT_OK(side->database->CheckIntegrity(false));
    }
  }

  size_t counter_ = 0;
  const std::vector<const Table*> order_ = InOrder();
  std::map<std::string_view, Array> keys_;  // what others may refer to
  std::map<std::string_view, std::vector<Object>> rows_;
  ImportSide by_records_;
  ImportSide by_import_;
};

TEST_F(DifferentialTest, AnImportLeavesWhatTheRecordsLeave) {
  size_t importable = 0;
  for (const Table& table : AllTables()) importable += IsImported(table) ? 1 : 0;
  ASSERT_EQ(order_.size(), importable - 1) << "every table but systems, which all of them need";

  const auto make = [this](const Table& table, size_t count) {
    std::vector<Object> fresh;
    const bool one_each =
        table.key.size() == 1 && table.Find(table.key[0])->references_table == "systems";
    for (size_t i = 0; i < count && (!one_each || rows_[table.name].size() < 4); ++i) {
      std::vector<Object>& rows = rows_[table.name];
      rows.push_back(Row(table, rows.size(), nullptr));
      fresh.push_back(rows.back());
    }
    for (const Object& row : fresh) {
      if (table.key.size() == 1) keys_[table.name].push_back(*row.Find(table.key[0]));
    }
    return fresh;
  };

  for (const Table* table : order_) {
    const std::vector<Object> fresh = make(*table, kRows);
    for (const Object& row : fresh) Insert(*table, row);
    Import(*table, fresh, std::to_string(fresh.size()) + " 0 0 ");
    if (HasFatalFailure()) return;
  }
  Compare(true);
  if (HasFatalFailure()) return;

  // New rows among changed ones and such as are the same.
  for (const Table* table : order_) {
    const bool changes = table->access != Access::kAppendOnly;
    std::vector<Object> batch;
    const std::vector<Object> before = rows_[table->name];
    const std::vector<Object> fresh = make(*table, kMore);
    size_t updated = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      if (i < fresh.size()) {
        batch.push_back(fresh[i]);
        Insert(*table, fresh[i]);
      }
      if (i % 2 == 0) {
        batch.push_back(before[i]);
        continue;
      }
      Object changed = Row(*table, i, &before[i]);
      batch.push_back(changed);
      if (!changes || changed == before[i]) continue;
      ++updated;
      Update(*table, changed);
    }
    Import(*table, batch,
           std::to_string(fresh.size()) + " " + std::to_string(updated) + " " +
               std::to_string(before.size() - updated) + " ");
    if (HasFatalFailure()) return;
  }
  Compare(false);
  if (HasFatalFailure()) return;

  // What was written by either is removed alike.
  for (ImportSide* side : {&by_records_, &by_import_}) {
    ASSERT_OK(
        side->database->Execute("DELETE FROM messages; DELETE FROM documents; DELETE FROM users"));
  }
  Same("messages", "SELECT * FROM messages", false);
  Same("embedding_queue", "SELECT * FROM embedding_queue ORDER BY kind, row_pk", false);
  EXPECT_EQ(Ask(*by_import_.database, "SELECT count(*) FROM messages_fts_docsize"), 0);
  EXPECT_OK(FullTextIsSound(*by_import_.database));
}

}  // namespace
}  // namespace archivolt
