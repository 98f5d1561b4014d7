#include "harness/files/input_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

TEST_CASE("a file is opened by its name and one that is not there is named") {
  const support::TempDir dir;
  const std::string name = (dir.path() / "replies.jsonl").string();
  const Result<InputFile> missing = open_input(name);
  REQUIRE(!missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  CHECK(missing.error().message().find(name) != std::string::npos);
  std::ofstream(name) << "{}";
  const Result<InputFile> file = open_input(name);
  REQUIRE(file);
  CHECK(std::fgetc(file->get()) == '{');
  CHECK(input_name(name) == name);
}

TEST_CASE("a dash is stdin and leaves it open") {
  const int flags = fcntl(STDIN_FILENO, F_GETFD);
  {
    const Result<InputFile> file = open_input("-");
    REQUIRE(file);
    CHECK(file->get() == stdin);
  }
  CHECK(fcntl(STDIN_FILENO, F_GETFD) == flags);
  CHECK(input_name("-") == "stdin");
}

TEST_CASE("a blank line has nothing but spaces and its end") {
  for (const char* line : {"", "\n", " \t\r\n"}) {
    CAPTURE(line);
    CHECK(is_blank(line));
  }
  for (const char* line : {"{}", " 0\n"}) {
    CAPTURE(line);
    CHECK(!is_blank(line));
  }
}

}  // namespace
}  // namespace proctor::harness
