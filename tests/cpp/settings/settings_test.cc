#include "settings/settings.h"

#include <set>

#include "codec/json.h"
#include "records/records_fixture.h"
#include "settings/tiers.h"

namespace archivolt {
namespace {

class SettingsTest : public RecordsTest {
 protected:
  void SetUp() override {
    RecordsTest::SetUp();
    settings_ = std::make_unique<SettingsService>(*database_, clock_, *store_, audit_);
    user_ = User("ann");
    conversation_ = InsertedId("conversations", Object{{"user_id", user_}});
  }

  SettingsLevel OfUser() const { return {Tier::kUser, user_}; }
  SettingsLevel OfConversation() const { return {Tier::kConversation, conversation_}; }
  static SettingsLevel Dynamic() { return {Tier::kDynamic, ""}; }
  static SettingsLevel Static() { return {Tier::kStatic, ""}; }

  void Set(const SettingsLevel& level, const Object& values) {
    const Status status = settings_->Set(level, values, "");
    EXPECT_TRUE(status.ok()) << status.message();
  }

  /// "source:value" of one setting.
  std::string Resolved(std::string_view name, const std::optional<std::string>& user = {},
                       const std::optional<std::string>& conversation = {}) {
    const Result<Value> all = settings_->Resolve(user, conversation);
    EXPECT_TRUE(all.ok()) << all.status().message();
    if (!all.ok()) return "";
    const Value* entry = all->AsObject().Find(name);
    if (entry == nullptr) return "missing";
    return entry->AsObject().Find("source")->AsString() + ":" +
           *WriteJson(*entry->AsObject().Find("value"));
  }

  void ExpectRefusal(const SettingsLevel& level, const Object& values, std::string_view argument,
                     std::string_view rule) {
    const Status status = settings_->Set(level, values, "");
    EXPECT_EQ(ErrorCodeName(status.code()), "INVALID_ARGUMENT") << argument << " " << rule;
    EXPECT_EQ(TextDetail(status, "argument"), argument) << status.message();
    EXPECT_EQ(TextDetail(status, "rule"), rule) << status.message();
  }

  AuditContext audit_;
  std::unique_ptr<SettingsService> settings_;
  std::string user_;
  std::string conversation_;
};

TEST_F(SettingsTest, TheTableIsConsistentWithTheSchema) {
  std::set<std::string_view> names;
  std::set<std::pair<Tier, std::string_view>> places;
  for (const Setting& setting : AllSettings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    const Result<Value> fallback = ParseJson(setting.fallback);
    ASSERT_TRUE(fallback.ok()) << setting.name;
    EXPECT_TRUE(fallback->is_null() || CheckSetting(setting, *fallback).ok()) << setting.name;
    for (const auto& [tier, table] :
         {std::pair(Tier::kUser, "user_preferences"), std::pair(Tier::kDynamic, "dynamic_config"),
          std::pair(Tier::kStatic, "static_config")}) {
      const std::string_view column = setting.At(tier);
      if (column.empty()) continue;
      EXPECT_NE(FindTable(table)->Find(column), nullptr) << table << "." << column;
      EXPECT_TRUE(places.emplace(tier, column).second) << table << "." << column;
      EXPECT_EQ(FindSetting(tier, column), &setting) << table << "." << column;
    }
  }
  // And the other way round: no column of the three tables is forgotten.
  const std::set<std::string_view> bookkeeping = {
      "origin", "origin_id", "user_id", "created_at", "updated_at", "updated_by", "extra"};
  for (const auto& [tier, table] :
       {std::pair(Tier::kUser, "user_preferences"), std::pair(Tier::kDynamic, "dynamic_config"),
        std::pair(Tier::kStatic, "static_config")}) {
    for (const Column& column : FindTable(table)->columns) {
      if (bookkeeping.contains(column.name)) continue;
      EXPECT_TRUE(places.contains({tier, column.name})) << table << "." << column.name;
    }
  }
}

TEST_F(SettingsTest, DefaultsUntilSomebodySaysOtherwise) {
  EXPECT_EQ(Resolved("temperature"), "default:0.7");
  EXPECT_EQ(Resolved("max_tokens"), "default:4096");
  EXPECT_EQ(Resolved("model"), "default:\"openai/gpt-4o\"");
  EXPECT_EQ(Resolved("system_prompt"), "default:null");
  EXPECT_EQ(Resolved("use_hybrid_search"), "default:true");
  EXPECT_EQ(Resolved("bm25_weight"), "default:0.3");
  EXPECT_EQ(Resolved("semantic_weight"), "default:0.7");
  EXPECT_EQ(Resolved("chunk_size"), "default:1000");
  EXPECT_EQ(Resolved("available_models"), "default:[]");
  EXPECT_EQ(CountOf("dynamic_config"), 0) << "reading makes no rows";
  EXPECT_EQ(CountOf("static_config"), 0);
}

TEST_F(SettingsTest, TheNarrowestTierWins) {
  Set(Dynamic(), Object{{"temperature", 0.5}, {"active_model", "a"}});
  EXPECT_EQ(Resolved("temperature", user_, conversation_), "dynamic:0.5");
  Set(OfUser(), Object{{"temperature", 0.9}});
  EXPECT_EQ(Resolved("temperature", user_), "user:0.9");
  EXPECT_EQ(Resolved("temperature"), "dynamic:0.5");
  Set(OfConversation(), Object{{"temperature", 1.5}});
  EXPECT_EQ(Resolved("temperature", user_, conversation_), "conversation:1.5");
  EXPECT_EQ(Resolved("temperature", user_), "user:0.9");
  EXPECT_EQ(Resolved("model", user_, conversation_), "dynamic:\"a\"");
  // A conversation brings its user with it; another user may be named.
  Set(OfConversation(), Object{{"temperature", nullptr}});
  EXPECT_EQ(Resolved("temperature", {}, conversation_), "user:0.9");
  EXPECT_EQ(Resolved("temperature", User("ben"), conversation_), "dynamic:0.5");
  Set(OfUser(), Object{{"temperature", nullptr}});
  EXPECT_EQ(Resolved("temperature", user_), "dynamic:0.5");
  Set(Dynamic(), Object{{"temperature", nullptr}});
  EXPECT_EQ(Resolved("temperature", user_), "default:0.7");
}

TEST_F(SettingsTest, ZeroAndFalseAndTheEmptyTextAreValues) {
  Set(Dynamic(), Object{{"temperature", 1.0}, {"bm25_weight", 0.5}, {"verbosity", 5}});
  Set(Dynamic(), Object{{"bm25_weight", 0}, {"verbosity", 0}, {"use_hybrid_search", false}});
  EXPECT_EQ(Resolved("bm25_weight"), "dynamic:0.0");
  EXPECT_EQ(Resolved("verbosity"), "dynamic:0");
  EXPECT_EQ(Resolved("use_hybrid_search"), "dynamic:false");
  Set(OfUser(), Object{{"temperature", 0}, {"notifications_enabled", false}});
  EXPECT_EQ(Resolved("temperature", user_), "user:0.0");
  EXPECT_EQ(Resolved("notifications_enabled", user_), "user:false");
  Set(OfConversation(), Object{{"temperature", 0}, {"system_prompt", ""}, {"top_p", 0}});
  EXPECT_EQ(Resolved("temperature", user_, conversation_), "conversation:0");
  EXPECT_EQ(Resolved("system_prompt", user_, conversation_), "conversation:\"\"");
  EXPECT_EQ(Resolved("top_p", user_, conversation_), "conversation:0");
}

TEST_F(SettingsTest, WhatIsNotSetStaysUnsetWhenARowIsMade) {
  Set(Dynamic(), Object{{"temperature", 0.7}});
  EXPECT_EQ(Resolved("temperature"), "dynamic:0.7") << "set to what the default happens to be";
  EXPECT_EQ(Resolved("max_tokens"), "default:4096");
  Set(OfUser(), Object{{"theme", "dark"}});
  EXPECT_EQ(Resolved("temperature", user_), "dynamic:0.7");
  // A plain insert takes the defaults of the table, which are the documents' own.
  ASSERT_TRUE(database_->Execute("DELETE FROM dynamic_config").ok());
  Inserted("dynamic_config", Object{{"origin", "local"}});
  EXPECT_EQ(Resolved("max_tokens"), "dynamic:4096");
}

TEST_F(SettingsTest, EveryDocumentedNameIsUnderstood) {
  Set(Dynamic(), Object{{"num_documents_to_retrieve", 7}, {"active_chat_prompt", "brief"}});
  EXPECT_EQ(Resolved("num_documents"), "dynamic:7");
  EXPECT_EQ(Resolved("chat_prompt"), "dynamic:\"brief\"");
  Set(OfUser(), Object{{"preferred_num_documents", 3}, {"llm_model", "m"}, {"max_tokens", 10}});
  EXPECT_EQ(Resolved("num_documents", user_), "user:3");
  EXPECT_EQ(Resolved("model", user_), "user:\"m\"");
  // dynamic_config.system_prompt is a text, user_preferences.system_prompt the name of a prompt.
  Set(Dynamic(), Object{{"system_prompt", "You are an architect."}});
  Set(OfUser(), Object{{"system_prompt", "strict"}});
  EXPECT_EQ(Resolved("system_prompt", user_), "dynamic:\"You are an architect.\"");
  EXPECT_EQ(Resolved("active_system_prompt", user_), "user:\"strict\"");
  ExpectRefusal(OfUser(), Object{{"model", "a"}, {"preferred_model", "b"}}, "model", "twice");
}

TEST_F(SettingsTest, RangesAreChecked) {
  for (const Value& bad : {Value(-0.1), Value(2.1), Value(1e300)}) {
    ExpectRefusal(OfUser(), Object{{"temperature", bad}}, "temperature", "range");
    ExpectRefusal(OfConversation(), Object{{"temperature", bad}}, "temperature", "range");
    ExpectRefusal(Dynamic(), Object{{"temperature", bad}}, "temperature", "range");
  }
  for (const char* weight : {"bm25_weight", "semantic_weight", "top_p"}) {
    ExpectRefusal(Dynamic(), Object{{weight, 1.1}}, weight, "range");
    ExpectRefusal(Dynamic(), Object{{weight, -1}}, weight, "range");
  }
  for (const char* count : {"max_tokens", "top_k", "num_documents"}) {
    ExpectRefusal(OfUser(), Object{{count, 0}}, count, "range");
    ExpectRefusal(OfUser(), Object{{count, 1.5}}, count, "type");
    ExpectRefusal(OfUser(), Object{{count, "5"}}, count, "type");
  }
  ExpectRefusal(OfUser(), Object{{"theme", "pink"}}, "theme", "enum");
  ExpectRefusal(OfUser(), Object{{"language", "e"}}, "language", "length");
  ExpectRefusal(OfUser(), Object{{"auto_sync", 1}}, "auto_sync", "type");
  ExpectRefusal(OfUser(), Object{{"model", ""}}, "model", "length");
  ExpectRefusal(OfUser(), Object{{"model", std::string("a\0b", 3)}}, "model", "utf8");
  ExpectRefusal(OfUser(), Object{{"model", std::string(201, 'a')}}, "model", "length");
  ExpectRefusal(OfUser(), Object{{"model", Array{"a"}}}, "model", "type");
  ExpectRefusal(Static(), Object{{"available_models", Array{"a", 1}}}, "available_models", "type");
  ExpectRefusal(Static(), Object{{"distance_metric", "hamming"}}, "distance_metric", "enum");
  EXPECT_EQ(CountOf("user_preferences"), 0);
  EXPECT_EQ(CountOf("dynamic_config"), 0);
  EXPECT_EQ(CountOf("static_config"), 0);
}

TEST_F(SettingsTest, OneBadValueKeepsAllFromBeingWritten) {
  ExpectRefusal(OfUser(), Object{{"temperature", 1}, {"top_k", 0}}, "top_k", "range");
  ExpectRefusal(OfUser(), Object{{"temperature", 1}, {"tempratur", 1}}, "tempratur", "known");
  ExpectRefusal(OfUser(), Object{{"verbosity", 1}}, "verbosity", "level");
  ExpectRefusal(OfConversation(), Object{{"theme", "dark"}}, "theme", "level");
  ExpectRefusal(Dynamic(), Object{{"chunk_size", 500}}, "chunk_size", "level");
  EXPECT_EQ(Resolved("temperature", user_), "default:0.7");
  const Status status = settings_->Set(OfUser(), Object{{"nonsense", 1}}, "");
  EXPECT_NE(status.message().find("temperature"), std::string::npos) << "names what is known";
  EXPECT_EQ(settings_->Set({Tier::kUser, "nobody"}, Object{{"top_k", 1}}, "").code(),
            ErrorCode::NOT_FOUND);
  EXPECT_EQ(settings_->Set({Tier::kConversation, ""}, Object{{"top_k", 1}}, "").code(),
            ErrorCode::NOT_FOUND);
  EXPECT_EQ(settings_->Resolve(std::string("nobody"), {}).status().code(), ErrorCode::NOT_FOUND);
}

TEST_F(SettingsTest, ModelsAndPipelinesAreThoseThatAreListed) {
  Set(Static(), Object{{"available_models", Array{"a", "b"}}, {"available_pipelines", Array{"P"}}});
  EXPECT_EQ(Resolved("available_models"), "static:[\"a\",\"b\"]");
  for (const SettingsLevel& level : {Dynamic(), OfUser(), OfConversation()}) {
    ExpectRefusal(level, Object{{"model", "c"}}, "model", "listed");
    Set(level, Object{{"model", "b"}});
    Set(level, Object{{"model", nullptr}});
  }
  ExpectRefusal(Dynamic(), Object{{"active_pipeline", "Q"}}, "pipeline", "listed");
  Set(Dynamic(), Object{{"active_pipeline", "P"}});
  Set(Static(), Object{{"available_models", nullptr}});
  Set(Dynamic(), Object{{"model", "c"}});
}

TEST_F(SettingsTest, SettingsThatDependOnOneAnother) {
  ExpectRefusal(Static(), Object{{"chunk_size", 200}}, "chunk_overlap", "range");
  ExpectRefusal(Static(), Object{{"chunk_overlap", 1000}}, "chunk_overlap", "range");
  Set(Static(), Object{{"chunk_size", 400}, {"chunk_overlap", 0}});
  const auto chunks = settings_->ForChunks();
  ASSERT_TRUE(chunks.ok());
  EXPECT_EQ(chunks->size, 400);
  EXPECT_EQ(chunks->overlap, 0);
  ExpectRefusal(Dynamic(), Object{{"bm25_weight", 0}, {"semantic_weight", 0}}, "bm25_weight",
                "range");
  Set(Dynamic(), Object{{"bm25_weight", 0}});
  ExpectRefusal(OfConversation(), Object{{"semantic_weight", 0}}, "semantic_weight", "range");
}

TEST_F(SettingsTest, StaticConfigurationIsWrittenAsAWhole) {
  Set(Static(), Object{{"deployment_name", "office"}});
  EXPECT_EQ(Resolved("deployment_name"), "static:\"office\"");
  EXPECT_EQ(Resolved("chunk_size"), "static:1000");
  EXPECT_EQ(*settings_->SessionSeconds(), 86'400) << "not the 30 days of the table's default";
  Set(Static(), Object{{"session_lifetime_days", 30}});
  EXPECT_EQ(*settings_->SessionSeconds(), 30 * 86'400);
  Set(Static(), Object{{"session_lifetime_days", nullptr}});
  EXPECT_EQ(*settings_->SessionSeconds(), 86'400);
}

TEST_F(SettingsTest, TheActorIsKept) {
  ASSERT_TRUE(settings_->Set(Dynamic(), Object{{"top_k", 5}}, "ann").ok());
  EXPECT_EQ(*database_->QueryValue("SELECT updated_by FROM dynamic_config"), Value("ann"));
  EXPECT_EQ(audit_.actor(), "") << "only for the call";
  const AuditContext::ActAs as(audit_, "ben");
  ASSERT_TRUE(settings_->Set(Dynamic(), Object{{"top_k", 6}}, "").ok());
  EXPECT_EQ(*database_->QueryValue("SELECT updated_by FROM dynamic_config"), Value("ben"));
}

TEST_F(SettingsTest, HistoryFindsASettingByAnyName) {
  const auto entry = [&](const char* action, const char* field, const char* value) {
    Inserted("audit_log", Object{{"action", action},
                                 {"field_name", field},
                                 {"new_value", value},
                                 {"value_format", "text"}});
  };
  entry("config_change", "active_model", "a");
  entry("config_change", "model", "b");
  entry("config_change", "top_k", "1");
  entry("update", "model", "c");
  const auto values = [&](std::string_view field, int64_t limit) {
    std::string out;
    const Result<Value> rows = settings_->History(field, limit);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    for (const Value& row : rows->AsArray()) {
      const Value* value = row.AsObject().Find("new_value");
      if (value->is_string()) out += value->AsString();
    }
    return out;
  };
  EXPECT_EQ(values("model", 100), "ba");
  EXPECT_EQ(values("preferred_model", 1), "b");
  EXPECT_EQ(values("top_k", 100), "1");
  EXPECT_EQ(values("theme", 100), "");
  EXPECT_EQ(values("", 100).find('c'), std::string::npos);
  EXPECT_EQ(settings_->History("nonsense", 1).status().code(), ErrorCode::INVALID_ARGUMENT);
}

TEST_F(SettingsTest, SearchesTakeWhatResolves) {
  Result<SearchSettings> search = settings_->ForSearch({}, {});
  ASSERT_TRUE(search.ok());
  EXPECT_EQ(search->num_documents, 10);
  EXPECT_EQ(search->bm25_weight, 0.3);
  Set(OfUser(), Object{{"num_documents", 4}});
  Set(OfConversation(), Object{{"bm25_weight", 0}, {"use_hybrid_search", false}});
  search = settings_->ForSearch({}, conversation_);
  ASSERT_TRUE(search.ok());
  EXPECT_EQ(search->num_documents, 4);
  EXPECT_EQ(search->bm25_weight, 0);
  EXPECT_FALSE(search->use_hybrid_search);
  EXPECT_TRUE(settings_->ForSearch(std::string("nobody"), {}).ok());
}

TEST_F(SettingsTest, RowsWrittenElsewhereDoNoHarm) {
  ASSERT_TRUE(database_
                  ->Execute("INSERT INTO conversation_settings(conversation_id, field, value) "
                            "SELECT id, 'temperature', '\"hot\"' FROM conversations; "
                            "INSERT INTO conversation_settings(conversation_id, field, value) "
                            "SELECT id, 'unheard_of', '1' FROM conversations; "
                            "INSERT INTO user_preferences(user_id, num_documents) "
                            "SELECT id, 0 FROM users")
                  .ok());
  EXPECT_EQ(Resolved("temperature", {}, conversation_), "default:0.7");
  EXPECT_EQ(Resolved("num_documents", user_), "user:0");
  const auto search = settings_->ForSearch(user_, {});
  ASSERT_TRUE(search.ok());
  EXPECT_EQ(search->num_documents, 1);
}

}  // namespace
}  // namespace archivolt
