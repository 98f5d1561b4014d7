// Who may include whom: the architecture as a table, checked against every source file.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Each folder may include itself and these. README.md and harness/README.md draw it.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"harness/core", {}},                      // the vocabulary: shared values, Result, Error
    {"tasks", {"harness/core"}},               // what is asked: questions, prompts
    {"backends", {"harness/core"}},            // who answers: prompts in, generations out
    {"sandbox", {"harness/core"}},             // where code runs: program in, how it ended out
    {"graders", {"harness/core", "sandbox"}},  // was it right: question and reply in, score out
    {"reports", {"harness/core"}},             // what happened: records in, store and tables out

    // Wiring, from the ground up.
    {"harness/process", {"harness/core"}},
    {"harness/files", {"harness/core", "harness/process"}},
    {"harness/hub", {"harness/core", "backends", "harness/process", "harness/files"}},
    {"harness/data",
     {"harness/core", "backends", "tasks", "harness/process", "harness/files", "harness/hub"}},
    {"harness/spending", {"harness/core", "reports", "harness/process"}},
    {"harness/rating", {"harness/core", "tasks", "graders", "reports", "harness/files"}},
    {"harness/grading", {"harness/core", "tasks", "graders", "sandbox", "harness/process"}},
    {"harness/plan",
     {"harness/core", "tasks", "backends", "reports", "harness/process", "harness/files",
      "harness/rating", "harness/grading"}},
    {"harness/canary",
     {"harness/core", "tasks", "backends", "reports", "harness/process", "harness/files",
      "harness/spending", "harness/grading", "harness/plan"}},
    {"harness/exchange",
     {"harness/core", "tasks", "graders", "reports", "harness/process", "harness/files",
      "harness/grading", "harness/plan"}},
    {"harness/figures",
     {"harness/core", "tasks", "graders", "reports", "harness/spending", "harness/rating",
      "harness/grading", "harness/canary", "harness/exchange"}},
    {"harness/comparison", {"harness/core", "reports", "harness/files"}},
    {"harness/page",
     {"harness/core", "tasks", "graders", "reports", "harness/spending", "harness/grading",
      "harness/exchange", "harness/figures"}},
    {"harness/run",
     {"harness/core", "tasks", "backends", "graders", "reports", "harness/process", "harness/files",
      "harness/spending", "harness/grading", "harness/plan", "harness/canary", "harness/figures"}},
    {"harness/verbs",
     {"harness/core",     "tasks",           "backends",           "sandbox",      "graders",
      "reports",          "harness/process", "harness/files",      "harness/hub",  "harness/data",
      "harness/spending", "harness/rating",  "harness/grading",    "harness/plan", "harness/canary",
      "harness/exchange", "harness/figures", "harness/comparison", "harness/page", "harness/run"}},
    {"harness", {"harness/process", "harness/verbs"}},  // main
};

// The folder of the table that a path from the root lies in; empty for a header that is not ours.
std::string folder_of(const std::string& path) {
  std::string best;
  for (const auto& [folder, allowed] : kMayInclude) {
    if (path.starts_with(folder + "/") && folder.size() > best.size()) best = folder;
  }
  return best;
}

std::vector<fs::path> sources_in(const fs::path& folder) {
  std::vector<fs::path> sources;
  if (!fs::exists(folder)) return sources;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    const bool source = extension == ".h" || extension == ".cpp" || extension == ".cu";
    if (entry.is_regular_file() && source) sources.push_back(entry.path());
  }
  return sources;
}

// The header that a line includes in quotes, if it does.
std::optional<std::string> included_by(const std::string& line) {
  std::size_t at = 0;
  const auto skip_blanks = [&] { at = std::min(line.find_first_not_of(" \t", at), line.size()); };
  for (const std::string_view token : {"#", "include", "\""}) {
    skip_blanks();
    if (!std::string_view(line).substr(at).starts_with(token)) return std::nullopt;
    at += token.size();
  }
  const std::size_t end = line.find('"', at);
  if (end == std::string::npos) return std::nullopt;
  return line.substr(at, end - at);
}

// The includes of a file that break the table, as "file -> header".
std::vector<std::string> forbidden_includes(const std::string& file, std::istream& text) {
  const std::string from = folder_of(file);
  std::vector<std::string> forbidden;
  for (std::string line; std::getline(text, line);) {
    const std::optional<std::string> header = included_by(line);
    if (!header) continue;
    const std::string to = folder_of(*header);
    const bool tests = header->starts_with("tests/");
    if (tests || (!to.empty() && to != from && !kMayInclude.at(from).contains(to))) {
      forbidden.push_back(file + " -> " + *header);
    }
  }
  return forbidden;
}

}  // namespace

TEST_CASE("no file includes a folder that the table of arrows does not allow") {
  const fs::path root = PROCTOR_SOURCE_DIR;
  std::size_t seen = 0;
  std::vector<std::string> forbidden;
  for (const char* top : {"harness", "tasks", "backends", "sandbox", "graders", "reports"}) {
    for (const fs::path& path : sources_in(root / top)) {
      ++seen;
      std::ifstream text(path);
      const auto found = forbidden_includes(fs::relative(path, root).string(), text);
      forbidden.insert(forbidden.end(), found.begin(), found.end());
    }
  }
  CHECK(seen > 50);
  CAPTURE(forbidden.size());
  for (const std::string& arrow : forbidden) FAIL_CHECK(arrow);
}

TEST_CASE("the arrows go round in no circle") {
  std::set<std::string> placed;  // folders whose arrows all lead to placed ones
  while (true) {
    const std::size_t before = placed.size();
    for (const auto& [folder, allowed] : kMayInclude) {
      if (std::includes(placed.begin(), placed.end(), allowed.begin(), allowed.end())) {
        placed.insert(folder);
      }
    }
    if (placed.size() == before) break;
  }
  for (const auto& [folder, allowed] : kMayInclude) {
    CAPTURE(folder);
    CHECK(placed.contains(folder));
  }
}

TEST_CASE("every folder of the wiring has a row of the table") {
  for (const auto& entry : fs::directory_iterator(fs::path(PROCTOR_SOURCE_DIR) / "harness")) {
    if (!entry.is_directory() || sources_in(entry.path()).empty()) continue;
    CAPTURE(entry.path().string());
    CHECK(kMayInclude.contains("harness/" + entry.path().filename().string()));
  }
}

TEST_CASE("an arrow against the table is noticed") {
  struct Row {
    const char* file;
    const char* line;
    bool allowed;
  };
  constexpr Row kRows[] = {
      {"graders/x.cpp", "#include \"harness/core/score.h\"", true},
      {"graders/x.cpp", "#include \"sandbox/sandbox.h\"", true},
      {"graders/x.cpp", "#include \"graders/think.h\"", true},
      {"graders/x.cpp", "#include <string>", true},
      {"graders/x.cpp", "#include \"tasks/task.h\"", false},
      {"reports/x.cpp", "#include \"graders/metrics.h\"", false},
      {"harness/core/x.h", "#include \"harness/verbs/verbs.h\"", false},
      {"harness/page/x.cpp", "#include \"reports/store.h\"", true},
      {"harness/main.cpp", "#include \"reports/store.h\"", false},
      {"harness/run/x.cpp", "#include \"harness/plan/run_plan.h\"", true},
      {"harness/plan/x.cpp", "#include \"harness/run/pipeline.h\"", false},
      {"tasks/x.cpp", "  #  include \"backends/backend.h\"", false},
      {"tasks/x.cpp", "#include \"tests/support/skip.h\"", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.file);
    CAPTURE(row.line);
    std::istringstream text(row.line);
    CHECK(forbidden_includes(row.file, text).empty() == row.allowed);
  }
}
