#include "reports/unite.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace proctor::reports {
namespace {

// How far a sample has got; what is further takes the place of what is not.
int progress(const std::string& state) {
  constexpr std::string_view kStates[] = {"planned",   "in_flight", "failed",
                                          "generated", "ungraded",  "scored"};
  int rank = 0;
  for (const std::string_view name : kStates) {
    if (state == name) return rank;
    ++rank;
  }
  return -1;
}
constexpr int kReplied = 3;  // from here on there is a reply

// A task's part of the grid: what must be alike in both, and where it lies.
struct Part {
  std::string identity;
  std::string task;
  std::int64_t first = 0;
  std::int64_t samples = 0;
  std::int64_t dataset = 0;
};

Result<std::vector<Part>> parts_of(const Database& database, RunId run) {
  Result<Statement> select = database.prepare(
      "SELECT t.task || char(10) || d.hash || char(10) || d.questions || char(10) || "
      "t.protocol_hash || char(10) || t.repeats, t.task, t.first_sample, t.samples, d.id "
      "FROM run_task t JOIN dataset d ON d.id = t.dataset WHERE t.run=? ORDER BY t.ordinal");
  if (!select) return select.error();
  select->bind(1, run);
  std::vector<Part> parts;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return parts;
    parts.push_back({select->text(0), select->text(1), select->integer(2), select->integer(3),
                     select->integer(4)});
  }
}

// All of a sample that two parts of a run must agree on if both have it.
constexpr const char* kSelect =
    "SELECT s.state, s.question, s.repeat, s.seed, s.attempts, s.reason, "
    "g.finish, g.prompt_tokens, g.completion_tokens, g.reasoning_tokens, g.cached_tokens, "
    "g.first_token_ms, g.total_ms, g.served_by, g.text, g.reasoning, "
    "c.verdict, c.extracted, c.canonical, c.span_begin, c.span_end, c.thinking, c.explanation, "
    "c.grader, r.hash, r.text_bytes, r.reasoning_bytes, r.thinking_bytes, r.loops, "
    "r.mixes_scripts, "
    "k.sample "
    "FROM sample s LEFT JOIN generation g ON g.sample = s.id LEFT JOIN score c ON c.sample = s.id "
    "LEFT JOIN reply_traits r ON r.sample = s.id LEFT JOIN cached_reply k ON k.sample = s.id "
    "WHERE s.id >= ?1 AND s.id < ?2 ORDER BY s.id";
constexpr int kAttempts = 4;
constexpr int kReply = 6;
constexpr int kText = 14;
constexpr int kScore = 16;
constexpr int kGrader = 23;
constexpr int kTraits = 24;
constexpr int kCached = 30;

// Replies are compared by their compressed texts: what was copied is equal, and the same text
// packed by another version of zstd is taken for another one, on the safe side.
bool same_reply(const Statement& left, const Statement& right) {
  for (const int column : {kText, kText + 1}) {
    if (left.blob(column) != right.blob(column)) return false;
  }
  return true;
}

bool same_score(const Statement& left, const Statement& right) {
  for (int column = kScore; column <= kGrader; ++column) {
    if (left.text(column) != right.text(column)) return false;
  }
  return true;
}

class Uniting {
 public:
  static Result<Uniting> prepare(const Database& into) {
    Uniting uniting;
    const std::pair<Statement*, const char*> statements[] = {
        {&uniting.sample_, "UPDATE sample SET state=?, attempts=?, reason=? WHERE id=?"},
        {&uniting.reply_,
         "INSERT OR REPLACE INTO generation VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&uniting.score_, "INSERT OR REPLACE INTO score VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&uniting.traits_, "INSERT OR REPLACE INTO reply_traits VALUES(?, ?, ?, ?, ?, ?, ?)"},
        {&uniting.cached_, "INSERT OR REPLACE INTO cached_reply VALUES(?)"}};
    for (const auto& [statement, sql] : statements) {
      Result<Statement> prepared = into.prepare(sql);
      if (!prepared) return prepared.error();
      *statement = std::move(*prepared);
    }
    return uniting;
  }

  // Puts the row of kSelect in the place of sample `id`.
  Result<void> take(std::int64_t id, const Statement& row) {
    sample_.bind_value(1, row, 0).bind_value(2, row, kAttempts).bind_value(3, row, kAttempts + 1);
    const Result<void> marked = sample_.bind(4, id).run();
    if (!marked) return marked;
    for (const auto& [statement, begin, end] :
         {std::tuple(&reply_, kReply, kScore), std::tuple(&score_, kScore, kTraits),
          std::tuple(&traits_, kTraits, kCached), std::tuple(&cached_, kCached, kCached)}) {
      if (row.is_null(begin)) continue;
      statement->bind(1, id);
      for (int column = begin; column < end; ++column) {
        statement->bind_value(column - begin + 2, row, column);
      }
      const Result<void> stored = statement->run();
      if (!stored) return stored;
    }
    return {};
  }

 private:
  Statement sample_, reply_, score_, traits_, cached_;
};

// Both have what of the sample in this row of kSelect, but not the same.
Error conflict(const Database& into, const Part& whole, const Statement& row,
               std::string_view what) {
  std::string question = fmt::format("number {}", row.integer(1) + 1);
  Result<Statement> named =
      into.prepare("SELECT question_id FROM question WHERE dataset=? AND ordinal=?");
  if (named) {
    const Result<bool> found = named->bind(1, whole.dataset).bind(2, row.integer(1)).next();
    if (found && *found) question = named->text(0);
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("task {}, question {}, repeat {} has another {} in another file; "
                           "--apart keeps every run as it is",
                           whole.task, question, row.integer(2), what));
}

// Walks both parts of the grid side by side.
Result<std::int64_t> unite_part(const Database& from, const Part& part, const Database& into,
                                const Part& whole) {
  Result<Statement> theirs = from.prepare(kSelect);
  if (!theirs) return theirs.error();
  // What is written lies behind the row that is being read, so the walk is not disturbed.
  Result<Statement> ours = into.prepare(kSelect);
  if (!ours) return ours.error();
  Result<Uniting> uniting = Uniting::prepare(into);
  if (!uniting) return uniting.error();
  theirs->bind(1, part.first).bind(2, part.first + part.samples);
  ours->bind(1, whole.first).bind(2, whole.first + whole.samples);
  std::int64_t taken = 0;
  for (std::int64_t id = whole.first; id < whole.first + whole.samples; ++id) {
    const Result<bool> here = ours->next();
    if (!here) return here.error();
    const Result<bool> there = theirs->next();
    if (!there) return there.error();
    if (!*here || !*there) return Error(ErrorCode::corrupt, "its grid has gaps");
    const int our_progress = progress(ours->text(0));
    const int their_progress = progress(theirs->text(0));
    const bool both_replied = std::min(our_progress, their_progress) >= kReplied;
    // However far each has got: whichever went, a reply that was paid for would be lost.
    if (both_replied && !same_reply(*ours, *theirs)) return conflict(into, whole, *ours, "reply");
    if (their_progress < our_progress) continue;
    if (their_progress > our_progress) {
      const Result<void> moved = uniting->take(id, *theirs);
      if (!moved) return moved.error();
      ++taken;
    } else if (both_replied && !same_score(*ours, *theirs)) {
      return conflict(into, whole, *ours, "score");
    }
  }
  return taken;
}

// A run whose tasks are all filled by its parts is complete, however each of them ended, and so is
// one of which a part was, by the coverage that its user asked for; otherwise it is open if one of
// them is. It began with the first part and ended with the last.
Result<void> unite_status(const Database& from, RunId part, const Database& into, RunId whole) {
  constexpr const char* kMark =
      "UPDATE run SET created_at=min(created_at, ?2), "
      "finished_at=max(coalesce(finished_at, ?3), coalesce(?3, finished_at)), "
      "status=CASE WHEN 'complete' IN (status, ?1) THEN 'complete' "
      "WHEN NOT EXISTS (SELECT 1 FROM run_task t WHERE t.run = run.id AND "
      "(SELECT count(*) FROM sample s JOIN score c ON c.sample = s.id WHERE s.id >= t.first_sample "
      "AND s.id < t.first_sample + t.samples AND c.verdict <> 'undecided') < 0.995 * t.samples) "
      "THEN 'complete' "
      "WHEN 'open' IN (status, ?1) THEN 'open' ELSE 'incomplete' END WHERE id=?4";
  constexpr const char* kEnd =
      "UPDATE run SET finished_at=CASE WHEN status = 'open' THEN NULL "
      "ELSE coalesce(finished_at, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) END WHERE id=?";
  Result<Statement> theirs =
      from.prepare("SELECT status, created_at, finished_at FROM run WHERE id=?");
  if (!theirs) return theirs.error();
  const Result<bool> row = theirs->bind(1, part).next();
  if (!row) return row.error();
  check(*row);
  Result<Statement> mark = into.prepare(kMark);
  if (!mark) return mark.error();
  for (int column = 0; column < 3; ++column) mark->bind_value(column + 1, *theirs, column);
  const Result<void> marked = mark->bind(4, whole).run();
  if (!marked) return marked;
  Result<Statement> end = into.prepare(kEnd);
  if (!end) return end.error();
  return end->bind(1, whole).run();
}

}  // namespace

Result<std::int64_t> unite_run(const Database& from, RunId part, const Database& into,
                               RunId whole) {
  const Result<std::vector<Part>> theirs = parts_of(from, part);
  if (!theirs) return theirs.error();
  const Result<std::vector<Part>> ours = parts_of(into, whole);
  if (!ours) return ours.error();
  std::int64_t taken = 0;
  for (std::size_t i = 0; i < ours->size(); ++i) {
    if (theirs->size() != ours->size() || (*theirs)[i].identity != (*ours)[i].identity) {
      return Error(ErrorCode::invalid_input, "another grid than that of the same plan elsewhere");
    }
    const Result<std::int64_t> united = unite_part(from, (*theirs)[i], into, (*ours)[i]);
    if (!united) return united;
    taken += *united;
  }
  const Result<void> status = unite_status(from, part, into, whole);
  if (!status) return status.error();
  return taken;
}

}  // namespace proctor::reports
