// A problem of a programming contest as a row of open-r1/codeforces tells it, its tests aside.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace proctor::tasks::codeforces {

struct Example {
  std::string input;
  std::string output;
};

struct Problem {
  std::string contest;  // "1349"
  std::string index;    // "A", "D2"
  std::string title;
  // Parts of the statement; empty: it has none of these.
  std::string description;
  std::string input_format;
  std::string output_format;
  std::string interaction;
  std::string note;
  std::vector<Example> examples;
  // Limits of each test; nothing: not stated.
  std::optional<double> seconds;
  std::optional<double> megabytes;
  bool reads_files = false;  // input.txt and output.txt stand in for stdin and stdout
  std::optional<int> rating;
  std::optional<int> year;
  std::vector<std::string> tags;
  std::vector<std::string> aliases;  // ids of the same problem in other contests
  bool executable = false;           // upstream can judge it; interactive ones it cannot
  bool tests_complete = false;       // the official ones; long ones are missing otherwise
  std::int64_t generated_tests = 0;  // how many there are beside
};

constexpr const char* kInputFile = "input.txt";
constexpr const char* kOutputFile = "output.txt";

// Whole numbers may be written as 800.0, as pandas does where another row has none.
// Errors: invalid_input, naming the field.
Result<Problem> parse_problem(const nlohmann::json& row);

}  // namespace proctor::tasks::codeforces
