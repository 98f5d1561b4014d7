#include "reports/run_filler.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "reports/compress.h"
#include "reports/raw_store.h"

namespace proctor::reports {
namespace {

// Where a task's samples begin, and how many there are.
struct Place {
  std::int64_t first = 0;
  std::int64_t questions = 0;
  std::int64_t repeats = 0;
};

Result<std::vector<Place>> places_of(const Database& database, RunId run) {
  Result<Statement> select = database.prepare(
      "SELECT first_sample, samples / repeats, repeats FROM run_task WHERE run=? ORDER BY ordinal");
  if (!select) return select.error();
  select->bind(1, run);
  std::vector<Place> places;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return places;
    places.push_back({select->integer(0), select->integer(1), select->integer(2)});
  }
}

}  // namespace

struct RunFiller::Parts {
  Database database;
  RunId run = 0;
  std::vector<Place> places{};
  std::vector<bool> filled{};  // by id, from the first of the run
  Compressor compressor{};
  Statement sample{}, generation{}, cached{}, score{}, traits{};
  std::optional<Transaction> transaction{};  // of `database`, and gone before it

  Result<std::int64_t> id_of(const SampleResult& result);
  Result<void> put_reply(std::int64_t id, const Generation& reply);
  Result<void> put_score(std::int64_t id, const Score& given, const std::string& grader);
  Result<void> put_traits(std::int64_t id, const ReplyTraits& known);
};

RunFiller::RunFiller(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RunFiller::RunFiller(RunFiller&&) noexcept = default;
RunFiller::~RunFiller() = default;

Result<RunFiller> RunFiller::begin(const std::filesystem::path& file, const RunPlan& plan) {
  Result<RunId> run = Error(ErrorCode::io, "not begun");
  {
    Result<Store> store = Store::open_for_writing(file);
    if (!store) return store.error();
    run = store->add_run(plan, [](const std::string&, const Question&, int) { return 0ULL; });
    if (!run) return run.error();
  }
  Result<Database> database = open_tables_to_write(file);
  if (!database) return database.error();
  auto parts = std::unique_ptr<Parts>(new Parts{.database = std::move(*database), .run = *run});
  const Database& tables = parts->database;
  Result<std::vector<Place>> places = places_of(tables, *run);
  if (!places) return places.error();
  parts->places = std::move(*places);
  const std::pair<Statement*, const char*> statements[] = {
      {&parts->sample,
       "UPDATE sample SET seed=?, state=?, attempts=?, reason=nullif(?, '') "
       "WHERE id=?"},
      {&parts->generation, "INSERT INTO generation VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&parts->cached, "INSERT INTO cached_reply VALUES(?)"},
      {&parts->score, "INSERT INTO score VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&parts->traits, "INSERT INTO reply_traits VALUES(?, ?, ?, ?, ?, ?, ?)"}};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = tables.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  Result<Transaction> transaction = Transaction::begin(tables);
  if (!transaction) return transaction.error();
  parts->transaction.emplace(std::move(*transaction));
  return RunFiller(std::move(parts));
}

Result<std::int64_t> RunFiller::Parts::id_of(const SampleResult& result) {
  const auto task = static_cast<std::size_t>(result.task);
  const bool known = result.task >= 0 && task < places.size();
  if (!known || result.question < 0 || result.question >= places[task].questions ||
      result.repeat < 0 || result.repeat >= places[task].repeats) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("task {}, question {}, repeat {} is not in the run's plan",
                             result.task, result.question, result.repeat));
  }
  const std::int64_t id =
      places[task].first + result.question * places[task].repeats + result.repeat;
  const auto place = static_cast<std::size_t>(id - places.front().first);
  if (place >= filled.size()) filled.resize(place + 1);
  if (filled[place]) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("task {}, question {}, repeat {} is there twice", result.task,
                             result.question, result.repeat));
  }
  filled[place] = true;
  return id;
}

Result<void> RunFiller::Parts::put_reply(std::int64_t id, const Generation& reply) {
  if (reply.from_cache) {
    const Result<void> marked = cached.bind(1, id).run();
    if (!marked) return marked;
  }
  const std::string text(compressor.compress(reply.text));
  generation.bind(1, id).bind(2, name_of(reply.finish));
  generation.bind(3, reply.usage.prompt).bind(4, reply.usage.completion);
  generation.bind(5, reply.usage.reasoning).bind(6, reply.usage.cached_prompt);
  generation.bind(7, reply.first_token_ms).bind(8, reply.total_ms).bind(9, reply.served_by);
  generation.bind_blob(10, text);
  if (reply.reasoning.empty()) return generation.bind(11, std::optional<std::int64_t>()).run();
  return generation.bind_blob(11, compressor.compress(reply.reasoning)).run();
}

Result<void> RunFiller::Parts::put_score(std::int64_t id, const Score& given,
                                         const std::string& grader) {
  std::optional<std::int64_t> begin, end;
  if (given.span) {
    begin = static_cast<std::int64_t>(given.span->begin);
    end = static_cast<std::int64_t>(given.span->end);
  }
  score.bind(1, id).bind(2, name_of(given.verdict)).bind(3, given.extracted);
  score.bind(4, given.canonical).bind(5, begin).bind(6, end).bind(7, name_of(given.thinking));
  return score.bind(8, given.explanation).bind(9, grader).run();
}

Result<void> RunFiller::Parts::put_traits(std::int64_t id, const ReplyTraits& known) {
  traits.bind(1, id).bind(2, static_cast<std::int64_t>(known.hash)).bind(3, known.text_bytes);
  traits.bind(4, known.reasoning_bytes).bind(5, known.thinking_bytes);
  return traits.bind(6, std::int64_t{known.loops}).bind(7, std::int64_t{known.mixes_scripts}).run();
}

Result<void> RunFiller::put(const SampleRecord& sample) {
  check(!sample.damage);
  const SampleResult& result = sample.result;
  const Result<std::int64_t> id = parts_->id_of(result);
  if (!id) return id.error();
  const Result<void> stored = parts_->sample.bind(1, static_cast<std::int64_t>(sample.seed))
                                  .bind(2, name_of(result.state))
                                  .bind(3, std::int64_t{result.attempts})
                                  .bind(4, result.reason)
                                  .bind(5, *id)
                                  .run();
  if (!stored) return stored;
  if (sample.reply) {
    const Result<void> replied = parts_->put_reply(*id, *sample.reply);
    if (!replied) return replied;
  }
  if (sample.score) {
    const Result<void> scored = parts_->put_score(*id, *sample.score, sample.grader);
    if (!scored) return scored;
  }
  return result.traits ? parts_->put_traits(*id, *result.traits) : Result<void>();
}

Result<RunId> RunFiller::finish(const RunInfo& info) {
  Result<Statement> update = parts_->database.prepare(
      "UPDATE run SET status=?1, created_at=coalesce(nullif(?2, ''), created_at), "
      "finished_at=CASE WHEN ?1 = 'open' THEN NULL "
      "ELSE coalesce(nullif(?3, ''), strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) END WHERE id=?4");
  if (!update) return update.error();
  update->bind(1, name_of(info.status)).bind(2, info.created_at).bind(3, info.finished_at);
  const Result<void> marked = update->bind(4, parts_->run).run();
  if (!marked) return marked.error();
  const Result<void> committed = parts_->transaction->commit();
  if (!committed) return committed.error();
  return parts_->run;
}

}  // namespace proctor::reports
