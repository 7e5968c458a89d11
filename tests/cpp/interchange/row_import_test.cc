// What an import does with rows: found again by their key, judged one by one, kept as they are.
#include "interchange/row_import.h"

#include <limits>

#include "import_fixture.h"

namespace archivolt {
namespace {

const Array kUser{"id", "origin", "username"};
const Array kTask{"id", "origin", "story_id", "title", "position"};

Array User(const char* id, const Value& name) { return {id, "archi", name}; }

TEST_F(ImportTest, CountsWhatWasAddedUpdatedUnchangedAndRejected) {
  EXPECT_EQ(Written("users", kUser, {}), "0/0/0/0");
  EXPECT_EQ(Written("users", kUser, {User("a", "Ann"), User("b", "Ben"), User("c", "Cy")}),
            "3/0/0/0");
  const auto again =
      Write("users", kUser, {User("a", "Ann"), User("b", "Bob"), User("d", "Dee"), User("e", 5)});
  EXPECT_EQ(Counts(again), "1/1/1/1");
  const Array& reject = again->AsObject().Find("rejects")->AsArray()[0].AsArray();
  EXPECT_EQ(reject[0], Value(3));
  EXPECT_NE(reject[1].AsString().find("username"), std::string::npos) << reject[1].AsString();
  EXPECT_EQ(Cell("SELECT group_concat(id || '=' || username, ' ' ORDER BY id) FROM users"),
            "a=Ann b=Bob c=Cy d=Dee");
}

TEST_F(ImportTest, TheSameBatchTwiceChangesNothing) {
  Array rows;
  for (int i = 0; i < 300; ++i) {
    rows.push_back(User(("u" + std::to_string(i)).c_str(), "name " + std::to_string(i)));
  }
  EXPECT_EQ(Written("users", kUser, rows), "300/0/0/0");
  const std::string before = Cell("SELECT group_concat(pk || id || username) FROM users");
  const int64_t changes = side_.database->total_changes();
  EXPECT_EQ(Written("users", kUser, rows), "0/0/300/0");
  EXPECT_EQ(side_.database->total_changes(), changes);
  EXPECT_EQ(Cell("SELECT group_concat(pk || id || username) FROM users"), before);
}

TEST_F(ImportTest, AKeyTwiceInOneBatchIsOneRowAndTheLastWins) {
  EXPECT_EQ(Written("users", kUser,
                    {User("a", "first"), User("b", "b"), User("a", "first"), User("a", "last")}),
            "2/1/1/0");
  EXPECT_EQ(Cell("SELECT username FROM users WHERE id = 'a'"), "last");
  // The index follows as well, whenever it is written.
  EXPECT_OK(side_.database->Execute("INSERT INTO conversations(id, origin) VALUES ('c', 'archi')"));
  const Array columns{"id", "origin", "conversation_id", "role", "content"};
  const auto message = [](const char* id, const char* text) {
    return Array{id, "archi", "c", "user", text};
  };
  EXPECT_EQ(Written("messages", columns,
                    {message("m", "firstword"), message("n", "other"), message("m", "lastword")}),
            "2/1/0/0");
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'firstword'"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'lastword'"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue WHERE kind = 'messages'"), 2);
  EXPECT_OK(FullTextIsSound(*side_.database));
}

TEST_F(ImportTest, ARowThatDoesNotFitIsRejectedAloneWithItsReason) {
  ASSERT_EQ(Written("users", kUser, {User("owner", "Owner"), User("taken", "Taken")}), "2/0/0/0");
  const Array columns{"id",     "origin", "username", "email",
                      "status", "extra",  "is_admin", "created_at"};
  const auto row = [](Array values) {
    values.resize(8);
    if (values[6].is_null()) values[6] = false;
    return Value(values);
  };
  const struct {
    const char* what;
    Value row;
    const char* reason;
  } kWrong[] = {
      {"a type", row({"x", "gemini_ea", Array{1}}), "username"},
      {"a required value", row({nullptr, "gemini_ea", "x"}), "id"},
      {"an empty id", row({"", "gemini_ea", "x"}), "id"},
      {"an id that is too long", row({std::string(201, 'x'), "gemini_ea", "x"}), "id"},
      {"text that is no UTF-8", row({"x", "gemini_ea", "\xC3"}), "username"},
      {"half a surrogate pair", row({"x", "gemini_ea", "\xED\xA0\x80"}), "username"},
      {"a value of a list", row({"x", "gemini_ea", "x", nullptr, "asleep"}), "status"},
      {"JSON", row({"x", "gemini_ea", "x", nullptr, nullptr, "{\"a\":"}), "JSON"},
      {"JSON that is not text", row({"x", "gemini_ea", "x", nullptr, nullptr, Object{}}), "extra"},
      {"a boolean", row({"x", "gemini_ea", "x", nullptr, nullptr, nullptr, 2}), "is_admin"},
      {"a time", row({"x", "gemini_ea", "x", nullptr, nullptr, nullptr, false, "yesterday"}),
       "created_at"},
      {"a reference", row({"x", "nowhere", "x"}), "origin"},
      {"a unique value", row({"x", "gemini_ea", "x", "taken@example.org"}), "email"},
      {"a rule that its system promised", row({"x", "gemini_ea", "x", "no address"}), "email"},
  };
  Array rows{row({"t", "gemini_ea", "t", "taken@example.org"})};
  for (const auto& wrong : kWrong) rows.push_back(wrong.row);
  rows.push_back(row({"z", "gemini_ea", "z", "z@example.org"}));
  const auto report = Write("users", columns, rows);
  ASSERT_EQ(Counts(report), "2/0/0/" + std::to_string(std::size(kWrong)));
  const Array& rejects = report->AsObject().Find("rejects")->AsArray();
  for (size_t i = 0; i < rejects.size(); ++i) {
    EXPECT_EQ(rejects[i].AsArray()[0], Value(static_cast<int64_t>(i) + 1)) << kWrong[i].what;
    const std::string& reason = rejects[i].AsArray()[1].AsString();
    EXPECT_NE(reason.find(kWrong[i].reason), std::string::npos) << kWrong[i].what << ": " << reason;
  }
  EXPECT_EQ(Cell("SELECT group_concat(id, ' ' ORDER BY id) FROM users"), "owner t taken z");
  EXPECT_OK(FullTextIsSound(*side_.database));
  EXPECT_EQ(Cell("PRAGMA integrity_check"), "ok");
}

TEST_F(ImportTest, ManyRowsTogetherReachTheIndexesAndTheQueueAsOneByOne) {
  ASSERT_OK(side_.database->Execute("INSERT INTO conversations(id, origin) VALUES ('c', 'archi')"));
  const Array columns{"id", "origin", "conversation_id", "role", "content"};
  const auto batch = [](int from) {
    Array rows;
    for (int i = from; i < from + 50; ++i) {
      const std::string number = std::to_string(i);
      // Some are of no conversation, and some come twice.
      rows.push_back(Array{"m" + std::to_string(i % 47), "archi", i % 10 == 3 ? "none" : "c",
                           "user", "word" + number + " common"});
    }
    return rows;
  };
  EXPECT_EQ(Written("messages", columns, batch(0)), "42/3/0/5");
  ASSERT_OK(side_.database->Execute("DELETE FROM messages WHERE id = 'm46'"));
  EXPECT_EQ(Written("messages", columns, batch(1000)), "5/40/0/5");
  EXPECT_EQ(Count("SELECT count(*) FROM messages"), 46);
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'common'"), 46);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue WHERE kind = 'messages' AND row_pk IN "
                  "(SELECT pk FROM messages)"),
            46);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 46);
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log WHERE resource_type = 'messages' AND action = "
                  "'insert'"),
            0);
  EXPECT_OK(FullTextIsSound(*side_.database));
}

TEST_F(ImportTest, WhatAnotherProgramMadeATriggerForIsDoneForEachRowOfABatch) {
  ASSERT_OK(side_.database->Execute(
      "INSERT INTO conversations(id, origin) VALUES ('c', 'archi'); CREATE TABLE theirs(id);"
      "CREATE TRIGGER theirs_ai AFTER INSERT ON messages BEGIN INSERT INTO theirs SELECT id FROM "
      "messages WHERE pk = NEW.pk; END"));
  Array rows;
  for (int i = 0; i < 20; ++i)
    rows.push_back(Array{"m" + std::to_string(i), "archi", "c", "user", "common"});
  EXPECT_EQ(Written("messages", {"id", "origin", "conversation_id", "role", "content"}, rows),
            "20/0/0/0");
  EXPECT_EQ(Count("SELECT count(DISTINCT id) FROM theirs"), 20);
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'common'"), 20);
}

TEST_F(ImportTest, ATableThatHasReachedTheLargestNumberTakesMoreRows) {
  ASSERT_OK(side_.database->Execute(
      "INSERT INTO conversations(id, origin) VALUES ('c', 'archi'); INSERT INTO messages(pk, id, "
      "origin, conversation_id, role, content) VALUES (9223372036854775807, 'last', 'archi', 'c', "
      "'user', 'common')"));
  Array rows;
  for (int i = 0; i < 20; ++i)
    rows.push_back(Array{"m" + std::to_string(i), "archi", "c", "user", "common"});
  EXPECT_EQ(Written("messages", {"id", "origin", "conversation_id", "role", "content"}, rows),
            "20/0/0/0");
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'common'"), 21);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 21);
  EXPECT_OK(FullTextIsSound(*side_.database));
}

TEST_F(ImportTest, ARuleHoldsForTheSystemsThatPromisedIt) {
  const Array columns{"id", "origin", "title", "story_points"};
  EXPECT_EQ(Written("stories", columns,
                    {Array{"a", "autodevhub", "a", 22}, Array{"b", "gemini_ea", "b", 22},
                     Array{"c", "autodevhub", " ", 1}, Array{"d", "gemini_ea", " ", 1}}),
            "2/0/0/2");
  // What is rejected as a change leaves the row as it was.
  EXPECT_EQ(Written("stories", columns, One(Array{"b", "autodevhub", "b", 23})), "0/0/0/1");
  EXPECT_EQ(Count("SELECT story_points FROM stories WHERE id = 'b'"), 22);
  // And nothing of it is in the indexes.
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 2);
  EXPECT_OK(FullTextIsSound(*side_.database));
}

TEST_F(ImportTest, ARowMayReferToAnEarlierOneOfItsBatchButNotToALaterOne) {
  ASSERT_EQ(Written("stories", {"id", "origin", "title"}, One(Array{"s", "gemini_ea", "s"})),
            "1/0/0/0");
  const Array columns{"story_id", "depends_on_ref", "depends_on_id"};
  EXPECT_EQ(Written("stories", {"id", "origin", "title"},
                    {Array{"t", "gemini_ea", "t"}, Array{"u", "gemini_ea", "u"}}),
            "2/0/0/0");
  EXPECT_EQ(Written("story_dependencies", columns,
                    {Array{"s", "t", "t"}, Array{"t", "u", "u"}, Array{"t", "gone", "gone"}}),
            "2/0/0/1");
  EXPECT_EQ(Count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST_F(ImportTest, NothingIsCorrectedDerivedOrRecorded) {
  const Array columns{"id", "origin", "title", "status"};
  ASSERT_EQ(Written("stories", columns, One(Array{"s", "local", "  blanks  ", "done"})), "1/0/0/0");
  EXPECT_EQ(Cell("SELECT title FROM stories"), "  blanks  ");
  EXPECT_EQ(Cell("SELECT completed_at FROM stories"), "NULL");
  EXPECT_EQ(Cell("SELECT created_at FROM stories"), "NULL");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), 0);
  EXPECT_TRUE(side_.audit.records());
  EXPECT_FALSE(side_.audit.imports());
  // The same row by the records is: the guards are there.
  ASSERT_TRUE(
      side_.records
          ->Insert("stories", Object{{"id", "r"}, {"title", "  blanks  "}, {"status", "done"}})
          .ok());
  EXPECT_EQ(Cell("SELECT title FROM stories WHERE id = 'r'"), "blanks");
  EXPECT_NE(Cell("SELECT completed_at FROM stories WHERE id = 'r'"), "NULL");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), 1);
}

TEST_F(ImportTest, TheAuditTrailIsHeardAgainAfterAFailure) {
  EXPECT_EQ(Written("users", kUser, One(User("a", 1))), "0/0/0/1");
  EXPECT_EQ(Written("users", kUser, One(Array{"a"})), "INVALID_ARGUMENT");
  EXPECT_TRUE(side_.audit.records());
  EXPECT_FALSE(side_.audit.imports());
  ASSERT_TRUE(side_.records->Insert("users", Object{{"username", "x"}}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), 1);
  {
    const AuditContext::Silence silence(side_.audit);
    EXPECT_EQ(Written("users", kUser, One(User("b", "b"))), "1/0/0/0");
    EXPECT_FALSE(side_.audit.records());
  }
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), 1);
}

TEST_F(ImportTest, AKeyOfSeveralColumns) {
  ASSERT_OK(side_.database->Execute("INSERT INTO conversations(id) VALUES ('c'), ('d')"));
  const Array columns{"conversation_id", "field", "value", "updated_at"};
  const auto row = [](const char* id, const char* field, const char* value) {
    return Array{id, field, value, nullptr};
  };
  EXPECT_EQ(Written("conversation_settings", columns,
                    {row("c", "top_p", "0.5"), row("c", "top_k", "1"), row("d", "top_p", "0.5")}),
            "3/0/0/0");
  EXPECT_EQ(Written("conversation_settings", columns,
                    {row("c", "top_p", "0.6"), row("d", "top_p", "0.5"), row("d", "top_k", "1"),
                     row("d", "top_p", "7")}),
            "1/1/1/1");
  EXPECT_EQ(Cell("SELECT group_concat(conversation_id || field || value, ' ' ORDER BY 1) FROM "
                 "(SELECT * FROM conversation_settings ORDER BY conversation_id, field)"),
            "ctop_k1 ctop_p0.6 dtop_k1 dtop_p0.5");
  EXPECT_EQ(Written("conversation_settings", {"conversation_id", "value"}, One(Array{"c", "1"})),
            "INVALID_ARGUMENT");
}

TEST_F(ImportTest, ARowThatIsAllKeyIsThereOrNot) {
  ASSERT_EQ(Written("users", kUser, One(User("u", "u"))), "1/0/0/0");
  ASSERT_OK(side_.database->Execute("INSERT INTO teams(id, name) VALUES ('t', 't')"));
  const Array columns{"user_id", "team_id"};
  EXPECT_EQ(Written("user_teams", columns, {Array{"u", "t"}, Array{"u", "t"}, Array{"u", "v"}}),
            "1/0/1/1");
}

TEST_F(ImportTest, RowsOfAnAppendOnlyTableAreNeverChanged) {
  const Array columns{"id", "origin", "action"};
  EXPECT_EQ(Written("audit_log", columns, One(Array{"e", "archi", "login"})), "1/0/0/0");
  EXPECT_EQ(
      Written("audit_log", columns, {Array{"e", "archi", "forged"}, Array{"f", "archi", "logout"}}),
      "1/0/1/0");
  EXPECT_EQ(Cell("SELECT action FROM audit_log WHERE id = 'e'"), "login");
}

TEST_F(ImportTest, JsonIsKeptAsItWasWritten) {
  const Array columns{"id", "origin", "extra", "tags"};
  const Array names{"id", "origin", "name", "settings", "tags"};
  const std::string kTexts[] = {"{ \"b\" : 1 ,\t\"a\":[ ] }",
                                "{\"a\":1,\"a\":2}",
                                "1.0",
                                "1e2",
                                "12345678901234567890",
                                "\"\\u00e4\\ud83d\\ude00\"",
                                "\"\xC3\xA4\xF0\x9F\x98\x80\"",
                                "null",
                                "  []"};
  Array rows;
  for (const std::string& text : kTexts) {
    rows.push_back(Array{"p" + std::to_string(rows.size()), "gemini_ea", "n", text, " [ 1 ] "});
  }
  const auto report = Write("projects", names, rows);
  ASSERT_EQ(Counts(report), "9/0/0/0")
      << (report.ok() && !report->AsObject().Find("rejects")->AsArray().empty()
              ? report->AsObject().Find("rejects")->AsArray()[0].AsArray()[1].AsString()
              : "");
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    EXPECT_EQ(Cell("SELECT settings FROM projects WHERE id = 'p" + std::to_string(i) + "'"),
              kTexts[i]);
  }
  EXPECT_EQ(Cell("SELECT tags FROM projects WHERE id = 'p0'"), " [ 1 ] ");
  EXPECT_EQ(Written("projects", names, rows), "0/0/9/0");
  // Another spelling is another text.
  rows[0].AsArray()[3] = "{\"b\":1,\"a\":[]}";
  EXPECT_EQ(Written("projects", names, rows), "0/1/8/0");
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(Written("projects", names,
                    {Array{"x", "gemini_ea", "n", deep, nullptr},
                     Array{"y", "gemini_ea", "n", nullptr, "{}"},
                     Array{"z", "gemini_ea", "n", "{'a':1}", nullptr},
                     Array{"n", "gemini_ea", "n", "\"\\u0000\"", nullptr}}),
            "0/0/0/4");
}

TEST_F(ImportTest, DefaultsAreForNewRowsAlone) {
  const Object defaults{{"display_name", "new"}, {"created_at", "2026-01-30T10:00:00.000Z"}};
  EXPECT_EQ(Written("users", kUser, One(User("a", "a")), defaults), "1/0/0/0");
  EXPECT_EQ(Cell("SELECT display_name || created_at FROM users"), "new1769767200000000");
  ASSERT_OK(side_.database->Execute("UPDATE users SET display_name = 'set'"));
  EXPECT_EQ(Written("users", kUser, {User("a", "a"), User("b", "b")}, defaults), "1/0/1/0");
  EXPECT_EQ(Written("users", kUser, One(User("a", "other")), defaults), "0/1/0/0");
  EXPECT_EQ(Cell("SELECT display_name FROM users WHERE id = 'a'"), "set");
  EXPECT_EQ(Cell("SELECT display_name FROM users WHERE id = 'b'"), "new");
}

TEST_F(ImportTest, WhatIsNoBatchIsRefusedAsAWhole) {
  for (const char* table : {"", "nope", "vector_points", "vector_collections", "sqlite_schema",
                            "users\"", "messages_fts"}) {
    EXPECT_EQ(Written(table, {"id"}, {}), "INVALID_ARGUMENT") << table;
  }
  const Array kColumns[] = {{"id", "pk"},
                            {"id", "nope"},
                            {"id", ""},
                            {"id", 5},
                            {"id", nullptr},
                            {"id", "rowid"},
                            {"username"},
                            {},
                            {"id", "username\" = 1 --"}};
  for (const Array& columns : kColumns) {
    EXPECT_EQ(Written("users", columns, {}), "INVALID_ARGUMENT");
  }
  const Array kRows[] = {{User("a", "a"), Array{"b"}},
                         {User("a", "a"), Value("b")},
                         {User("a", "a"), Array{"b", "archi", "b", "c"}},
                         {User("a", "a"), nullptr}};
  for (const Array& rows : kRows) {
    EXPECT_EQ(Written("users", kUser, rows), "INVALID_ARGUMENT");
    EXPECT_EQ(Count("SELECT count(*) FROM users"), 0);
  }
  EXPECT_EQ(Written("users", kUser, {}, Object{{"nope", 1}}), "INVALID_ARGUMENT");
  EXPECT_EQ(Written("users", kUser, {}, Object{{"created_at", "never"}}), "INVALID_ARGUMENT");
}

TEST_F(ImportTest, ValuesAreDataWhateverTheyLookLike) {
  const std::string kTexts[] = {"'; DROP TABLE users; --",
                                "\" OR 1=1",
                                "?1",
                                "NULL",
                                "",
                                "\\",
                                "\r\n",
                                "e\xCC\x81\xE2\x80\xAE",
                                std::string(100'000, 'x')};
  Array rows;
  for (const std::string& text : kTexts) {
    rows.push_back(Array{"i" + std::to_string(rows.size()), "archi", text});
  }
  EXPECT_EQ(Written("users", {"id", "origin", "bio"}, rows), "9/0/0/0");
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    EXPECT_EQ(Cell("SELECT bio FROM users WHERE id = 'i" + std::to_string(i) + "'"), kTexts[i]);
  }
  // An id is compared by its bytes.
  EXPECT_EQ(Written("users", kUser,
                    {User("\xC3\xA9", "one"), User("e\xCC\x81", "two"), User("I0", "three")}),
            "3/0/0/0");
}

TEST_F(ImportTest, ExtremeNumbersComeBack) {
  const Array columns{"id", "origin", "title", "position", "story_id", "estimate_hours"};
  ASSERT_EQ(Written("stories", {"id", "origin", "title"}, One(Array{"s", "archi", "s"})),
            "1/0/0/0");
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(
      Written("tasks", columns,
              {Array{"a", "archi", "a", kLeast, "s", 1e308},
               Array{"b", "archi", "b", kMost, "s", -0.0}, Array{"c", "archi", "c", 1.5, "s", 1},
               Array{"d", "archi", "d", 1, "s", std::numeric_limits<double>::quiet_NaN()}}),
      "2/0/0/2");
  EXPECT_EQ(Count("SELECT position FROM tasks WHERE id = 'a'"), kLeast);
  EXPECT_EQ(Count("SELECT position FROM tasks WHERE id = 'b'"), kMost);
}

TEST_F(ImportTest, CodeGetsItsIdentifiersAndTheIndexHasThem) {
  const Array columns{"id", "origin", "title", "code_content"};
  EXPECT_EQ(Written("code_examples", columns,
                    {Array{"a", "softarchitect", "Title", "BODY one"},
                     Array{"b", "softarchitect", "Other", "BODY two"}}),
            "2/0/0/0");
  EXPECT_EQ(Cell("SELECT identifiers FROM code_examples WHERE id = 'a'"), "title body one");
  EXPECT_EQ(Count("SELECT count(*) FROM code_examples_fts WHERE code_examples_fts MATCH "
                  "'identifiers: body'"),
            2);
  EXPECT_EQ(
      Written("code_examples", columns, One(Array{"a", "softarchitect", "Title", "BODY one"})),
      "0/0/1/0");
  EXPECT_OK(FullTextIsSound(*side_.database));

  // Other words when the code changes; blanks and other columns change none.
  EXPECT_EQ(Written("code_examples", columns,
                    {Array{"a", "softarchitect", "Title", "NEWER one"},
                     Array{"b", "softarchitect", " Other ", "BODY two"}}),
            "0/2/0/0");
  EXPECT_EQ(Cell("SELECT identifiers FROM code_examples WHERE id = 'a'"), "title newer one");
  EXPECT_OK(FullTextIsSound(*side_.database));
  EXPECT_EQ(Written("code_examples", {"id", "title", "description", "updated_at"},
                    {Array{"a", "Renamed", nullptr, nullptr},
                     Array{"b", "Other", "said", "2026-01-01T00:00:00Z"}}),
            "0/2/0/0");
  EXPECT_EQ(Cell("SELECT identifiers FROM code_examples WHERE id = 'a'"), "renamed newer one");
  EXPECT_EQ(Count("SELECT count(*) FROM code_examples_fts WHERE code_examples_fts MATCH "
                  "'identifiers: newer'"),
            1);
  EXPECT_OK(FullTextIsSound(*side_.database));
}

TEST_F(ImportTest, FinishSaysWhatRowsOfTheOriginSayOfOneAnother) {
  ASSERT_OK(side_.database->Execute(
      "INSERT INTO conversations(id, origin, created_at, last_message_at) VALUES ('c', 'archi', 5, "
      "NULL), ('kept', 'archi', 5, 77), ('empty', 'archi', 5, NULL), ('mine', 'socrates', 5, "
      "NULL)"));
  const Array message{"id", "origin", "conversation_id", "role", "content", "created_at"};
  const auto at = [](const char* id, const char* conversation, const char* time) {
    return Array{id, "archi", conversation, "user", "x", time};
  };
  ASSERT_EQ(
      Written("messages", message,
              {at("m", "c", "2026-01-01T00:00:02Z"), at("n", "c", "2026-01-01T00:00:01Z"),
               at("o", "kept", "2026-01-01T00:00:01Z"), at("p", "mine", "2026-01-01T00:00:01Z")}),
      "4/0/0/0");
  EXPECT_EQ(Cell("SELECT last_message_at FROM conversations WHERE id = 'c'"), "NULL");
  ASSERT_EQ(Written("documents", {"id", "origin", "chunks_count"},
                    {Array{"d", "archi", nullptr}, Array{"told", "archi", 9},
                     Array{"none", "archi", nullptr}}),
            "3/0/0/0");
  const Array chunk{"id", "origin", "document_id", "chunk_index", "chunk_text"};
  ASSERT_EQ(Written("document_chunks", chunk,
                    {Array{"x", "archi", "d", 0, "x"}, Array{"y", "archi", "d", 1, "y"},
                     Array{"z", "archi", "told", 0, "z"}}),
            "3/0/0/0");
  ASSERT_EQ(Written("stories", {"id", "origin", "origin_id", "title"},
                    {Array{"s", "archi", "S-1", "s"}, Array{"t", "archi", "S-2", "t"},
                     Array{"u", "socrates", "S-3", "u"}}),
            "3/0/0/0");
  ASSERT_EQ(Written("story_dependencies", {"story_id", "depends_on_ref"},
                    {Array{"s", "S-2"}, Array{"t", "S-3"}, Array{"t", "gone"}}),
            "3/0/0/0");
  const int64_t recorded = Count("SELECT count(*) FROM audit_log");
  ASSERT_OK(side_.import->Finish("archi"));
  EXPECT_EQ(Count("SELECT last_message_at FROM conversations WHERE id = 'c'"), 1767225602000000);
  EXPECT_EQ(Count("SELECT last_message_at FROM conversations WHERE id = 'kept'"), 77);
  EXPECT_EQ(Cell("SELECT last_message_at FROM conversations WHERE id = 'empty'"), "NULL");
  EXPECT_EQ(Cell("SELECT last_message_at FROM conversations WHERE id = 'mine'"), "NULL");
  EXPECT_EQ(Count("SELECT chunks_count FROM documents WHERE id = 'd'"), 2);
  EXPECT_EQ(Count("SELECT chunks_count FROM documents WHERE id = 'told'"), 9);
  EXPECT_EQ(Cell("SELECT chunks_count FROM documents WHERE id = 'none'"), "NULL");
  EXPECT_EQ(Cell("SELECT group_concat(depends_on_id) FROM story_dependencies"), "t");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), recorded);
  // Nobody's rows, and a name that is no system.
  EXPECT_OK(side_.import->Finish(""));
  EXPECT_OK(side_.import->Finish("'; DROP TABLE stories; --"));
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 3);
}

TEST_F(ImportTest, RolledBackNothingIsLeft) {
  const Array columns{"id", "origin", "title"};
  Array rows;
  for (int i = 0; i < 50; ++i) {
    rows.push_back(Array{"s" + std::to_string(i), "archi", "searchable " + std::to_string(i)});
  }
  {
    auto transaction = Transaction::Begin(*side_.database);
    ASSERT_TRUE(transaction.ok());
    const auto report = WriteRows(*side_.import, "stories", columns, rows);
    EXPECT_EQ(Counts(report), "50/0/0/0");
    EXPECT_OK(transaction->Rollback());
  }
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM stories_fts WHERE stories_fts MATCH 'searchable'"), 0);
  EXPECT_OK(FullTextIsSound(*side_.database));
  // And the schema's triggers work for everybody else.
  ASSERT_TRUE(side_.records->Insert("stories", Object{{"title", "searchable"}}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM stories_fts WHERE stories_fts MATCH 'searchable'"), 1);
  EXPECT_EQ(Written("stories", columns, rows), "50/0/0/0");
  ASSERT_TRUE(side_.records->Insert("stories", Object{{"title", "searchable"}}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM stories_fts WHERE stories_fts MATCH 'searchable'"), 52);
}

TEST_F(ImportTest, ACancelledOneLeavesNothingAndTheNextWorks) {
  const Array columns{"id", "origin", "title"};
  Array rows;
  for (int i = 0; i < 2000; ++i) {
    rows.push_back(Array{"s" + std::to_string(i), "archi", "searchable " + std::to_string(i)});
  }
  int asked = 0;
  side_.database->SetInterruptCheck([&asked] { return ++asked > 20; });
  EXPECT_EQ(Written("stories", columns, rows), "CANCELLED");
  EXPECT_GT(asked, 20);
  side_.database->SetInterruptCheck(nullptr);
  EXPECT_FALSE(side_.database->in_transaction());
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 0);
  EXPECT_OK(FullTextIsSound(*side_.database));
  EXPECT_TRUE(side_.audit.records());
  EXPECT_EQ(Written("stories", columns, rows), "2000/0/0/0");
  ASSERT_TRUE(side_.records->Insert("stories", Object{{"title", "searchable"}}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM stories_fts WHERE stories_fts MATCH 'searchable'"), 2001);
}

}  // namespace
}  // namespace archivolt
