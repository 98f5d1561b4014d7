#include "reports/reply_file.h"

#include <fmt/core.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "reports/compress.h"
#include "reports/sqlite.h"

namespace proctor::reports {
namespace {

using nlohmann::json;

constexpr std::int64_t kApplicationId = 0x70727263;
constexpr std::int64_t kVersion = 1;

// What stands before the texts, roughly at most; a reply that leaves no room for it is not kept.
constexpr std::size_t kMostHeaderBytes = 64U << 10;

// Changing to WAL does not wait for a lock (SQLite, "PRAGMA journal_mode"), so that two processes
// that make the same file at once must.
constexpr int kTries = 100;
constexpr std::chrono::milliseconds kPause{50};

json number(const std::optional<std::int64_t>& value) { return value ? json(*value) : json(); }

std::string pack(const std::string& key, const Generation& reply) {
  const json header = {{"key", key},
                       {"finish", name_of(reply.finish)},
                       {"prompt_tokens", number(reply.usage.prompt)},
                       {"completion_tokens", number(reply.usage.completion)},
                       {"reasoning_tokens", number(reply.usage.reasoning)},
                       {"cached_tokens", number(reply.usage.cached_prompt)},
                       {"served_by", reply.served_by},
                       {"text_bytes", reply.text.size()},
                       {"reasoning_bytes", reply.reasoning.size()}};
  return header.dump(-1, ' ', false, json::error_handler_t::replace) + "\n" + reply.text +
         reply.reasoning;
}

// Nothing, if these bytes are not what pack() made for that key.
std::optional<Generation> unpack(const std::string& key, const std::string& bytes) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string::npos) return std::nullopt;
  const json header = json::parse(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(line),
                                  nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return std::nullopt;
  const auto word = [&](const char* field) {
    const auto found = header.find(field);
    const bool known = found != header.end() && found->is_string();
    return known ? found->get<std::string>() : std::string();
  };
  const auto count = [&](const char* field) {
    const auto found = header.find(field);
    const bool known = found != header.end() && found->is_number_integer();
    return known ? std::optional(found->get<std::int64_t>()) : std::nullopt;
  };
  const std::optional<FinishReason> finish = finish_reason_named(word("finish"));
  const std::optional<std::int64_t> text = count("text_bytes");
  const std::optional<std::int64_t> reasoning = count("reasoning_bytes");
  const auto rest = static_cast<std::int64_t>(bytes.size() - line - 1);
  const bool whole = text && reasoning && *text >= 0 && *reasoning >= 0 && *text <= rest &&
                     *reasoning == rest - *text;
  if (word("key") != key || !finish || !whole) return std::nullopt;
  Generation reply;
  reply.finish = *finish;
  reply.usage = {count("prompt_tokens"), count("completion_tokens"), count("reasoning_tokens"),
                 count("cached_tokens")};
  reply.served_by = word("served_by");
  reply.text = bytes.substr(line + 1, static_cast<std::size_t>(*text));
  reply.reasoning = bytes.substr(line + 1 + static_cast<std::size_t>(*text));
  return reply;
}

// Makes an empty file one of ours. Whoever comes second finds it done.
Result<void> create_if_empty(const Database& database) {
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const Result<std::int64_t> tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables > 0) return {};
  const Result<void> created = database.execute(
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={};"
                  "CREATE TABLE reply(key TEXT NOT NULL UNIQUE, packed BLOB NOT NULL) STRICT;",
                  kApplicationId, kVersion)
          .c_str());
  if (!created) return created;
  return transaction->commit();
}

Result<void> check_identity(const std::filesystem::path& file, const Database& database) {
  const Result<std::int64_t> id = database.integer("PRAGMA application_id");
  if (!id) return id.error();
  const Result<std::int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*id == kApplicationId && *version == kVersion) return {};
  return Error(
      ErrorCode::invalid_input,
      file.string() + ": an SQLite file, but no cache of replies of this proctor's format");
}

Result<void> set_up(const std::filesystem::path& file, const Database& database) {
  const Result<void> configured = database.execute(
      "PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;");
  if (!configured) return configured;
  const Result<void> created = create_if_empty(database);
  if (!created) return created;
  const Result<void> ours = check_identity(file, database);
  if (!ours) return ours;
  return database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
}

}  // namespace

struct ReplyFile::Parts {
  std::filesystem::path file;
  Database database;
  Statement select;
  Statement insert;
  Compressor compressor{};
};

ReplyFile::ReplyFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ReplyFile::ReplyFile(ReplyFile&&) noexcept = default;
ReplyFile& ReplyFile::operator=(ReplyFile&&) noexcept = default;
ReplyFile::~ReplyFile() = default;

Result<ReplyFile> ReplyFile::open(const std::filesystem::path& file) {
  Result<Database> database = Database::open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!database) return database.error();
  Result<void> ready = set_up(file, *database);
  for (int tries = 1; !ready && ready.error().code() == ErrorCode::busy && tries < kTries;
       ++tries) {
    std::this_thread::sleep_for(kPause);
    ready = set_up(file, *database);
  }
  if (!ready) return ready.error();
  Result<Statement> select = database->prepare("SELECT packed FROM reply WHERE key=?");
  if (!select) return select.error();
  Result<Statement> insert = database->prepare("INSERT OR REPLACE INTO reply VALUES(?, ?)");
  if (!insert) return insert.error();
  return ReplyFile(std::unique_ptr<Parts>(
      new Parts{file, std::move(*database), std::move(*select), std::move(*insert)}));
}

Result<std::optional<Generation>> ReplyFile::find(const std::string& key) {
  Statement& select = parts_->select.bind(1, key);
  const Result<bool> row = select.next();
  if (!row) return row.error();
  if (!*row) return std::optional<Generation>();
  const Result<std::string> bytes = parts_->compressor.decompress(select.blob(0));
  const Result<bool> end = select.next();  // lets go of the file
  if (!end) return end.error();
  std::optional<Generation> reply = bytes ? unpack(key, *bytes) : std::nullopt;
  if (reply) return reply;
  return Error(ErrorCode::corrupt, fmt::format("{}: entry {} is damaged{}", parts_->file.string(),
                                               key, bytes ? "" : ": " + bytes.error().message()));
}

Result<void> ReplyFile::keep(const std::string& key, const Generation& reply) {
  if (reply.text.size() + reply.reasoning.size() > kMostReplyBytes - kMostHeaderBytes) return {};
  const std::string_view frame = parts_->compressor.compress(pack(key, reply));
  return parts_->insert.bind(1, key).bind_blob(2, frame).run();
}

}  // namespace proctor::reports
