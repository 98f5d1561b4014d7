// SQLite with our errors and our ownership; private to reports and its tests.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::reports {

// A prepared statement. Bind by position from 1; text and blobs are borrowed until the next reset.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}

  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, std::string_view text);
  Statement& bind_blob(int position, std::string_view bytes);
  Statement& bind(int position, const std::optional<std::int64_t>& value);
  // What stands in that column of another statement's row, whatever its type. Copied.
  Statement& bind_value(int position, const Statement& row, int column);

  // Runs a statement that returns no rows, and makes it ready to be bound again.
  Result<void> run();
  // Steps to the next row; false at the end, when the statement is ready to be bound again.
  Result<bool> next();

  std::int64_t integer(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  bool is_null(int column) const;
  std::string text(int column) const;
  // Borrowed until the next step.
  std::string_view blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A connection. One thread at a time.
class Database {
 public:
  // `flags` are SQLite's SQLITE_OPEN_…; errors name the file.
  static Result<Database> open(const std::filesystem::path& path, int flags);

  // To read only; also where nothing can be written, not even SQLite's shared memory, if no writer
  // left a WAL there.
  static Result<Database> open_to_read(const std::filesystem::path& path);

  Result<Statement> prepare(std::string_view sql) const;
  // Runs a script of statements that return nothing of interest.
  Result<void> execute(const char* script) const;
  // The first column of the first row of a query.
  Result<std::int64_t> integer(std::string_view sql) const;
  Result<std::string> text(std::string_view sql) const;

  // Whether closing the last connection moves the WAL into the file (by default it does).
  void checkpoint_on_close(bool wanted) const;

  std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(db_.get()); }
  // Rows changed by the last statement.
  int changes() const { return sqlite3_changes(db_.get()); }

  // The Error for what SQLite just refused on this connection.
  static Error last_error(sqlite3* db);

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  explicit Database(sqlite3* db) : db_(db) {}

  std::unique_ptr<sqlite3, Close> db_;
};

// Rolls back when it goes out of scope uncommitted.
class Transaction {
 public:
  static Result<Transaction> begin(const Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  Result<void> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}

  const Database* database_;
};

}  // namespace proctor::reports
