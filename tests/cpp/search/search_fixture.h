// A workspace with the search service over it, and how tests read its hits.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "search/search.h"
#include "settings/settings.h"
#include "support/knowledge_fixture.h"

namespace archivolt {

class SearchTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    settings_ = std::make_unique<SettingsService>(*database_, clock_, *records_, audit_);
    StartSearch();
  }
  /// To be called after Restart() as well.
  void StartSearch() {
    search_ = std::make_unique<SearchService>(*database_, clock_, embedders_, *vectors_, *rows_,
                                              *settings_);
  }

  /// Twelve short documents on different matters, as a handbook might hold them.
  void AddHandbook() {
    const std::vector<std::pair<std::string, std::string>> documents = {
        {"backup.md",
         "# Backups\n\nCopy the database every night and restore it on another machine to prove "
         "that the copy is good."},
        {"cache.md",
         "# Caching\n\nKeep the answers of slow requests in memory. An entry expires after five "
         "minutes."},
        {"auth.md",
         "# Signing in\n\nPasswords are hashed with bcrypt. A session ends after thirty days "
         "without use."},
        {"deploy.md",
         "# Deployment\n\nContainers are built by the pipeline and rolled out one after another "
         "without downtime."},
        {"logs.md",
         "# Logging\n\nEvery service writes structured lines. They are collected, indexed and kept "
         "for a month."},
        {"queue.md",
         "# Message queue\n\nJobs wait in a queue and are taken by workers; a failed job is tried "
         "again three times."},
        {"schema.md",
         "# Schema changes\n\nA migration adds columns first and removes the old ones a release "
         "later."},
        {"tests.md", "# Testing\n\nUnit tests run on every push, browser tests before a release."},
        {"network.md",
         "# Network\n\nTraffic between services is encrypted with certificates that are renewed "
         "automatically."},
        {"costs.md",
         "# Costs\n\nThe monthly bill is dominated by storage; old objects move to a cheaper "
         "tier."},
        {"style.md", "# Style\n\nNames of functions are verbs. Comments say why, not what."},
        {"garden.md", "# Garden\n\nTomatoes want sun and water; plant basil beside them."}};
    for (const auto& [name, text] : documents) ids_by_name_[name] = Add(name, text);
  }

  Result<Value> Search(Object request) { return search_->Search(request); }
  Array Hits(Object request) {
    auto answer = search_->Search(request);
    EXPECT_TRUE(answer.ok()) << answer.status().message();
    return answer.ok() ? answer->AsObject().Find("hits")->AsArray() : Array{};
  }
  static const Value& Of(const Value& hit, std::string_view name) {
    return *hit.AsObject().Find(name);
  }
  static const Object* Leg(const Value& hit, std::string_view leg) {
    const Value* found = Of(hit, "legs").AsObject().Find(leg);
    return found == nullptr ? nullptr : &found->AsObject();
  }
  /// Names of the documents found, best first.
  std::vector<std::string> Found(Object request) {
    if (request.Find("kinds") == nullptr) request.Set("kinds", Array{"documents"});
    std::vector<std::string> names;
    for (const Value& hit : Hits(request)) {
      for (const auto& [name, id] : ids_by_name_) {
        if (Of(hit, "documentId").AsString() == id) names.push_back(name);
      }
    }
    return names;
  }
  ErrorCode Code(Object request) { return search_->Search(request).status().code(); }

  std::unique_ptr<SettingsService> settings_;
  std::unique_ptr<SearchService> search_;
  std::map<std::string, std::string> ids_by_name_;
};

}  // namespace archivolt
