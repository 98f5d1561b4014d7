// The part of the store that samples go through: changes in, results and replies out.
#include <fmt/core.h>

#include "reports/store_parts.h"

namespace proctor::reports {
namespace {

Result<ChangeStatements> prepare_changes(const Database& database) {
  ChangeStatements statements;
  struct Row {
    Statement ChangeStatements::*member;
    const char* sql;
  };
  // The states on the right are the whole state machine: a change that finds its sample in another
  // one touches no row, and commit() refuses it.
  const Row kRows[] = {
      {&ChangeStatements::start,
       "UPDATE sample SET state='in_flight' WHERE id=? AND state='planned'"},
      {&ChangeStatements::generate,
       "UPDATE sample SET state='generated', attempts=attempts+?, reason=NULL "
       "WHERE id=? AND state='in_flight'"},
      {&ChangeStatements::fail,
       "UPDATE sample SET state='failed', attempts=attempts+?, reason=? "
       "WHERE id=? AND state='in_flight'"},
      {&ChangeStatements::score,
       "UPDATE sample SET state='scored', reason=NULL "
       "WHERE id=? AND state IN ('generated', 'ungraded')"},
      {&ChangeStatements::ungrade,
       "UPDATE sample SET state='ungraded', reason=? "
       "WHERE id=? AND state IN ('generated', 'ungraded')"},
      {&ChangeStatements::insert_generation,
       "INSERT INTO generation VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&ChangeStatements::insert_score, "INSERT INTO score VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&ChangeStatements::rescore, "DELETE FROM score WHERE sample=?"},
  };
  for (const Row& row : kRows) {
    Result<Statement> statement = database.prepare(row.sql);
    if (!statement) return statement.error();
    statements.*row.member = std::move(*statement);
  }
  return statements;
}

// Applies one change; the overloads are the cases of Change.
class Applier {
 public:
  Applier(const Database& database, ChangeStatements& statements, Compressor& compressor)
      : database_(database), statements_(statements), compressor_(compressor) {}

  Result<void> operator()(const SampleStarted& change) {
    statements_.start.bind(1, change.sample);
    return move_sample(statements_.start, change.sample, "in_flight");
  }

  Result<void> operator()(const SampleGenerated& change) {
    statements_.generate.bind(1, std::int64_t{change.reply.attempts}).bind(2, change.sample);
    const Result<void> moved = move_sample(statements_.generate, change.sample, "generated");
    if (!moved) return moved;
    return insert(change.sample, change.reply);
  }

  Result<void> operator()(const SampleFailed& change) {
    Statement& fail = statements_.fail;
    fail.bind(1, std::int64_t{change.attempts}).bind(2, change.reason).bind(3, change.sample);
    return move_sample(fail, change.sample, "failed");
  }

  Result<void> operator()(const SampleScored& change) {
    statements_.score.bind(1, change.sample);
    const Result<void> moved = move_sample(statements_.score, change.sample, "scored");
    if (!moved) return moved;
    return insert(change.sample, change.score, change.grader);
  }

  Result<void> operator()(const SampleRescored& change) {
    statements_.rescore.bind(1, change.sample);
    const Result<void> removed = move_sample(statements_.rescore, change.sample, "scored again");
    if (!removed) return removed;
    return insert(change.sample, change.score, change.grader);
  }

  Result<void> operator()(const SampleUngraded& change) {
    statements_.ungrade.bind(1, change.reason).bind(2, change.sample);
    return move_sample(statements_.ungrade, change.sample, "ungraded");
  }

 private:
  Result<void> move_sample(Statement& update, std::int64_t sample, std::string_view to) {
    const Result<void> updated = update.run();
    if (!updated) return updated;
    if (database_.changes() == 1) return {};
    return Error(ErrorCode::corrupt,
                 fmt::format("sample {} is not in a state from which it becomes {}", sample, to));
  }

  Result<void> insert(std::int64_t sample, const Generation& reply) {
    const auto frame = [this](std::string_view text) {
      return std::string(compressor_.compress(text));
    };
    check(reply.text.size() + reply.reasoning.size() <= kMostReplyBytes);
    const std::string text = frame(reply.text);
    const std::string reasoning = reply.reasoning.empty() ? std::string() : frame(reply.reasoning);
    Statement& row = statements_.insert_generation;
    row.bind(1, sample).bind(2, name_of(reply.finish)).bind(3, reply.usage.prompt);
    row.bind(4, reply.usage.completion).bind(5, reply.usage.reasoning);
    row.bind(6, reply.usage.cached_prompt).bind(7, reply.first_token_ms).bind(8, reply.total_ms);
    row.bind(9, reply.served_by).bind_blob(10, text);
    if (reasoning.empty()) {
      row.bind(11, std::optional<std::int64_t>());
    } else {
      row.bind_blob(11, reasoning);
    }
    return row.run();
  }

  Result<void> insert(std::int64_t sample, const Score& score, const std::string& grader) {
    const auto offset = [&](std::size_t Span::*end) {
      return score.span ? std::optional(static_cast<std::int64_t>((*score.span).*end))
                        : std::optional<std::int64_t>();
    };
    Statement& row = statements_.insert_score;
    row.bind(1, sample).bind(2, name_of(score.verdict)).bind(3, score.extracted);
    row.bind(4, score.canonical).bind(5, offset(&Span::begin)).bind(6, offset(&Span::end));
    row.bind(7, name_of(score.thinking)).bind(8, score.explanation).bind(9, grader);
    return row.run();
  }

  const Database& database_;
  ChangeStatements& statements_;
  Compressor& compressor_;
};

Error damaged_row(const std::filesystem::path& file, std::int64_t sample, std::string_view what) {
  return Error(ErrorCode::corrupt,
               fmt::format("{}: sample {}: damaged {}", file.string(), sample, what));
}

// The columns of `generation` from the given one on, in the order of the schema from finish to
// served_by; then text and reasoning.
Result<Generation> read_reply(const Statement& row, int column, const Compressor& compressor) {
  Generation reply;
  const std::optional<FinishReason> finish = finish_reason_named(row.text(column));
  if (!finish) return Error(ErrorCode::corrupt, "unknown finish reason");
  reply.finish = *finish;
  reply.usage = {row.optional_integer(column + 1), row.optional_integer(column + 2),
                 row.optional_integer(column + 3), row.optional_integer(column + 4)};
  reply.first_token_ms = row.integer(column + 5);
  reply.total_ms = row.integer(column + 6);
  reply.served_by = row.text(column + 7);
  Result<std::string> text = compressor.decompress(row.blob(column + 8));
  if (!text) return text.error();
  reply.text = std::move(*text);
  if (!row.blob(column + 9).empty()) {
    Result<std::string> reasoning = compressor.decompress(row.blob(column + 9));
    if (!reasoning) return reasoning.error();
    reply.reasoning = std::move(*reasoning);
  }
  return reply;
}

constexpr std::string_view kReplyColumns =
    "g.finish, g.prompt_tokens, g.completion_tokens, g.reasoning_tokens, g.cached_tokens, "
    "g.first_token_ms, g.total_ms, g.served_by, g.text, g.reasoning";

// A run's samples, with the place in the grid that each must have by its id.
constexpr std::string_view kGrid =
    "(SELECT t.ordinal AS task, (s.id - t.first_sample) / t.repeats AS place, "
    "(s.id - t.first_sample) % t.repeats AS turn, "
    "t.ordinal < (SELECT count(*) FROM run_task WHERE run=?1) AS known, s.* "
    "FROM run_task t JOIN sample s ON s.id >= t.first_sample "
    "AND s.id < t.first_sample + t.samples WHERE t.run=?1 AND t.repeats > 0)";

// What is wrong with the place of a row whose first columns are id, task, question, repeat, place,
// turn and known. Bytes may flip in a file; an index from it is not to be believed.
bool misplaced(const Statement& row) {
  return row.integer(2) != row.integer(4) || row.integer(3) != row.integer(5) ||
         row.integer(6) == 0 || row.integer(1) < 0;
}

constexpr std::string_view kPlaceColumns =
    "s.id, s.task, s.question, s.repeat, s.place, s.turn, s.known";

constexpr std::string_view kResultColumns =
    "s.state, coalesce(s.reason, ''), s.attempts, "
    "g.finish, g.prompt_tokens, g.completion_tokens, g.reasoning_tokens, g.cached_tokens, "
    "c.verdict, c.thinking, c.canonical";

// Fills `result` from a row of kPlaceColumns and kResultColumns; the name of the damaged field, or
// nothing.
std::optional<std::string_view> read_result(const Statement& row, SampleResult& result) {
  result = SampleResult();
  result.id = row.integer(0);
  if (misplaced(row)) return "place in the grid";
  result.task = static_cast<std::int32_t>(row.integer(1));
  result.question = static_cast<std::int32_t>(row.integer(2));
  result.repeat = static_cast<std::int32_t>(row.integer(3));
  const std::optional<SampleState> state = sample_state_named(row.text(7));
  if (!state) return "state";
  result.state = *state;
  result.reason = row.text(8);
  result.attempts = static_cast<int>(row.integer(9));
  result.finish = finish_reason_named(row.text(10));
  result.usage = {row.optional_integer(11), row.optional_integer(12), row.optional_integer(13),
                  row.optional_integer(14)};
  const bool replied = result.state == SampleState::generated ||
                       result.state == SampleState::ungraded || result.state == SampleState::scored;
  if (replied && !result.finish) return "finish reason";
  if (result.state != SampleState::scored) return std::nullopt;
  result.verdict = verdict_named(row.text(15));
  if (!result.verdict) return "verdict";
  const std::optional<Thinking> thinking = thinking_named(row.text(16));
  if (!thinking) return "thinking";
  result.thinking = *thinking;
  result.canonical = row.text(17);
  return std::nullopt;
}

// The reply in a row of kPlaceColumns and kReplyColumns.
StoredReply read_stored_reply(const Statement& row, const Compressor& compressor) {
  StoredReply stored{row.integer(0),
                     static_cast<std::int32_t>(row.integer(1)),
                     static_cast<std::int32_t>(row.integer(2)),
                     {},
                     {}};
  Result<Generation> reply = read_reply(row, 7, compressor);
  if (reply) {
    stored.reply = std::move(*reply);
  } else {
    stored.damage = reply.error();
  }
  return stored;
}

}  // namespace

Result<void> Store::commit(std::span<const Change> changes) {
  const Database& database = parts_->database;
  if (!parts_->changes) {
    Result<ChangeStatements> statements = prepare_changes(database);
    if (!statements) return statements.error();
    parts_->changes = std::move(*statements);
  }
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  Applier apply(database, *parts_->changes, parts_->compressor);
  for (const Change& change : changes) {
    const Result<void> applied = std::visit(apply, change);
    if (!applied) return applied.error();
  }
  return transaction->commit();
}

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
  Result<Statement> select = parts_->database.prepare(
      fmt::format("SELECT {}, {} FROM {} s LEFT JOIN generation g ON g.sample = s.id "
                  "LEFT JOIN score c ON c.sample = s.id ORDER BY s.task, s.id",
                  kPlaceColumns, kResultColumns, kGrid));
  if (!select) return select.error();
  select->bind(1, run);
  SampleResult result;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return {};
    const std::optional<std::string_view> damage = read_result(*select, result);
    if (damage) return damaged_row(parts_->file, result.id, *damage);
    visitor(result);
  }
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
    replies.push_back({read_stored_reply(*select, parts_->compressor),
                       static_cast<std::int32_t>(select->integer(3)), *verdict, select->text(18),
                       select->text(19), select->text(20)});
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
