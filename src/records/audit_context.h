// AuditContext: who acts in the calls that run now, and whether their changes are recorded.
//
// Owned by the workspace, passed to whatever writes; the triggers that record changes (audit.h) ask
// it. One thread. Scopes nest and end with their block.
#pragma once

#include <string>
#include <utility>

namespace archivolt {

class AuditContext {
 public:
  /// users.id of who acts, or any name a caller gave; "" = the application itself.
  const std::string& actor() const { return actor_; }
  /// Whether changes of rows are recorded one by one.
  bool records() const { return silenced_ == 0; }
  /// Whether rows are written as another system had them: checked, but not corrected.
  bool imports() const { return importing_; }

  /// Everything in this block is done by `actor`.
  class ActAs {
   public:
    ActAs(AuditContext& context, std::string actor)
        : context_(context), outer_(std::exchange(context.actor_, std::move(actor))) {}
    ~ActAs() { context_.actor_ = std::move(outer_); }
    ActAs(const ActAs&) = delete;
    ActAs& operator=(const ActAs&) = delete;

   private:
    AuditContext& context_;
    std::string outer_;
  };

  /// Rows changed in this block leave no entries of their own: for services that write one entry
  /// for the whole (ingestion), and for erasure, whose entry must not hold what was erased.
  class Silence {
   public:
    explicit Silence(AuditContext& context) : context_(context) { ++context_.silenced_; }
    ~Silence() { --context_.silenced_; }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

   private:
    AuditContext& context_;
  };

  /// Rows written in this block come from another system, and stay as they are.
  class Import {
   public:
    explicit Import(AuditContext& context)
        : silence_(context), context_(context), outer_(std::exchange(context.importing_, true)) {}
    ~Import() { context_.importing_ = outer_; }
    Import(const Import&) = delete;
    Import& operator=(const Import&) = delete;

   private:
    Silence silence_;
    AuditContext& context_;
    bool outer_;
  };

 private:
  std::string actor_;
  int silenced_ = 0;
  bool importing_ = false;
};

}  // namespace archivolt
