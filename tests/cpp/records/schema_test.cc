// What the schema itself promises: full-text indexes that follow every change, rules of vectors and
// tags, and a way back down. Through plain SQL, as another program would write the file.
#include <gtest/gtest.h>

#include <string>

#include "records_fixture.h"

namespace archivolt {
namespace {

class SchemaTest : public RecordsTest {
 protected:
  void Run(std::string_view sql) {
    const Status status = database_->Execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status.message();
  }

  int64_t Number(const std::string& sql) {
    const Result<Value> value = database_->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << sql << ": " << value.status().message();
    return value.ok() && value->is_int() ? value->AsInt() : -1;
  }

  int64_t Matches(const std::string& index, const std::string& query) {
    return Number("SELECT count(*) FROM " + index + " WHERE " + index + " MATCH '" + query + "'");
  }

  // rank 1: the index is compared with the rows, not only with itself.
  void ExpectIntact(const std::string& index) {
    const Status status = database_->Execute("INSERT INTO " + index + "(" + index +
                                             ", rank) VALUES ('integrity-check', 1)");
    EXPECT_TRUE(status.ok()) << index << ": " << status.message();
  }

  void AddChunk(const std::string& id, const std::string& script, const std::string& heading,
                const std::string& text) {
    Run("INSERT INTO document_chunks(id, chunk_index, heading, chunk_text, script) VALUES ('" + id +
        "', 0, '" + heading + "', '" + text + "', " +
        (script.empty() ? "NULL" : "'" + script + "'") + ")");
  }
};

TEST_F(SchemaTest, EveryIndexedColumnIsFoundChangedAndForgotten) {
  Run("INSERT INTO users(id) VALUES ('u')");
  Run("INSERT INTO conversations(id) VALUES ('c')");
  for (const Table& table : AllTables()) {
    if (table.fts.empty()) continue;
    const std::string fts(table.fts);
    const std::string name(table.name);
    Result<Statement> statement = database_->Prepare("SELECT name FROM pragma_table_info(?1)");
    ASSERT_TRUE(statement.ok());
    ASSERT_TRUE(statement->Bind(1, table.fts).ok());
    std::vector<std::string> columns;
    while (*statement->Step()) columns.emplace_back(statement->Text(0));
    ASSERT_FALSE(columns.empty()) << fts;
    for (const std::string& column : columns) {
      Object row{{"id", Value("row")}};
      if (table.Find("user_id") != nullptr) row.Set("user_id", Value("u"));
      for (const Column& needed : table.columns) {
        if (needed.nullable() || needed.has_default() || row.Find(needed.name) != nullptr) continue;
        Value value = needed.kind == Kind::kJson      ? Value(Array{})
                      : needed.kind == Kind::kInteger ? Value(1)
                      : needed.values.empty()         ? Value("filler")
                                                      : Value(needed.values[0]);
        row.Set(std::string(needed.name), std::move(value));
      }
      if (name == "messages") row.Set("conversation_id", Value("c"));
      if (name == "ai_requests") {
        row.Set("prompt_text", Value("filler"));
        row.Set("kind", Value("query"));
      }
      row.Set(column, Value("walrus"));
      Inserted(name, row);
      EXPECT_EQ(Matches(fts, column + ":walrus"), 1) << fts << "." << column;
      Run("UPDATE " + name + " SET " + column + " = 'penguin' WHERE id = 'row'");
      EXPECT_EQ(Matches(fts, "walrus"), 0) << fts << "." << column;
      EXPECT_EQ(Matches(fts, column + ":penguin"), 1) << fts << "." << column;
      Run("UPDATE " + name + " SET pk = pk + 1000 WHERE id = 'row'");
      EXPECT_EQ(Number("SELECT count(*) FROM " + name + " WHERE pk IN (SELECT rowid FROM " + fts +
                       " WHERE " + fts + " MATCH 'penguin')"),
                1)
          << fts;
      ExpectIntact(fts);
      Run("DELETE FROM " + name + " WHERE id = 'row'");
      EXPECT_EQ(Matches(fts, "penguin"), 0) << fts << "." << column;
      ExpectIntact(fts);
    }
  }
}

TEST_F(SchemaTest, WordsAreStemmedAndAccentsFolded) {
  AddChunk("a", "word", "Guide > Install", "The migrations were reverted in Zürich");
  EXPECT_EQ(Matches("document_chunks_fts", "migration"), 1);
  EXPECT_EQ(Matches("document_chunks_fts", "zurich"), 1);
  EXPECT_EQ(Matches("document_chunks_fts", "heading:installing"), 1);
}

TEST_F(SchemaTest, CodeKeepsItsUnderscores) {
  Run("INSERT INTO code_examples(id, title, code_content) VALUES ('c', 't', 'int max_depth = 3;')");
  EXPECT_EQ(Matches("code_examples_fts", "\"max_depth\""), 1);
  EXPECT_EQ(Matches("code_examples_fts", "depth"), 0);
}

TEST_F(SchemaTest, TheTrigramIndexHoldsTheScriptsThatNeedIt) {
  AddChunk("w", "word", "", "abcdef");
  AddChunk("n", "", "", "abcdef");
  AddChunk("c", "code", "", "abcdef");
  AddChunk("j", "cjk", "設計書", "全文検索の設計");
  EXPECT_EQ(Matches("document_chunks_trigram", "bcd"), 1);
  EXPECT_EQ(Matches("document_chunks_trigram", "文検索"), 1);
  EXPECT_EQ(Matches("document_chunks_trigram", "heading:設計書"), 1);
  ExpectIntact("document_chunks_trigram");
  Run("UPDATE document_chunks SET script = 'code' WHERE id = 'w'");
  EXPECT_EQ(Matches("document_chunks_trigram", "bcd"), 2);
  Run("UPDATE document_chunks SET script = 'word', chunk_text = 'other' WHERE id = 'c'");
  EXPECT_EQ(Matches("document_chunks_trigram", "bcd"), 1);
  Run("UPDATE document_chunks SET chunk_text = 'uvwxyz' WHERE script = 'code'");
  EXPECT_EQ(Matches("document_chunks_trigram", "bcd"), 0);
  EXPECT_EQ(Matches("document_chunks_trigram", "vwx"), 1);
  ExpectIntact("document_chunks_trigram");
  Run("INSERT INTO document_chunks_trigram(document_chunks_trigram) VALUES ('rebuild')");
  EXPECT_EQ(Matches("document_chunks_trigram", "vwx"), 1);
  Run("DELETE FROM document_chunks");
  EXPECT_EQ(Matches("document_chunks_trigram", "vwx"), 0);
  ExpectIntact("document_chunks_trigram");
  ExpectIntact("document_chunks_fts");
}

TEST_F(SchemaTest, DeletingADocumentForgetsItsChunks) {
  Run("INSERT INTO documents(id) VALUES ('d')");
  Run("INSERT INTO document_chunks(id, document_id, chunk_index, chunk_text, script) "
      "VALUES ('c', 'd', 0, 'walrus', 'code')");
  Run("DELETE FROM documents");
  EXPECT_EQ(CountOf("document_chunks"), 0);
  EXPECT_EQ(Matches("document_chunks_fts", "walrus"), 0);
  EXPECT_EQ(Matches("document_chunks_trigram", "walrus"), 0);
}

TEST_F(SchemaTest, VectorsHaveTheLengthOfTheirCollection) {
  Run("INSERT INTO vector_collections(id, name, dims) VALUES ('two', 'two', 2), ('one', 'one', 1)");
  Run("INSERT INTO vector_points(id, collection_id, point_uid, vector) VALUES ('p', 'two', 'p', "
      "zeroblob(8))");
  for (const std::string sql :
       {"INSERT INTO vector_points(id, collection_id, point_uid, vector) VALUES ('q', 'two', 'q', "
        "zeroblob(4))",
        "UPDATE vector_points SET vector = zeroblob(12)",
        "UPDATE vector_points SET collection_id = 'one'",
        "UPDATE vector_collections SET dims = 3 WHERE id = 'two'",
        "INSERT INTO vector_points(pk, id, collection_id, point_uid, vector) "
        "VALUES (4294967296, 'r', 'two', 'r', zeroblob(8))"}) {
    const Status status = database_->Execute(sql);
    EXPECT_EQ(ErrorCodeName(status.code()), "CONSTRAINT") << sql;
  }
  Run("UPDATE vector_collections SET dims = 3 WHERE id = 'one'");
  Run("UPDATE vector_points SET vector = zeroblob(8)");
}

TEST_F(SchemaTest, TagsOfADeletedRowGoWithIt) {
  Run("INSERT INTO tags(id, name) VALUES ('t', 'ui')");
  Run("INSERT INTO projects(id, name) VALUES ('x', 'p')");
  Run("INSERT INTO stories(id, title) VALUES ('x', 's')");
  Run("INSERT INTO entity_tags(entity_type, entity_id, tag_id) VALUES ('project', 'x', 't'), "
      "('story', 'x', 't')");
  Run("DELETE FROM projects");
  EXPECT_EQ(CountOf("entity_tags", Object{{"entity_type", Value("story")}}), 1);
  EXPECT_EQ(CountOf("entity_tags"), 1);
}

TEST_F(SchemaTest, OwnersShareAFileButKeepItOnceEach) {
  Run("INSERT INTO users(id) VALUES ('a'), ('b')");
  Run("INSERT INTO documents(id, owner_id, content_hash) VALUES ('1', 'a', 'h'), ('2', 'b', 'h'), "
      "('3', NULL, 'h')");
  EXPECT_FALSE(
      database_->Execute("INSERT INTO documents(id, owner_id, content_hash) VALUES ('4', 'a', 'h')")
          .ok());
  EXPECT_FALSE(
      database_->Execute("INSERT INTO documents(id, content_hash) VALUES ('5', 'h')").ok());
}

TEST_F(SchemaTest, AStorysCreatorMayBeDeleted) {
  Run("INSERT INTO users(id) VALUES ('u')");
  Run("INSERT INTO projects(id, name) VALUES ('p', 'p')");
  Run("INSERT INTO stories(id, title, project_id, created_by) VALUES ('s', 's', 'p', 'u')");
  Run("DELETE FROM users");
  EXPECT_EQ(CountOf("stories", Object{{"created_by", Value()}}), 1);
}

TEST_F(SchemaTest, SelectionFallsThroughThreeTiers) {
  Run("INSERT INTO users(id) VALUES ('u')");
  Run("INSERT INTO conversations(id, user_id) VALUES ('c', 'u')");
  Run("INSERT INTO documents(id, is_deleted) VALUES ('1', 0), ('2', 0), ('3', 0), ('gone', 1)");
  Run("INSERT INTO user_document_defaults(user_id, document_id, enabled, updated_at) VALUES ('u', "
      "'2', 0, 1), ('u', '3', 0, 1)");
  Run("INSERT INTO conversation_document_overrides(conversation_id, document_id, enabled, "
      "updated_at) VALUES ('c', '3', 1, 1)");
  const Result<Value> tiers = database_->QueryValue(
      "SELECT group_concat(document_id || enabled || tier) FROM (SELECT * FROM "
      "v_effective_documents ORDER BY "
      "document_id)");
  ASSERT_TRUE(tiers.ok()) << tiers.status().message();
  EXPECT_EQ(*tiers, Value("11global,20user,31conversation"));
}

TEST_F(SchemaTest, CountsOfActivityAreNotMultiplied) {
  Run("INSERT INTO users(id, first_name) VALUES ('u', 'Ada')");
  Run("INSERT INTO stories(id, title, created_by, created_at) SELECT 's' || value, 's', 'u', "
      "unixepoch('now') * 1000000 "
      "FROM json_each('[1,2,3]')");
  Run("INSERT INTO ai_requests(id, kind, user_id, prompt_text, created_at) SELECT 'r' || value, "
      "'query', 'u', 'p', "
      "unixepoch('now') * 1000000 FROM json_each('[1,2,3,4]')");
  EXPECT_EQ(Number("SELECT stories_this_week * 100 + requests_this_week FROM v_user_activity"),
            304);
  EXPECT_EQ(Number("SELECT count(*) FROM v_project_stories WHERE creator_name = 'Ada' AND "
                   "priority_rank = 5"),
            3);
}

TEST_F(SchemaTest, DeletingAParentScansNoTable) {
  Result<Statement> keys = database_->Prepare(
      "SELECT m.name || '.' || f.\"from\" FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) "
      "AS f WHERE m.type = "
      "'table' AND f.\"table\" <> 'systems' AND NOT EXISTS (SELECT 1 FROM "
      "pragma_index_list(m.name) AS l, "
      "pragma_index_info(l.name) AS i WHERE i.seqno = 0 AND i.name = f.\"from\")");
  ASSERT_TRUE(keys.ok()) << keys.status().message();
  while (*keys->Step()) ADD_FAILURE() << keys->Text(0) << " has no index";
}

TEST_F(SchemaTest, DownAndUpAgainGivesTheSameSchema) {
  const std::string dump =
      "SELECT group_concat(type || name || sql, char(10)) FROM (SELECT * FROM sqlite_schema "
      "WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name)";
  const Value before = *database_->QueryValue(dump);
  Run("INSERT INTO users(id) VALUES ('u')");
  Run("INSERT INTO documents(id, owner_id, filename) VALUES ('d', 'u', 'f')");
  Migrator migrator(*database_, EmbeddedMigrations(), clock_);
  const auto down = migrator.Migrate(0);
  ASSERT_TRUE(down.ok()) << down.status().message();
  EXPECT_EQ(Number("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"), 0);
  const auto up = migrator.Migrate(migrator.latest());
  ASSERT_TRUE(up.ok()) << up.status().message();
  EXPECT_EQ(*database_->QueryValue(dump), before);
  EXPECT_EQ(CountOf("users"), 0);
  EXPECT_EQ(CountOf("systems"), 6);
}

}  // namespace
}  // namespace archivolt
