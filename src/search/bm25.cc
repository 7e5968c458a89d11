#include "search/bm25.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace archivolt {
namespace {

constexpr double kK1 = 1.2;
constexpr double kB = 0.75;
// What FTS5 gives to words in half of the rows or more, where the formula would be negative.
constexpr double kLeastIdf = 1e-6;
// Sizes of rows beyond are read each time: keys come in order, so that a table is nearly dense.
constexpr int64_t kMaxKept = int64_t{1} << 22;

struct Bound {
  int64_t pk;
  double score;
  bool exact;
};

/// Whether b comes before a: the order of a heap with the best on top.
bool Worse(const Bound& a, const Bound& b) {
  return a.score != b.score ? a.score < b.score : a.pk > b.pk;
}

/// The sum of what FTS5 keeps of a row: one SQLite varint a column.
uint32_t SumOfVarints(BytesView bytes) {
  uint32_t sum = 0;
  uint32_t value = 0;
  for (const uint8_t byte : bytes) {
    value = value << 7 | (byte & 0x7F);
    if (byte >= 0x80) continue;
    sum += value;
    value = 0;
  }
  return sum;
}

}  // namespace

RowSizes::RowSizes(Database& database, std::string_view index)
    : database_(database), index_(index), table_(std::string(index) + "_docsize") {
  database_.WatchTable(table_);
}

void RowSizes::Refresh() {
  const TouchedRows touched = database_.TakeTouched(table_);
  if (!touched.complete) sizes_.clear();
  for (const int64_t pk : touched.rowids) {
    if (Known(pk) != 0) sizes_[static_cast<size_t>(pk)] = 0;
  }
}

Result<uint32_t> RowSizes::Read(int64_t pk) {
  if (const uint32_t known = Known(pk)) return known;
  AV_ASSIGN_OR_RETURN(Statement row,
                      database_.Prepare("SELECT sz FROM " + table_ + " WHERE id = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  const uint32_t size = found ? SumOfVarints(row.Blob(0)) : 0;
  if (pk >= 0 && pk < kMaxKept && !database_.in_transaction()) {
    const auto place = static_cast<size_t>(pk);
    if (place >= sizes_.size()) sizes_.resize(place + 1);
    sizes_[place] = size;
  }
  return size;
}

RowSizes& IndexSizes::Of(std::string_view index) {
  for (const auto& sizes : indexes_) {
    if (sizes->index() != index) continue;
    sizes->Refresh();
    return *sizes;
  }
  return *indexes_.emplace_back(std::make_unique<RowSizes>(database_, index));
}

void Bm25::Add(FullTextMatches matches, double weight, RowSizes& sizes) {
  const auto all = static_cast<double>(matches.rows);
  for (PhraseRows& phrase : matches.phrases) {
    if (phrase.rows.empty()) continue;
    const auto hits = static_cast<double>(phrase.rows.size());
    const double idf = phrase.common ? 0 : std::log((all - hits + 0.5) / (hits + 0.5));
    terms_.push_back({std::move(phrase.rows), weight * (idf > 0 ? idf : kLeastIdf),
                      static_cast<double>(matches.tokens) / all, &sizes});
  }
}

void Bm25::Add(std::vector<PhraseRow> scored) {
  terms_.push_back({std::move(scored), 0, 0, nullptr});
}

double Bm25::Part(const Term& term, double frequency, double size) {
  if (term.sizes == nullptr) return frequency;
  return term.idf * (frequency * (kK1 + 1)) /
         (frequency + kK1 * (1 - kB + kB * size / term.average));
}

Result<double> Bm25::ScoreOf(int64_t pk) const {
  double score = 0;
  for (const Term& term : terms_) {
    const auto row =
        std::lower_bound(term.rows.begin(), term.rows.end(), pk,
                         [](const PhraseRow& a, int64_t value) { return a.rowid < value; });
    if (row == term.rows.end() || row->rowid != pk) continue;
    uint32_t size = 0;
    if (term.sizes != nullptr) {
      AV_ASSIGN_OR_RETURN(size, term.sizes->Read(pk));
    }
    score += Part(term, row->frequency, size);
  }
  return score;
}

Result<std::vector<ScoredRow>> Bm25::Best(const RowFilter& filter, size_t count) const {
  struct Cursor {
    const Term* term;
    const PhraseRow* at;
    const PhraseRow* end;
  };
  std::vector<Cursor> cursors;
  for (const Term& term : terms_) {
    if (!term.rows.empty())
      cursors.push_back({&term, term.rows.data(), term.rows.data() + term.rows.size()});
  }
  std::vector<Bound> bounds;
  while (!cursors.empty()) {
    int64_t pk = cursors.front().at->rowid;
    for (const Cursor& cursor : cursors) pk = std::min(pk, cursor.at->rowid);
    Bound bound{pk, 0, true};
    bool ended = false;
    for (Cursor& cursor : cursors) {
      if (cursor.at->rowid != pk) continue;
      const RowSizes* sizes = cursor.term->sizes;
      const uint32_t size = sizes != nullptr ? sizes->Known(pk) : 0;
      if (sizes != nullptr && size == 0) bound.exact = false;
      bound.score += Part(*cursor.term, cursor.at->frequency, size);
      ended = ++cursor.at == cursor.end || ended;
    }
    if (ended) std::erase_if(cursors, [](const Cursor& cursor) { return cursor.at == cursor.end; });
    if (filter.Allows(pk)) bounds.push_back(bound);
  }
  std::make_heap(bounds.begin(), bounds.end(), Worse);
  std::vector<ScoredRow> best;
  while (!bounds.empty() && best.size() < count) {
    std::pop_heap(bounds.begin(), bounds.end(), Worse);
    Bound& top = bounds.back();
    if (top.exact) {
      best.push_back({top.pk, top.score});
      bounds.pop_back();
      continue;
    }
    AV_ASSIGN_OR_RETURN(top.score, ScoreOf(top.pk));
    top.exact = true;
    std::push_heap(bounds.begin(), bounds.end(), Worse);
  }
  return best;
}

}  // namespace archivolt
