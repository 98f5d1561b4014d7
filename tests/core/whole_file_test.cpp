#include "harness/core/whole_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace proctor;
namespace fs = std::filesystem;

TEST_CASE("a file is read to its end and what is none is refused by name") {
  const fs::path folder = fs::temp_directory_path() / "proctor_whole_file_test";
  fs::create_directories(folder);
  std::string content = "first line\n";
  content += '\0';
  content.append(200'000, 'x');
  std::ofstream(folder / "file", std::ios::binary) << content;
  std::ofstream(folder / "empty");
  CHECK(*read_whole_file(folder / "file") == content);
  CHECK(read_whole_file(folder / "empty")->empty());

  struct Row {
    fs::path path;
    ErrorCode code;
  };
  const Row kRows[] = {
      {folder / "missing", ErrorCode::not_found},
      {folder / "file" / "below", ErrorCode::io},
      {folder, ErrorCode::invalid_input},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.path);
    const Result<std::string> read = read_whole_file(row.path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == row.code);
    CHECK(read.error().message().find(row.path.string()) != std::string::npos);
  }
  fs::remove_all(folder);
}
