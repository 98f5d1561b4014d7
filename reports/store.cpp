#include "reports/store.h"

#include <fmt/core.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "reports/schema.h"
#include "reports/store_attachments.h"
#include "reports/store_parts.h"

namespace proctor::reports {
namespace {

namespace fs = std::filesystem;

// A full structural check reads the whole file; above this size damage is found when it is met.
constexpr std::uintmax_t kCheckedOnOpen = 512U << 20;

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Error damaged(const fs::path& file, std::string_view detail) {
  return Error(ErrorCode::corrupt,
               fmt::format("{}: the store is damaged ({}); it was not changed. Restore a copy of "
                           "it, or use another --db",
                           file.string(), detail));
}

// Says so when an error met before any work means that the file is not a sound store.
Error opening_error(const fs::path& file, const Error& error) {
  return error.code() == ErrorCode::corrupt ? damaged(file, error.message()) : error;
}

Result<void> check_identity(const fs::path& file, const Database& database) {
  const Result<std::int64_t> id = database.integer("PRAGMA application_id");
  if (!id) return opening_error(file, id.error());
  if (*id != kApplicationId) {
    return Error(ErrorCode::corrupt,
                 fmt::format("{}: an SQLite file, but not a proctor store", file.string()));
  }
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return opening_error(file, version.error());
  if (*version < 1 || *version > kFormatVersion) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: store format {}, this proctor reads formats 1 to {}",
                             file.string(), *version, kFormatVersion));
  }
  return {};
}

std::string set_version() { return fmt::format("PRAGMA user_version={};", kFormatVersion); }

// Makes a sound store of an older format one of today's, in the file itself.
Result<void> upgrade(const Database& database) {
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == kFormatVersion) return {};
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  for (const FormatStep& step : kFormatSteps) {
    if (step.version <= *version) continue;
    const Result<void> added = database.execute(step.tables);
    if (!added) return added;
  }
  const Result<void> marked = database.execute(set_version().c_str());
  if (!marked) return marked;
  return transaction->commit();
}

Result<void> check_structure(const fs::path& file, const Database& database) {
  std::error_code unknown;
  if (fs::file_size(file, unknown) > kCheckedOnOpen || unknown) return {};
  const Result<std::string> verdict = database.text("PRAGMA quick_check(1)");
  if (!verdict) return opening_error(file, verdict.error());
  if (*verdict != "ok") return damaged(file, *verdict);
  return {};
}

Result<void> create_schema(const Database& database) {
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const std::string header =
      fmt::format("PRAGMA application_id={}; {}", kApplicationId, set_version());
  std::vector<const char*> scripts = {kSchema, header.c_str()};
  for (const FormatStep& step : kFormatSteps) scripts.push_back(step.tables);
  for (const char* script : scripts) {
    const Result<void> done = database.execute(script);
    if (!done) return done.error();
  }
  return transaction->commit();
}

Result<RunStatus> run_status_named(const std::string& name) {
  for (const RunStatus status : {RunStatus::open, RunStatus::complete, RunStatus::incomplete}) {
    if (name_of(status) == name) return status;
  }
  return Error(ErrorCode::corrupt, "unknown run status \"" + name + "\"");
}

std::string attributes_json(const Question& question) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [key, value] : question.attributes) object[key] = value;
  return object.dump();
}

Result<void> read_attributes(const std::string& json, Question& question) {
  const nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object()) return Error(ErrorCode::corrupt, "question attributes are no object");
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return Error(ErrorCode::corrupt, "question attribute is no text");
    question.attributes.emplace_back(key, value.get<std::string>());
  }
  return {};
}

// The id of the stored copy of these questions, written if there is none: nights share it.
Result<std::int64_t> dataset_id(const Database& database, const TaskPlan& task) {
  const std::int64_t count = static_cast<std::int64_t>(task.questions.size());
  Result<Statement> find =
      database.prepare("SELECT id FROM dataset WHERE task=? AND hash=? AND questions=?");
  if (!find) return find.error();
  find->bind(1, task.task).bind(2, task.dataset_hash).bind(3, count);
  const Result<bool> found = find->next();
  if (!found) return found.error();
  if (*found) return find->integer(0);

  Result<Statement> insert =
      database.prepare("INSERT INTO dataset(task, hash, questions) VALUES(?, ?, ?)");
  if (!insert) return insert.error();
  const Result<void> inserted =
      insert->bind(1, task.task).bind(2, task.dataset_hash).bind(3, count).run();
  if (!inserted) return inserted.error();
  const std::int64_t id = database.last_insert_id();

  Result<Statement> question = database.prepare("INSERT INTO question VALUES(?, ?, ?, ?, ?, ?)");
  if (!question) return question.error();
  for (std::size_t i = 0; i < task.questions.size(); ++i) {
    const Question& asked = task.questions[i];
    const std::string attributes = attributes_json(asked);
    question->bind(1, id).bind(2, static_cast<std::int64_t>(i)).bind(3, asked.id);
    question->bind(4, asked.text).bind(5, asked.gold).bind(6, attributes);
    const Result<void> stored = question->run();
    if (!stored) return stored.error();
  }
  return id;
}

Result<void> insert_grid(const Database& database, std::int64_t run_task, std::int64_t first,
                         const TaskPlan& task, const Store::SeedOf& seed_of) {
  Result<Statement> insert = database.prepare(
      "INSERT INTO sample(id, run_task, question, repeat, seed, state) "
      "VALUES(?, ?, ?, ?, ?, 'planned')");
  if (!insert) return insert.error();
  std::int64_t id = first;
  for (std::size_t question = 0; question < task.questions.size(); ++question) {
    for (int repeat = 0; repeat < task.repeats; ++repeat) {
      const std::uint64_t seed = seed_of(task.task, task.questions[question], repeat);
      insert->bind(1, id++).bind(2, run_task).bind(3, static_cast<std::int64_t>(question));
      insert->bind(4, std::int64_t{repeat}).bind(5, static_cast<std::int64_t>(seed));
      const Result<void> stored = insert->run();
      if (!stored) return stored.error();
    }
  }
  return {};
}

Result<void> insert_task(const Database& database, Compressor& compressor, RunId run,
                         std::int64_t ordinal, const TaskPlan& task, const Store::SeedOf& seed_of) {
  const Result<std::int64_t> dataset = dataset_id(database, task);
  if (!dataset) return dataset.error();
  const Result<std::int64_t> first =
      database.integer("SELECT coalesce(max(id), 0) + 1 FROM sample");
  if (!first) return first.error();
  Result<Statement> insert = database.prepare(
      "INSERT INTO run_task(run, ordinal, task, dataset, protocol, protocol_hash, protocol_json, "
      "grader, repeats, first_sample, samples) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  const std::int64_t samples = static_cast<std::int64_t>(task.questions.size()) * task.repeats;
  insert->bind(1, run).bind(2, ordinal).bind(3, task.task).bind(4, *dataset);
  insert->bind(5, task.protocol).bind(6, task.protocol_hash).bind(7, task.protocol_json);
  insert->bind(8, task.grader).bind(9, std::int64_t{task.repeats}).bind(10, *first);
  const Result<void> stored = insert->bind(11, samples).run();
  if (!stored) return stored.error();
  const std::int64_t run_task = database.last_insert_id();
  const Result<void> attached =
      insert_attachments(database, compressor, run_task, task.attachments);
  if (!attached) return attached;
  return insert_grid(database, run_task, *first, task, seed_of);
}

Result<std::vector<Question>> load_questions(const Database& database, std::int64_t dataset) {
  Result<Statement> select = database.prepare(
      "SELECT question_id, text, gold, attributes FROM question WHERE dataset=? ORDER BY ordinal");
  if (!select) return select.error();
  select->bind(1, dataset);
  std::vector<Question> questions;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return questions;
    Question question{select->text(0), select->text(1), select->text(2), {}};
    const Result<void> read = read_attributes(select->text(3), question);
    if (!read) return read.error().within("question " + question.id);
    questions.push_back(std::move(question));
  }
}

Result<std::vector<TaskPlan>> load_tasks(const Database& database, const Compressor& compressor,
                                         RunId run) {
  Result<Statement> select = database.prepare(
      "SELECT t.task, d.hash, t.protocol, t.protocol_hash, t.protocol_json, t.grader, t.repeats, "
      "d.id, t.ordinal, t.samples, t.id FROM run_task t JOIN dataset d ON d.id = t.dataset "
      "WHERE t.run=? ORDER BY t.ordinal");
  if (!select) return select.error();
  select->bind(1, run);
  std::vector<TaskPlan> tasks;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return tasks;
    TaskPlan task{select->text(0),
                  select->text(1),
                  select->text(2),
                  select->text(3),
                  select->text(4),
                  select->text(5),
                  static_cast<int>(select->integer(6)),
                  {}};
    Result<std::vector<Question>> questions = load_questions(database, select->integer(7));
    if (!questions) return questions.error().within("task " + task.task);
    task.questions = std::move(*questions);
    Result<std::vector<Attachment>> attachments =
        load_attachments(database, compressor, select->integer(10));
    if (!attachments) return attachments.error().within("task " + task.task);
    task.attachments = std::move(*attachments);
    const std::int64_t samples = static_cast<std::int64_t>(task.questions.size()) * task.repeats;
    if (select->integer(8) != static_cast<std::int64_t>(tasks.size()) || task.repeats < 1 ||
        select->integer(9) != samples) {
      return Error(ErrorCode::corrupt, "task " + task.task + ": damaged plan");
    }
    tasks.push_back(std::move(task));
  }
}

Error no_such_run(const fs::path& file, RunId run) {
  return Error(ErrorCode::not_found, fmt::format("{}: there is no run {}", file.string(), run));
}

// Makes sure that the file is a sound store of ours before anything in it is changed; a new file
// becomes one.
Result<void> accept_or_create(const fs::path& file, const Database& database) {
  // Until then not even what another writer left in the WAL is moved into the file.
  database.checkpoint_on_close(false);
  const Result<void> configured = database.execute(
      "PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;");
  if (!configured) return opening_error(file, configured.error());
  const Result<std::int64_t> tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return opening_error(file, tables.error());
  if (*tables == 0) {
    const Result<void> created = create_schema(database);
    if (!created) return created;
  }
  const Result<void> ours = check_identity(file, database);
  if (!ours) return ours;
  const Result<void> sound = check_structure(file, database);
  if (!sound) return sound;
  database.checkpoint_on_close(true);
  return upgrade(database);
}

// Every commit on the disk before it returns, beside readers: WAL frames are synced at each commit
// (FULL). Pages go into the file every 4,000 of them: fewer syncs, for a WAL of about 16 MB.
Result<void> set_durability(const fs::path& file, const Database& database) {
  const Result<std::string> mode = database.text("PRAGMA journal_mode=WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") {
    return Error(ErrorCode::unavailable,
                 fmt::format("{}: this file system cannot hold a store (SQLite's WAL needs shared "
                             "memory, which network file systems lack); use a local --db",
                             file.string()));
  }
  return database.execute(
      "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA foreign_keys=ON;");
}

}  // namespace

Result<void> add_missing_tables(const Database& database) {
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  for (const FormatStep& step : kFormatSteps) {
    if (step.version <= *version) continue;
    const Result<void> added = database.execute(step.missing);
    if (!added) return added;
  }
  return {};
}

std::string_view name_of(RunStatus status) {
  switch (status) {
    case RunStatus::open:
      return "open";
    case RunStatus::complete:
      return "complete";
    case RunStatus::incomplete:
      return "incomplete";
  }
  return {};
}

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open_for_writing(const fs::path& file) {
  Result<FileLock> lock = FileLock::take(file);
  if (!lock) return lock.error();
  Result<Database> database = Database::open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!database) return database.error();
  const Result<void> accepted = accept_or_create(file, *database);
  if (!accepted) return accepted.error();
  const Result<void> durable = set_durability(file, *database);
  if (!durable) return durable.error();
  return Store(std::unique_ptr<Parts>(
      new Parts{file, std::move(*lock), std::move(*database), Compressor(), std::nullopt}));
}

Result<Store> Store::open_for_reading(const fs::path& file) {
  std::error_code unknown;
  if (!fs::exists(file, unknown)) {
    return Error(ErrorCode::not_found, file.string() + ": no such store; `proctor run` makes one");
  }
  Result<Database> database = Database::open_to_read(file);
  if (!database) return opening_error(file, database.error());
  const Result<void> configured = database->execute(
      "PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;");
  if (!configured) return opening_error(file, configured.error());
  for (const auto& examine : {check_identity, check_structure}) {
    const Result<void> sound = examine(file, *database);
    if (!sound) return sound.error();
  }
  const Result<void> added = add_missing_tables(*database);
  if (!added) return opening_error(file, added.error());
  return Store(std::unique_ptr<Parts>(
      new Parts{file, std::nullopt, std::move(*database), Compressor(), std::nullopt}));
}

Result<RunId> Store::add_run(const RunPlan& plan, const SeedOf& seed_of) {
  const Database& database = parts_->database;
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  Result<Statement> insert = database.prepare(
      "INSERT INTO run(status, created_at, model, endpoint, seed, fingerprint, config, version, "
      "host) VALUES('open', ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  const std::string now = utc_now();
  insert->bind(1, now).bind(2, plan.model).bind(3, plan.endpoint);
  insert->bind(4, static_cast<std::int64_t>(plan.seed)).bind(5, plan.fingerprint);
  insert->bind(6, plan.config_json).bind(7, plan.version).bind(8, plan.host);
  const Result<void> inserted = insert->run();
  if (!inserted) return inserted.error();
  const RunId run = database.last_insert_id();
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const Result<void> added = insert_task(database, parts_->compressor, run,
                                           static_cast<std::int64_t>(i), plan.tasks[i], seed_of);
    if (!added) return added.error();
  }
  const Result<void> committed = transaction->commit();
  if (!committed) return committed.error();
  return run;
}

Result<std::optional<RunId>> Store::open_run(const std::string& fingerprint, std::uint64_t seed) {
  Result<Statement> select = parts_->database.prepare(
      "SELECT id, status FROM run WHERE fingerprint=? AND seed=? ORDER BY id DESC LIMIT 1");
  if (!select) return select.error();
  select->bind(1, fingerprint).bind(2, static_cast<std::int64_t>(seed));
  const Result<bool> row = select->next();
  if (!row) return row.error();
  if (!*row || select->text(1) != name_of(RunStatus::open)) return std::optional<RunId>();
  return std::optional<RunId>(select->integer(0));
}

Result<std::vector<RunInfo>> Store::runs() {
  Result<Statement> select = parts_->database.prepare(
      "SELECT id, status, created_at, coalesce(finished_at, ''), model, "
      "(SELECT group_concat(task, ',') FROM (SELECT task FROM run_task WHERE run = run.id "
      "ORDER BY ordinal)) FROM run ORDER BY id");
  if (!select) return select.error();
  std::vector<RunInfo> runs;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return runs;
    const Result<RunStatus> status = run_status_named(select->text(1));
    if (!status) return status.error().within(parts_->file.string());
    runs.push_back({select->integer(0), *status, select->text(2), select->text(3), select->text(4),
                    select->text(5)});
  }
}

Result<RunInfo> Store::run_info(RunId run) {
  const Result<std::vector<RunInfo>> all = runs();
  if (!all) return all.error();
  for (const RunInfo& info : *all) {
    if (info.id == run) return info;
  }
  return no_such_run(parts_->file, run);
}

Result<RunPlan> Store::plan(RunId run) {
  Result<Statement> select = parts_->database.prepare(
      "SELECT model, endpoint, seed, fingerprint, config, version, host FROM run WHERE id=?");
  if (!select) return select.error();
  select->bind(1, run);
  const Result<bool> row = select->next();
  if (!row) return row.error();
  if (!*row) return no_such_run(parts_->file, run);
  RunPlan plan{select->text(0),
               select->text(1),
               static_cast<std::uint64_t>(select->integer(2)),
               select->text(3),
               select->text(4),
               select->text(5),
               select->text(6),
               {}};
  Result<std::vector<TaskPlan>> tasks = load_tasks(parts_->database, parts_->compressor, run);
  if (!tasks) return tasks.error().within(parts_->file.string());
  plan.tasks = std::move(*tasks);
  return plan;
}

Result<std::int64_t> Store::replan(RunId run, SampleState from) {
  check(from == SampleState::in_flight || from == SampleState::failed);
  Result<Statement> update = parts_->database.prepare(
      "UPDATE sample SET state='planned' WHERE state=?1 AND "
      "id >= (SELECT min(first_sample) FROM run_task WHERE run=?2) AND "
      "id < (SELECT max(first_sample + samples) FROM run_task WHERE run=?2)");
  if (!update) return update.error();
  const Result<void> updated = update->bind(1, name_of(from)).bind(2, run).run();
  if (!updated) return updated.error();
  return std::int64_t{parts_->database.changes()};
}

Result<void> Store::set_status(RunId run, RunStatus status) {
  Result<Statement> update =
      parts_->database.prepare("UPDATE run SET status=?, finished_at=nullif(?, '') WHERE id=?");
  if (!update) return update.error();
  const std::string finished = status == RunStatus::open ? std::string() : utc_now();
  return update->bind(1, name_of(status)).bind(2, finished).bind(3, run).run();
}

Result<void> Store::set_graders(RunId run, const RunPlan& plan) {
  const Database& database = parts_->database;
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  Result<Statement> update = database.prepare("UPDATE run SET fingerprint=? WHERE id=?");
  if (!update) return update.error();
  const Result<void> marked = update->bind(1, plan.fingerprint).bind(2, run).run();
  if (!marked) return marked;
  if (database.changes() != 1) return no_such_run(parts_->file, run);
  Result<Statement> task = database.prepare(
      "UPDATE run_task SET protocol_hash=?, protocol_json=?, grader=? WHERE run=? AND ordinal=?");
  if (!task) return task.error();
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const TaskPlan& graded = plan.tasks[i];
    task->bind(1, graded.protocol_hash).bind(2, graded.protocol_json).bind(3, graded.grader);
    const Result<void> stored = task->bind(4, run).bind(5, static_cast<std::int64_t>(i)).run();
    if (!stored) return stored;
  }
  return transaction->commit();
}

}  // namespace proctor::reports
