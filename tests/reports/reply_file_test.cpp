#include "reports/reply_file.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace proctor::reports {
namespace {

Generation long_reply(int number) {
  Generation reply;
  reply.text = "The answer to " + std::to_string(number) + " is \\boxed{" +
               std::string(3000, static_cast<char>('a' + number % 26)) + "}\n";
  reply.reasoning = std::string("nul \0 and \xff bytes", 17);
  reply.finish = FinishReason::length;
  reply.usage = {number, 100, std::nullopt, 7};
  reply.served_by = "model-1 fp_3";
  reply.attempts = 4;
  reply.total_ms = 99;
  return reply;
}

ReplyFile open_file(const std::filesystem::path& file) {
  Result<ReplyFile> opened = ReplyFile::open(file);
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message()));
  return std::move(*opened);
}

std::optional<Generation> found(ReplyFile& file, const std::string& key) {
  const Result<std::optional<Generation>> reply = file.find(key);
  REQUIRE(reply);
  return *reply;
}

void execute(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

// Keeps replies under keys of its own and one of all, then ends the process with how many failed.
[[noreturn]] void keep_as_another_process(const std::filesystem::path& path, int first, int count) {
  int failed = 0;
  Result<ReplyFile> file = ReplyFile::open(path);
  if (!file) _exit(255);
  for (int i = first; i < first + count; ++i) {
    failed += file->keep("key " + std::to_string(i), long_reply(i)) ? 0 : 1;
    failed += file->keep("shared", long_reply(0)) ? 0 : 1;
  }
  _exit(std::min(failed, 254));
}

}  // namespace

TEST_CASE("a reply comes back byte for byte and only under its key") {
  const support::TempDir dir;
  {
    ReplyFile file = open_file(dir / "cache.db");
    CHECK_FALSE(found(file, "a"));
    REQUIRE(file.keep("a", long_reply(1)));
    CHECK_FALSE(found(file, "b"));
  }
  ReplyFile again = open_file(dir / "cache.db");
  const std::optional<Generation> reply = found(again, "a");
  REQUIRE(reply);
  const Generation kept = long_reply(1);
  CHECK(reply->text == kept.text);
  CHECK(reply->reasoning == kept.reasoning);
  CHECK(reply->finish == FinishReason::length);
  CHECK(reply->usage.prompt == 1);
  CHECK(reply->usage.completion == 100);
  CHECK_FALSE(reply->usage.reasoning);
  CHECK(reply->usage.cached_prompt == 7);
  CHECK(reply->served_by == "model-1 fp_3");
  CHECK(reply->total_ms == 0);
  CHECK_FALSE(found(again, "A"));
}

TEST_CASE("a damaged entry is an error until it is kept anew") {
  const support::TempDir dir;
  const std::filesystem::path path = dir / "cache.db";
  const char* damages[] = {
      // A flipped byte, a cut tail, another's reply, and no frame at all.
      "UPDATE reply SET packed = CAST(substr(packed, 1, 20) || x'00' || substr(packed, 22) AS BLOB)"
      " WHERE key='a'",
      "UPDATE reply SET packed = substr(packed, 1, length(packed) - 3) WHERE key='a'",
      "UPDATE reply SET packed = (SELECT packed FROM reply WHERE key='b') WHERE key='a'",
      "UPDATE reply SET packed = x'' WHERE key='a'",
  };
  for (const char* damage : damages) {
    CAPTURE(damage);
    {
      ReplyFile file = open_file(path);
      REQUIRE(file.keep("a", long_reply(1)));
      REQUIRE(file.keep("b", long_reply(2)));
    }
    execute(path, damage);
    ReplyFile file = open_file(path);
    const Result<std::optional<Generation>> reply = file.find("a");
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code() == ErrorCode::corrupt);
    CHECK(reply.error().message().find("cache.db: entry a is damaged") != std::string::npos);
    CHECK(found(file, "b")->text == long_reply(2).text);
    REQUIRE(file.keep("a", long_reply(3)));
    CHECK(found(file, "a")->text == long_reply(3).text);
  }
}

TEST_CASE("what is no cache of replies is refused and left as it is") {
  const support::TempDir dir;
  execute(dir / "other.db", "CREATE TABLE mine(x); INSERT INTO mine VALUES(7);");
  const Result<ReplyFile> other = ReplyFile::open(dir / "other.db");
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ErrorCode::invalid_input);
  execute(dir / "other.db", "INSERT INTO mine VALUES(8);");

  open_file(dir / "later.db");
  execute(dir / "later.db", "PRAGMA user_version=2");
  CHECK_FALSE(ReplyFile::open(dir / "later.db"));

  std::ofstream(dir / "text.db") << std::string(5000, 'x');
  const Result<ReplyFile> text = ReplyFile::open(dir / "text.db");
  REQUIRE_FALSE(text);
  CHECK(text.error().code() == ErrorCode::corrupt);
  CHECK_FALSE(ReplyFile::open(dir / "no" / "such" / "folder.db"));
}

TEST_CASE("two processes fill one file at once and lose nothing") {
  const support::TempDir dir;
  constexpr int kEach = 60;
  pid_t children[2] = {};
  for (int i = 0; i < 2; ++i) {
    children[i] = fork();
    if (children[i] == 0) keep_as_another_process(dir / "cache.db", i * kEach, kEach);
    REQUIRE(children[i] > 0);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  ReplyFile file = open_file(dir / "cache.db");
  for (int i = 0; i < 2 * kEach; ++i) {
    CAPTURE(i);
    const std::optional<Generation> reply = found(file, "key " + std::to_string(i));
    REQUIRE(reply);
    CHECK(reply->text == long_reply(i).text);
  }
  CHECK(found(file, "shared"));
}

}  // namespace proctor::reports
