#include "reports/raw_store.h"

#include <string>
#include <utility>

#include "reports/store_parts.h"

namespace proctor::reports {
namespace {

// Carries the rows of `select` to `insert`, which has as many parameters as those have columns.
Result<void> copy_rows(Statement& select, Statement& insert, int columns) {
  while (true) {
    const Result<bool> row = select.next();
    if (!row) return row.error();
    if (!*row) return {};
    for (int column = 0; column < columns; ++column) {
      insert.bind_value(column + 1, select, column);
    }
    const Result<void> inserted = insert.run();
    if (!inserted) return inserted;
  }
}

// The same for statements still to be prepared; parameters of `select` are bound from 1.
Result<void> copy_query(const Database& from, const std::string& select,
                        std::initializer_list<std::int64_t> parameters, const Database& into,
                        const std::string& insert, int columns) {
  Result<Statement> rows = from.prepare(select);
  if (!rows) return rows.error();
  int position = 0;
  for (const std::int64_t parameter : parameters) rows->bind(++position, parameter);
  Result<Statement> target = into.prepare(insert);
  if (!target) return target.error();
  return copy_rows(*rows, *target, columns);
}

// The id of the same questions there, copied if they are not.
Result<std::int64_t> copy_dataset(const Database& from, std::int64_t dataset,
                                  const Database& into) {
  Result<Statement> select = from.prepare("SELECT task, hash, questions FROM dataset WHERE id=?");
  if (!select) return select.error();
  const Result<bool> row = select->bind(1, dataset).next();
  if (!row) return row.error();
  if (!*row) return Error(ErrorCode::corrupt, "a task's dataset is missing");
  Result<Statement> find =
      into.prepare("SELECT id FROM dataset WHERE task=? AND hash=? AND questions=?");
  if (!find) return find.error();
  for (int column = 0; column < 3; ++column) find->bind_value(column + 1, *select, column);
  const Result<bool> found = find->next();
  if (!found) return found.error();
  if (*found) return find->integer(0);
  const Result<void> copied =
      copy_query(from, "SELECT task, hash, questions FROM dataset WHERE id=?", {dataset}, into,
                 "INSERT INTO dataset(task, hash, questions) VALUES(?, ?, ?)", 3);
  if (!copied) return copied.error();
  const std::int64_t id = into.last_insert_id();
  const Result<void> questions =
      copy_query(from,
                 "SELECT ?1, ordinal, question_id, text, gold, attributes FROM question "
                 "WHERE dataset=?2 ORDER BY ordinal",
                 {id, dataset}, into, "INSERT INTO question VALUES(?, ?, ?, ?, ?, ?)", 6);
  if (!questions) return questions.error();
  return id;
}

// One task of a run on its way: rows of `run_task` there and here, and their parts of the grid.
struct TaskCopy {
  std::int64_t from = 0;
  std::int64_t into = 0;
  std::int64_t first = 0;  // sample there
  std::int64_t samples = 0;
  std::int64_t shift = 0;  // of sample ids
};

Result<void> copy_grid(const Database& from, const TaskCopy& task, const Database& into) {
  struct Table {
    const char* select;
    const char* insert;
    int columns;
  };
  // ?1 shift of ids, ?2 first sample, ?3 the one past the last, ?4 the new run_task.
  const Table tables[] = {
      {"SELECT id + ?1, ?4, question, repeat, seed, state, attempts, reason FROM sample "
       "WHERE id >= ?2 AND id < ?3 ORDER BY id",
       "INSERT INTO sample VALUES(?, ?, ?, ?, ?, ?, ?, ?)", 8},
      {"SELECT sample + ?1, finish, prompt_tokens, completion_tokens, reasoning_tokens, "
       "cached_tokens, first_token_ms, total_ms, served_by, text, reasoning FROM generation "
       "WHERE sample >= ?2 AND sample < ?3 AND ?4 ORDER BY sample",
       "INSERT INTO generation VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 11},
      {"SELECT sample + ?1, verdict, extracted, canonical, span_begin, span_end, thinking, "
       "explanation, grader FROM score WHERE sample >= ?2 AND sample < ?3 AND ?4 ORDER BY sample",
       "INSERT INTO score VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", 9},
      {"SELECT sample + ?1, hash, text_bytes, reasoning_bytes, thinking_bytes, loops, "
       "mixes_scripts FROM reply_traits WHERE sample >= ?2 AND sample < ?3 AND ?4 ORDER BY sample",
       "INSERT INTO reply_traits VALUES(?, ?, ?, ?, ?, ?, ?)", 7},
      {"SELECT sample + ?1 FROM cached_reply WHERE sample >= ?2 AND sample < ?3 AND ?4 "
       "ORDER BY sample",
       "INSERT INTO cached_reply VALUES(?)", 1},
  };
  for (const Table& table : tables) {
    const Result<void> copied = copy_query(
        from, table.select, {task.shift, task.first, task.first + task.samples, task.into}, into,
        table.insert, table.columns);
    if (!copied) return copied;
  }
  return {};
}

Result<void> copy_attachments(const Database& from, const TaskCopy& task, const Database& into) {
  const Result<void> bodies =
      copy_query(from,
                 "SELECT hash, body FROM attachment_body WHERE hash IN "
                 "(SELECT body FROM attachment WHERE run_task=?)",
                 {task.from}, into, "INSERT OR IGNORE INTO attachment_body VALUES(?, ?)", 2);
  if (!bodies) return bodies;
  return copy_query(from,
                    "SELECT ?1, ordinal, name, body FROM attachment WHERE run_task=?2 "
                    "ORDER BY ordinal",
                    {task.into, task.from}, into, "INSERT INTO attachment VALUES(?, ?, ?, ?)", 4);
}

Result<void> copy_task(const Database& from, std::int64_t id, RunId run, const Database& into) {
  Result<Statement> task =
      from.prepare("SELECT dataset, first_sample, samples FROM run_task WHERE id=?");
  if (!task) return task.error();
  const Result<bool> row = task->bind(1, id).next();
  if (!row) return row.error();
  check(*row);
  const Result<std::int64_t> dataset = copy_dataset(from, task->integer(0), into);
  if (!dataset) return dataset.error();
  const Result<std::int64_t> first = into.integer("SELECT coalesce(max(id), 0) + 1 FROM sample");
  if (!first) return first.error();
  const Result<void> copied = copy_query(
      from,
      "SELECT ?1, ordinal, task, ?2, protocol, protocol_hash, protocol_json, grader, repeats, ?3, "
      "samples FROM run_task WHERE id=?4",
      {run, *dataset, *first, id}, into,
      "INSERT INTO run_task(run, ordinal, task, dataset, protocol, protocol_hash, protocol_json, "
      "grader, repeats, first_sample, samples) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      11);
  if (!copied) return copied;
  const TaskCopy place{id, into.last_insert_id(), task->integer(1), task->integer(2),
                       *first - task->integer(1)};
  const Result<void> attached = copy_attachments(from, place, into);
  if (!attached) return attached;
  return copy_grid(from, place, into);
}

}  // namespace

Result<Database> open_tables_to_read(const std::filesystem::path& file) {
  {
    const Result<Store> sound = Store::open_for_reading(file);
    if (!sound) return sound.error();
  }
  Result<Database> database = Database::open_to_read(file);
  if (!database) return database;
  const Result<void> configured =
      database->execute("PRAGMA busy_timeout=10000; PRAGMA trusted_schema=OFF;");
  if (!configured) return configured.error();
  const Result<void> added = add_missing_tables(*database);
  if (!added) return added.error();
  return database;
}

Result<Database> open_tables_to_write(const std::filesystem::path& file) {
  Result<Database> database = Database::open(file, SQLITE_OPEN_READWRITE);
  if (!database) return database;
  const Result<void> configured = database->execute(
      "PRAGMA busy_timeout=10000; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL; "
      "PRAGMA foreign_keys=ON;");
  if (!configured) return configured.error();
  return database;
}

Result<RunId> copy_run(const Database& from, RunId run, const Database& into) {
  const Result<void> copied =
      copy_query(from,
                 "SELECT status, created_at, finished_at, model, endpoint, seed, fingerprint, "
                 "config, version, host FROM run WHERE id=?",
                 {run}, into,
                 "INSERT INTO run(status, created_at, finished_at, model, endpoint, seed, "
                 "fingerprint, config, version, host) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 10);
  if (!copied) return copied.error();
  if (into.changes() != 1) return Error(ErrorCode::not_found, "no such run");
  const RunId copy = into.last_insert_id();
  Result<Statement> tasks = from.prepare("SELECT id FROM run_task WHERE run=? ORDER BY ordinal");
  if (!tasks) return tasks.error();
  tasks->bind(1, run);
  while (true) {
    const Result<bool> row = tasks->next();
    if (!row) return row.error();
    if (!*row) return copy;
    const Result<void> task = copy_task(from, tasks->integer(0), copy, into);
    if (!task) return task.error();
  }
}

Result<std::vector<RunId>> append_runs(const std::filesystem::path& from,
                                       const std::filesystem::path& into) {
  const Result<Store> owner = Store::open_for_writing(into);
  if (!owner) return owner.error();
  const Result<Database> source = open_tables_to_read(from);
  if (!source) return source.error();
  const Result<Database> target = open_tables_to_write(into);
  if (!target) return target.error();
  Result<Transaction> transaction = Transaction::begin(*target);
  if (!transaction) return transaction.error();
  Result<Statement> runs = source->prepare("SELECT id FROM run ORDER BY id");
  if (!runs) return runs.error();
  std::vector<RunId> copies;
  while (true) {
    const Result<bool> row = runs->next();
    if (!row) return row.error();
    if (!*row) break;
    const Result<RunId> copy = copy_run(*source, runs->integer(0), *target);
    if (!copy) return copy.error();
    copies.push_back(*copy);
  }
  const Result<void> committed = transaction->commit();
  if (!committed) return committed.error();
  return copies;
}

}  // namespace proctor::reports
