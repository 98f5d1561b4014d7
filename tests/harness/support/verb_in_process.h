// A verb called in the test's own process, and the lines that it wrote.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "harness/verbs/verbs.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {

using AddVerb = void (*)(CLI::App& app, Globals& globals, int& exit_code);

// Its exit code for the arguments, of which the first is the verb's name.
inline int run_verb(AddVerb add, std::vector<std::string> arguments) {
  CLI::App app;
  Globals globals;
  int exit_code = -1;
  add(app, globals, exit_code);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(arguments);
  return exit_code;
}

inline std::vector<nlohmann::json> rows_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> rows;
  std::istringstream in(support::read_file(file));
  for (std::string line; std::getline(in, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

}  // namespace proctor::harness
