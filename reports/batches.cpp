#include "reports/batches.h"

#include <utility>

namespace proctor::reports {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string lines;
  for (const std::string& name : names) lines += name + "\n";
  return lines;
}

std::vector<std::string> split(std::string_view lines) {
  std::vector<std::string> names;
  for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos;) {
    names.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  return names;
}

}  // namespace

Result<BatchTable> BatchTable::open(const std::filesystem::path& store, RunId run) {
  Result<Database> database = Database::open(store, SQLITE_OPEN_READWRITE);
  if (!database) return database.error();
  const Result<void> configured = database->execute(
      "PRAGMA busy_timeout=10000; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL; "
      "PRAGMA foreign_keys=ON;");
  if (!configured) return configured.error().within(store.string());
  return BatchTable(std::move(*database), run);
}

Result<std::vector<StoredBatch>> BatchTable::open_batches() const {
  Result<Statement> select = database_.prepare(
      "SELECT key, file, coalesce(service_id, ''), begun, requests FROM batch "
      "WHERE run=? AND ended IS NULL ORDER BY id");
  if (!select) return select.error();
  select->bind(1, run_);
  std::vector<StoredBatch> batches;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return batches;
    batches.push_back({select->text(0), select->text(1), select->text(2), select->integer(3),
                       split(select->text(4))});
  }
}

Result<bool> BatchTable::any() const {
  Result<Statement> select = database_.prepare("SELECT 1 FROM batch WHERE run=? LIMIT 1");
  if (!select) return select.error();
  select->bind(1, run_);
  return select->next();
}

Result<void> BatchTable::add(const StoredBatch& batch) const {
  Result<Statement> insert =
      database_.prepare("INSERT INTO batch(run, key, file, begun, requests) VALUES(?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  const std::string requests = joined(batch.requests);
  insert->bind(1, run_).bind(2, batch.key).bind(3, batch.file).bind(4, batch.begun);
  return insert->bind(5, requests).run();
}

Result<void> BatchTable::set_id(const std::string& key, const std::string& id) const {
  Result<Statement> update = database_.prepare("UPDATE batch SET service_id=? WHERE key=?");
  if (!update) return update.error();
  return update->bind(1, id).bind(2, key).run();
}

Result<void> BatchTable::end(const std::string& key, const std::string& how) const {
  Result<Statement> update = database_.prepare("UPDATE batch SET ended=? WHERE key=?");
  if (!update) return update.error();
  return update->bind(1, how).bind(2, key).run();
}

Result<void> BatchTable::end_all(const std::string& how) const {
  Result<Statement> update =
      database_.prepare("UPDATE batch SET ended=? WHERE run=? AND ended IS NULL");
  if (!update) return update.error();
  return update->bind(1, how).bind(2, run_).run();
}

}  // namespace proctor::reports
