#include "reports/sqlite.h"

#include <errno.h>
#include <unistd.h>

#include <cctype>
#include <utility>

namespace proctor::reports {
namespace {

ErrorCode code_for(sqlite3* db, int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::disk_full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::busy;
    case SQLITE_IOERR: {
      // A write that ran out of space part of the way is an I/O error to SQLite, and so is the
      // shared-memory index that cannot grow.
      const int system = sqlite3_system_errno(db);
      const bool full = system == ENOSPC || system == EDQUOT || code == SQLITE_IOERR_SHMSIZE;
      return full ? ErrorCode::disk_full : ErrorCode::io;
    }
    default:
      return ErrorCode::io;
  }
}

}  // namespace

Error Database::last_error(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  const char* file = sqlite3_db_filename(db, "main");
  std::string message = file != nullptr ? std::string(file) + ": " : std::string();
  message += sqlite3_errmsg(db);
  return Error(code_for(db, code), std::move(message));
}

Statement& Statement::bind(int position, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), position, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
  // A null pointer would bind NULL where an empty text is meant.
  const char* data = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(statement_.get(), position, data, text.size(), SQLITE_STATIC,
                            SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_blob(int position, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  check(sqlite3_bind_blob64(statement_.get(), position, data, bytes.size(), SQLITE_STATIC) ==
        SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int position, const std::optional<std::int64_t>& value) {
  if (value) return bind(position, *value);
  check(sqlite3_bind_null(statement_.get(), position) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_value(int position, const Statement& row, int column) {
  check(sqlite3_bind_value(statement_.get(), position,
                           sqlite3_column_value(row.statement_.get(), column)) == SQLITE_OK);
  return *this;
}

Result<void> Statement::run() {
  const Result<bool> row = next();
  if (!row) return row.error();
  if (*row) sqlite3_reset(statement_.get());
  return {};
}

Result<bool> Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  Error error = Database::last_error(db_);
  sqlite3_reset(statement_.get());
  return error;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::filesystem::path& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code == SQLITE_OK) return database;
  check(raw != nullptr);
  return Error(code_for(raw, code), path.string() + ": " + sqlite3_errmsg(raw));
}

Result<Database> Database::open_to_read(const std::filesystem::path& path) {
  std::error_code unknown;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::uintmax_t wal = std::filesystem::file_size(path.string() + "-wal", unknown);
  if (access(folder.c_str(), W_OK) == 0 || (!unknown && wal > 0)) {
    return open(path, SQLITE_OPEN_READONLY);
  }
  // SQLite, "URI Filenames": immutable promises that nobody writes, so no locks are taken.
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '-' ||
                       c == '_' || c == '.';
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    uri += plain ? std::string(1, c) : std::string({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return open(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

void Database::checkpoint_on_close(bool wanted) const {
  check(sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr) ==
        SQLITE_OK);
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return last_error(db_.get());
  return Statement(db_.get(), statement);
}

Result<void> Database::execute(const char* script) const {
  if (sqlite3_exec(db_.get(), script, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return last_error(db_.get());
}

Result<std::int64_t> Database::integer(std::string_view sql) const {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->next();
  if (!row) return row.error();
  check(*row);
  return statement->integer(0);
}

Result<std::string> Database::text(std::string_view sql) const {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->next();
  if (!row) return row.error();
  check(*row);
  return statement->text(0);
}

Result<Transaction> Transaction::begin(const Database& database) {
  const Result<void> begun = database.execute("BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself; a second rollback then says so, harmlessly.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  const Result<void> committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace proctor::reports
