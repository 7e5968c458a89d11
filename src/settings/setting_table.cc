#include "settings/setting_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/utf.h"

namespace archivolt {
namespace {

using enum SettingKind;

constexpr double kAny = 9007199254740991;  // 2^53 - 1: what JavaScript counts exactly

// Lengths are those of the documents' VARCHARs.
constexpr auto kSettings = std::to_array<Setting>({
    {"model", "model", "active_model", "", "model_name llm_model", "", R"("openai/gpt-4o")", 1, 200,
     kText, true},
    {"pipeline", "", "active_pipeline", "", "", "", R"("QAPipeline")", 1, 100, kText, true},
    {"temperature", "temperature", "temperature", "", "llm_temperature", "", "0.7", 0, 2, kReal,
     true},
    {"max_tokens", "max_tokens", "max_tokens", "", "llm_max_tokens", "", "4096", 1, kAny, kInteger,
     true},
    {"top_p", "top_p", "top_p", "", "", "", "0.9", 0, 1, kReal, true},
    {"top_k", "top_k", "top_k", "", "", "", "50", 1, kAny, kInteger, true},
    {"repetition_penalty", "", "repetition_penalty", "", "", "", "1.0", 0.01, 99.99, kReal, true},
    {"system_prompt", "", "system_prompt", "", "", "", "null", 0, 1e6, kText, true},
    {"condense_prompt", "condense_prompt", "active_condense_prompt", "", "", "", R"("default")", 1,
     100, kText, true},
    {"chat_prompt", "chat_prompt", "active_chat_prompt", "", "", "", R"("default")", 1, 100, kText,
     true},
    {"active_system_prompt", "system_prompt", "active_system_prompt", "", "", "", R"("default")", 1,
     100, kText, true},
    {"num_documents", "num_documents", "num_documents_to_retrieve", "", "", "", "10", 1, 1000,
     kInteger, true},
    {"use_hybrid_search", "", "use_hybrid_search", "", "", "", "true", 0, 0, kBoolean, true},
    {"bm25_weight", "", "bm25_weight", "", "", "", "0.3", 0, 1, kReal, true},
    {"semantic_weight", "", "semantic_weight", "", "", "", "0.7", 0, 1, kReal, true},
    {"ingestion_schedule", "", "ingestion_schedule", "", "", "", R"("")", 0, 100, kText, false},
    {"verbosity", "", "verbosity", "", "", "", "3", 0, kAny, kInteger, false},
    {"language", "language", "", "", "", "", R"("en")", 2, 10, kText, true},
    {"theme", "theme", "", "", "", "system light dark", R"("system")", 1, 20, kText, false},
    {"ide_type", "ide_type", "", "", "", "", "null", 1, 50, kText, false},
    {"auto_sync", "auto_sync", "", "", "", "", "false", 0, 0, kBoolean, false},
    {"notifications_enabled", "notifications_enabled", "", "", "", "", "true", 0, 0, kBoolean,
     false},
    {"encrypt_at_rest", "encrypt_at_rest", "", "", "", "", "true", 0, 0, kBoolean, false},
    {"telemetry_enabled", "telemetry_enabled", "", "", "", "", "false", 0, 0, kBoolean, false},
    {"cloud_sync_enabled", "cloud_sync_enabled", "", "", "", "", "false", 0, 0, kBoolean, false},
    {"deployment_name", "", "", "deployment_name", "", "", R"("archivolt")", 1, 100, kText, false},
    {"config_version", "", "", "config_version", "", "", R"("2.0.0")", 1, 20, kText, false},
    {"data_path", "", "", "data_path", "", "", R"("/root/data/")", 0, 4000, kText, false},
    {"prompts_path", "", "", "prompts_path", "", "", R"("/root/archi/data/prompts/")", 0, 4000,
     kText, false},
    {"embedding_model", "", "", "embedding_model", "", "", R"("archivolt-static-100k-128d-int4")",
     1, 200, kText, false},
    {"embedding_dimensions", "", "", "embedding_dimensions", "", "", "128", 1, 16384, kInteger,
     false},
    {"chunk_size", "", "", "chunk_size", "", "", "1000", 100, 10000, kInteger, false},
    {"chunk_overlap", "", "", "chunk_overlap", "", "", "150", 0, 5000, kInteger, false},
    {"distance_metric", "", "", "distance_metric", "", "cosine l2 ip", R"("cosine")", 1, 20, kText,
     false},
    {"available_pipelines", "", "", "available_pipelines", "", "", "[]", 0, 1000, kList, false},
    {"available_models", "", "", "available_models", "", "", "[]", 0, 1000, kList, false},
    {"available_providers", "", "", "available_providers", "", "", "[]", 0, 1000, kList, false},
    {"auth_enabled", "", "", "auth_enabled", "", "", "true", 0, 0, kBoolean, false},
    {"session_lifetime_days", "", "", "session_lifetime_days", "", "", "1", 1, 3650, kInteger,
     false},
});

/// Whether `word` is one of the words that spaces separate.
bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::string Number(double value) {
  const auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) == value) return std::to_string(whole);
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

Status CheckText(const Setting& setting, const std::string& text) {
  const auto characters = static_cast<double>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsUtf8Continuation(c); }));
  if (text.find('\0') != std::string::npos || !IsValidUtf8(text)) {
    return BadSetting(setting.name, "utf8", "must be valid Unicode text without NUL");
  }
  if (characters < setting.min || characters > setting.max) {
    return BadSetting(
        setting.name, "length",
        "must have " + Number(setting.min) + " to " + Number(setting.max) + " characters");
  }
  if (!setting.allowed.empty() && !HasWord(setting.allowed, text)) {
    return BadSetting(setting.name, "enum", "must be one of " + std::string(setting.allowed));
  }
  return Status::Ok();
}

Status WrongType(const Setting& setting, std::string_view expected, const Value& value) {
  return BadSetting(
      setting.name, "type",
      std::string("must be ").append(expected) + ", not " + std::string(value.KindName()));
}

}  // namespace

std::string_view TierName(Tier tier) {
  constexpr std::array<std::string_view, kTierCount> kNames = {"conversation", "user", "dynamic",
                                                               "static"};
  return kNames[static_cast<size_t>(tier)];
}

std::string_view Setting::At(Tier tier) const {
  switch (tier) {
    case Tier::kConversation:
      return conversation ? name : std::string_view();
    case Tier::kUser:
      return user;
    case Tier::kDynamic:
      return dynamic;
    case Tier::kStatic:
      return fixed;
  }
  return {};
}

std::span<const Setting> AllSettings() { return kSettings; }

const Setting* FindSetting(Tier tier, std::string_view name) {
  if (name.empty()) return nullptr;
  const auto of_user = name.starts_with("preferred_") ? name.substr(10) : name;
  const auto find = [](const auto& fits) -> const Setting* {
    const auto found = std::find_if(kSettings.begin(), kSettings.end(), fits);
    return found == kSettings.end() ? nullptr : &*found;
  };
  const Setting* setting = find([&](const Setting& s) { return s.At(tier) == name; });
  if (setting == nullptr) setting = find([&](const Setting& s) { return s.name == name; });
  if (setting != nullptr) return setting;
  return find([&](const Setting& s) {
    return (!s.user.empty() && s.user == of_user) || s.dynamic == name || s.fixed == name ||
           HasWord(s.aliases, name);
  });
}

Status BadSetting(std::string_view name, std::string_view rule, std::string message) {
  return Status::InvalidArgument(std::string(name) + " " + std::move(message) + ".")
      .With("argument", std::string(name))
      .With("rule", std::string(rule));
}

Status CheckSetting(const Setting& setting, const Value& value) {
  switch (setting.kind) {
    case kBoolean:
      return value.is_bool() ? Status::Ok() : WrongType(setting, "a boolean", value);
    case kInteger:
    case kReal:
      if (!value.is_number()) return WrongType(setting, "a number", value);
      if (setting.kind == kInteger && std::trunc(value.AsNumber()) != value.AsNumber()) {
        return BadSetting(setting.name, "type", "must be a whole number");
      }
      // Written so that NaN is refused as well.
      if (!(value.AsNumber() >= setting.min && value.AsNumber() <= setting.max)) {
        return BadSetting(setting.name, "range",
                          setting.max == kAny
                              ? "must be at least " + Number(setting.min)
                              : "must be " + Number(setting.min) + " to " + Number(setting.max));
      }
      return Status::Ok();
    case kText:
      if (!value.is_string()) return WrongType(setting, "a text", value);
      return CheckText(setting, value.AsString());
    case kList:
      if (!value.is_array()) return WrongType(setting, "an array of texts", value);
      for (const Value& item : value.AsArray()) {
        if (!item.is_string() || item.AsString().empty()) {
          return BadSetting(setting.name, "type", "must be an array of texts that are not empty");
        }
      }
      if (static_cast<double>(value.AsArray().size()) > setting.max) {
        return BadSetting(setting.name, "length",
                          "must not have more than " + Number(setting.max) + " items");
      }
      return Status::Ok();
  }
  return Status::Ok();
}

}  // namespace archivolt
