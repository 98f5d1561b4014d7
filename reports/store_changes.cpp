// What happens to samples: changes in, in durable groups.
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
      {&ChangeStatements::insert_cached, "INSERT INTO cached_reply VALUES(?)"},
      {&ChangeStatements::insert_score, "INSERT INTO score VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&ChangeStatements::examine,
       "INSERT OR REPLACE INTO reply_traits SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
       "WHERE EXISTS (SELECT 1 FROM generation WHERE sample=?1)"},
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
    if (change.reply.from_cache) {
      const Result<void> marked = statements_.insert_cached.bind(1, change.sample).run();
      if (!marked) return marked;
    }
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

  Result<void> operator()(const SampleExamined& change) {
    const ReplyTraits& traits = change.traits;
    Statement& row = statements_.examine;
    row.bind(1, change.sample).bind(2, static_cast<std::int64_t>(traits.hash));
    row.bind(3, traits.text_bytes).bind(4, traits.reasoning_bytes);
    row.bind(5, traits.thinking_bytes).bind(6, std::int64_t{traits.loops});
    row.bind(7, std::int64_t{traits.mixes_scripts});
    return move_sample(row, change.sample, "examined");
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

}  // namespace proctor::reports
