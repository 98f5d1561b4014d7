// Samples as they come out of the store: the grid, results, replies.
#include <fmt/core.h>

#include "reports/store_parts.h"
#include "reports/store_rows.h"

namespace proctor::reports {
namespace {

// The reply in a row of kPlaceColumns and kReplyColumns.
StoredReply read_stored_reply(const Statement& row, const Compressor& compressor) {
  StoredReply stored{row.integer(0),
                     static_cast<std::int32_t>(row.integer(1)),
                     static_cast<std::int32_t>(row.integer(2)),
                     static_cast<std::int32_t>(row.integer(3)),
                     {},
                     {}};
  Result<Generation> reply = read_reply(row, kAfterPlace, compressor);
  if (reply) {
    stored.reply = std::move(*reply);
  } else {
    stored.damage = reply.error();
  }
  return stored;
}

Result<void> visit_rows(const std::filesystem::path& file, Statement& rows,
                        const std::function<void(const SampleResult&)>& visitor) {
  SampleResult result;
  while (true) {
    const Result<bool> row = rows.next();
    if (!row) return row.error();
    if (!*row) return {};
    const std::optional<std::string_view> damage = read_result(rows, result);
    if (damage) return damaged_row(file, result.id, *damage);
    visitor(result);
  }
}

// All that is stored of the samples of run ?1.
std::string select_records() {
  return fmt::format(
      "SELECT {}, {}, s.seed, c.extracted, c.explanation, coalesce(c.grader, ''), {} FROM {} {}",
      kPlaceColumns, kResultColumns, kReplyColumns, kGrid, kResultTables);
}

// A row of it.
Result<SampleRecord> read_record(const std::filesystem::path& file, const Statement& row,
                                 const Compressor& compressor) {
  SampleRecord record;
  const std::optional<std::string_view> damage = read_result(row, record.result);
  if (damage) return damaged_row(file, row.integer(0), *damage);
  record.seed = static_cast<std::uint64_t>(row.integer(kAfterResult));
  record.grader = row.text(kAfterResult + 3);
  const SampleResult& result = record.result;
  if (result.verdict) {
    record.score = Score{*result.verdict, row.text(kAfterResult + 1), result.canonical, result.span,
                         result.thinking, row.text(kAfterResult + 2)};
  }
  if (!result.finish) return record;
  Result<Generation> reply = read_reply(row, kAfterResult + 4, compressor);
  if (reply) {
    record.reply = std::move(*reply);
    record.reply->attempts = result.attempts;
    record.reply->from_cache = result.from_cache;
  } else {
    record.damage = reply.error();
  }
  return record;
}

}  // namespace

Result<std::vector<PlannedSample>> Store::samples(RunId run) {
  Result<Statement> select = parts_->database.prepare(fmt::format(
      "SELECT {}, s.state, s.seed FROM {} s ORDER BY s.task, s.id", kPlaceColumns, kGrid));
  if (!select) return select.error();
  select->bind(1, run);
  std::vector<PlannedSample> samples;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return samples;
    const std::int64_t id = select->integer(0);
    const std::optional<SampleState> state = sample_state_named(select->text(7));
    const bool gap = !samples.empty() && id != samples.back().id + 1;
    if (!state || gap || misplaced(*select))
      return damaged_row(parts_->file, id, "place or state in the grid");
    samples.push_back({id, static_cast<std::int32_t>(select->integer(1)),
                       static_cast<std::int32_t>(select->integer(2)),
                       static_cast<std::int32_t>(select->integer(3)), *state,
                       static_cast<std::uint64_t>(select->integer(8))});
  }
}

Result<void> Store::visit(RunId run, const std::function<void(const SampleResult&)>& visitor) {
  Result<Statement> select =
      parts_->database.prepare(fmt::format("SELECT {}, {} FROM {} {} ORDER BY s.task, s.id",
                                           kPlaceColumns, kResultColumns, kGrid, kResultTables));
  if (!select) return select.error();
  select->bind(1, run);
  return visit_rows(parts_->file, *select, visitor);
}

Result<void> Store::visit_question(RunId run, int task, int question,
                                   const std::function<void(const SampleResult&)>& visitor) {
  Result<Statement> range = parts_->database.prepare(
      "SELECT first_sample + ?3 * repeats, repeats FROM run_task "
      "WHERE run=?1 AND ordinal=?2 AND ?3 >= 0 AND ?3 * repeats < samples");
  if (!range) return range.error();
  range->bind(1, run).bind(2, std::int64_t{task}).bind(3, std::int64_t{question});
  const Result<bool> found = range->next();
  if (!found) return found.error();
  if (!*found) {
    return Error(ErrorCode::not_found, fmt::format("{}: run {} has no question {} of task {}",
                                                   parts_->file.string(), run, question, task));
  }
  Result<Statement> select = parts_->database.prepare(
      fmt::format("SELECT {}, {} FROM {} {} WHERE s.id >= ?2 AND s.id < ?2 + ?3 ORDER BY s.id",
                  kPlaceColumns, kResultColumns, kGrid, kResultTables));
  if (!select) return select.error();
  select->bind(1, run).bind(2, range->integer(0)).bind(3, range->integer(1));
  return visit_rows(parts_->file, *select, visitor);
}

Result<std::vector<StoredReply>> Store::unscored(RunId run, bool retry, std::int64_t after,
                                                 int limit) {
  Result<Statement> select = parts_->database.prepare(fmt::format(
      "SELECT {}, {} FROM {} s JOIN generation g ON g.sample = s.id WHERE s.id > ?2 "
      "AND (s.state = 'generated' OR (?3 AND s.state = 'ungraded')) ORDER BY s.task, s.id LIMIT ?4",
      kPlaceColumns, kReplyColumns, kGrid));
  if (!select) return select.error();
  select->bind(1, run).bind(2, after).bind(3, std::int64_t{retry}).bind(4, std::int64_t{limit});
  std::vector<StoredReply> replies;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return replies;
    const std::int64_t sample = select->integer(0);
    if (misplaced(*select)) return damaged_row(parts_->file, sample, "place in the grid");
    replies.push_back(read_stored_reply(*select, parts_->compressor));
  }
}

Result<std::vector<ScoredReply>> Store::scored(RunId run, std::int64_t after, int limit) {
  Result<Statement> select = parts_->database.prepare(
      fmt::format("SELECT {}, {}, c.verdict, c.extracted, c.explanation, c.grader FROM {} s "
                  "JOIN generation g ON g.sample = s.id JOIN score c ON c.sample = s.id "
                  "WHERE s.id > ?2 AND s.state = 'scored' ORDER BY s.task, s.id LIMIT ?3",
                  kPlaceColumns, kReplyColumns, kGrid));
  if (!select) return select.error();
  select->bind(1, run).bind(2, after).bind(3, std::int64_t{limit});
  std::vector<ScoredReply> replies;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return replies;
    const std::int64_t sample = select->integer(0);
    if (misplaced(*select)) return damaged_row(parts_->file, sample, "place in the grid");
    const std::optional<Verdict> verdict = verdict_named(select->text(17));
    if (!verdict) return damaged_row(parts_->file, sample, "verdict");
    replies.push_back({read_stored_reply(*select, parts_->compressor), *verdict, select->text(18),
                       select->text(19), select->text(20)});
  }
}

Result<SampleRecord> Store::sample(std::int64_t sample) {
  const auto missing = [&] {
    return Error(ErrorCode::not_found,
                 fmt::format("{}: there is no sample {}", parts_->file.string(), sample));
  };
  Result<Statement> of = parts_->database.prepare(
      "SELECT run FROM run_task WHERE ?1 >= first_sample AND ?1 < first_sample + samples");
  if (!of) return of.error();
  of->bind(1, sample);
  const Result<bool> found = of->next();
  if (!found) return found.error();
  if (!*found) return missing();
  Result<Statement> select =
      parts_->database.prepare(fmt::format("{} WHERE s.id = ?2", select_records()));
  if (!select) return select.error();
  select->bind(1, of->integer(0)).bind(2, sample);
  const Result<bool> row = select->next();
  if (!row) return row.error();
  if (!*row) return missing();
  return read_record(parts_->file, *select, parts_->compressor);
}

Result<void> Store::visit_records(RunId run,
                                  const std::function<Result<void>(const SampleRecord&)>& visitor) {
  Result<Statement> select =
      parts_->database.prepare(fmt::format("{} ORDER BY s.task, s.id", select_records()));
  if (!select) return select.error();
  select->bind(1, run);
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return {};
    const Result<SampleRecord> record = read_record(parts_->file, *select, parts_->compressor);
    if (!record) return record.error();
    const Result<void> visited = visitor(*record);
    if (!visited) return visited;
  }
}

Result<Generation> Store::reply(std::int64_t sample) {
  Result<Statement> select = parts_->database.prepare(
      fmt::format("SELECT {} FROM generation g WHERE g.sample=?", kReplyColumns));
  if (!select) return select.error();
  select->bind(1, sample);
  const Result<bool> row = select->next();
  if (!row) return row.error();
  if (!*row) {
    return Error(ErrorCode::not_found,
                 fmt::format("{}: sample {} has no reply", parts_->file.string(), sample));
  }
  Result<Generation> reply = read_reply(*select, 0, parts_->compressor);
  if (!reply) return damaged_row(parts_->file, sample, "reply: " + reply.error().message());
  return reply;
}

}  // namespace proctor::reports
