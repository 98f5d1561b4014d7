#include "graders/code/extraction.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::code {
namespace {

std::string program_in(std::string_view reply) {
  const Span span = find_program(reply);
  return std::string(reply.substr(span.begin, span.end - span.begin));
}

TEST_CASE("the program is what stands between the last two lines with a fence") {
  struct Row {
    const char* reply;
    const char* program;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"no fence at all", ""},
      {"```python\nprint(1)", ""},  // never closed
      {"```python\nprint(1)\n```", "print(1)"},
      {"Here:\n```python\nprint(1)\nprint(2)\n```\nDone.", "print(1)\nprint(2)"},
      {"```cpp\nint main(){}\n```", "int main(){}"},  // whatever language it says
      {"```\n\nx\n\n```", "\nx\n"},
      {"```\n```", ""},
      {"```\n\n```", ""},
      {"``` and ```", ""},                // one line
      {"say ```x\na\nb``` now\nc", "a"},  // in the middle of a line
      {"<think>\n```\nfirst\n```\n</think>\n```\nsecond\n```", "second"},
      {"<think>\n```\nfirst\n```\n</think>\nno block", "first"},  // thinking is searched too
      {"```\nfirst\n```\nprose\n```python\nunclosed", "prose"},
      {"```\r\nprint(1)\r\n```\r\n", "print(1)\r"},
      {"````\nx\n````", "x"},
      {"``\nx\n``", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    CHECK(program_in(row.reply) == row.program);
  }
}

TEST_CASE("the last closed block of the asked language is what a fenced program is") {
  constexpr std::string_view kCpp[] = {"cpp", "c++", "cc"};
  struct Row {
    const char* text;
    const char* program;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"int main() {}", ""},
      {"```cpp\nint main() {}\n```", "int main() {}"},
      {"```C++\na\nb\n```\nDone.", "a\nb"},
      {"``` cc \na\n```", "a"},
      {"```cpp title=main.cpp\na\n```", "a"},
      {"  ```cpp\n  a\n  ```", "  a"},
      {"```cpp\r\na\r\n```\r\n", "a\r"},
      {"```cpp\nfirst\n```\nBetter:\n```cpp\nlast\n```", "last"},
      {"```cpp\nmine\n```\n```python\nother\n```", "mine"},    // of another language
      {"```cpp\nmine\n```\nIt prints\n```\n42\n```", "mine"},  // of none
      {"```\na\n```", ""},
      {"```cplusplus\na\n```", ""},
      {"```cpp\nwhole\n```\n```cpp\ncut off", "whole"},
      {"```cpp\nno end\n\nAgain:\n```cpp\na\n```", "a"},  // the first was never closed
      {"```cpp\na }```", "a }"},
      {"```cpp a ```", ""},
      {"say ```cpp\na\n```", ""},  // not at the beginning of a line
      {"````cpp\na\n```\nb\n````", "a\n```\nb"},
      {"```cpp\n```", ""},
      {"``cpp\na\n``", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const std::string_view text = row.text;
    const Span span = find_fenced_program(text, kCpp);
    CHECK(text.substr(span.begin, span.end - span.begin) == row.program);
  }
}

TEST_CASE("extraction equals upstream on every row of its result files") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs livecodebench/real/eval_outputs: shared data is missing");
  for (const char* file :
       {"O1-Mini-2024-09-12_n1.eval_all.json", "O1-Preview-2024-09-12_n1.eval_all.json"}) {
    CAPTURE(file);
    const nlohmann::json rows = nlohmann::json::parse(
        support::read_file(data / "livecodebench" / "real" / "eval_outputs" / file));
    REQUIRE(rows.size() == 880);
    std::size_t equal = 0;
    for (const nlohmann::json& row : rows) {
      CAPTURE(row["question_id"].get<std::string>());
      const std::string output = row["output_list"][0];
      const std::string code = row["code_list"][0];
      CHECK(program_in(output) == code);
      if (program_in(output) == code) ++equal;
    }
    CHECK(equal == 880);
  }
}

}  // namespace
}  // namespace proctor::graders::code
