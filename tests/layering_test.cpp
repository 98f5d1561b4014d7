// Who may include whom: the architecture as a table, checked against every source file.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Each folder may include itself and these. The README draws it.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"harness/core", {}},                      // the vocabulary: shared values, Result, Error
    {"tasks", {"harness/core"}},               // what is asked: questions, prompts
    {"backends", {"harness/core"}},            // who answers: prompts in, generations out
    {"sandbox", {"harness/core"}},             // where code runs: program in, how it ended out
    {"graders", {"harness/core", "sandbox"}},  // was it right: question and reply in, score out
    {"reports", {"harness/core"}},             // what happened: records in, store and tables out
    {"harness", {"harness/core", "tasks", "backends", "graders", "sandbox", "reports"}},  // wiring
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
      {"harness/core/x.h", "#include \"harness/verbs.h\"", false},
      {"harness/x.cpp", "#include \"reports/store.h\"", true},
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
