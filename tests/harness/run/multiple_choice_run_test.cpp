// Runs over multiple choices: every repeat shows the options in an order of its own, is graded by
// that order, and votes for options.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "harness/process/exit_code.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/harness/support/verb_in_process.h"

namespace proctor::harness::run {
namespace {

using nlohmann::json;

constexpr const char* kRows =
    "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,Record ID,"
    "High-level domain,Subdomain\n"
    "Which of these is noble?,neon,iron,copper,zinc,rec1,Chemistry,Gases\n"
    "\"Which of these, at 20 °C, is a liquid?\",mercury,iron,copper,zinc,rec2,Chemistry,Metals\n";

// The letter under which a prompt shows an option.
std::string letter_of(const std::string& prompt, const std::string& option) {
  for (const char* letter : {"A", "B", "C", "D"}) {
    const std::string line = std::string("\n") + letter + ") " + option;
    const std::size_t at = prompt.find(line);
    if (at == std::string::npos) continue;
    const std::size_t end = at + line.size();
    if (end == prompt.size() || prompt[end] == '\n') return letter;
  }
  return "no letter";
}

// Knows what is noble, and of every eight times takes iron for a liquid five times. It reads the
// options off its prompts.
class Chemist {
 public:
  support::Answer answer(const support::HttpRequest& request) {
    if (!request.path.ends_with("/chat/completions")) return support::respond_json(404, "{}");
    const json body = json::parse(request.body);
    const std::string prompt = body["messages"].back()["content"];
    const bool noble = prompt.find("noble") != std::string::npos;
    const std::string option = noble ? "neon" : liquids_++ % 8 < 5 ? "iron" : "mercury";
    const std::string letter = letter_of(prompt, option);
    letters_ += letter;
    const json reply = {
        {"model", "chemist"},
        {"choices",
         {{{"index", 0},
           {"finish_reason", "stop"},
           {"message", {{"role", "assistant"}, {"content", "I see.\n\nAnswer: $" + letter}}}}}},
        {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 5}}}};
    return support::respond_json(200, reply.dump());
  }

  const std::string& letters() const { return letters_; }

 private:
  int liquids_ = 0;
  std::string letters_;
};

struct Classroom {
  support::TempDir dir;
  Chemist chemist;
  support::FakeServer server{
      [this](const support::HttpRequest& request) { return chemist.answer(request); }};

  Classroom() {
    const std::filesystem::path file = dir.write("gpqa.csv", kRows);
    const support::ChildEnd end = run_program({PROCTOR_BINARY, "data", "import", file.string(),
                                               "--task", "gpqa", "--data", dir.path().string()});
    REQUIRE(end.exit_code == 0);
    CHECK(end.err.find("2 questions") != std::string::npos);  // the size of no known release
  }

  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> argv = {PROCTOR_BINARY,
                                     "run",
                                     "gpqa",
                                     "--model",
                                     "openai-api/chemist",
                                     "--base-url",
                                     server.base_url(),
                                     "--data",
                                     dir.path().string(),
                                     "--db",
                                     (dir / "run.db").string(),
                                     "--json",
                                     "--quiet",
                                     "--no-canary",
                                     "--no-stream"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
};

}  // namespace

TEST_CASE("repeats with permuted options are graded by their own letters and vote for options") {
  Classroom room;
  const json task = task_of(report_of(room.command(), 0), "gpqa");
  CHECK(task["pass@1"] == doctest::Approx((1 + 3.0 / 8) / 2));
  // Eight votes for neon and five for iron, whatever their letters were.
  CHECK(task["metrics"]["cons@8"]["value"] == doctest::Approx(0.5));
  CHECK(room.chemist.letters().size() == 16);
  for (const char letter : {'A', 'B', 'C', 'D'}) {
    CHECK(room.chemist.letters().find(letter) != std::string::npos);
  }

  const json again = report_of({PROCTOR_BINARY, "regrade", "1", "--json", "--data",
                                room.dir.path().string(), "--db", (room.dir / "run.db").string()},
                               0);
  CHECK(again["tasks"][0]["replies"] == 16);
  CHECK(again["tasks"][0]["correct_after"] == 11);
  CHECK(again["tasks"][0]["changed"].empty());
}

TEST_CASE("the list of data says which protocols have a recipe for a task") {
  Classroom room;
  const support::ChildEnd listed =
      run_program({PROCTOR_BINARY, "data", "list", "--json", "--data", room.dir.path().string()});
  REQUIRE(listed.exit_code == kDone);
  std::map<std::string, json> protocols;
  for (const json& row : json::parse(listed.out)) {
    if (row.contains("protocols")) protocols[row["task"]] = row["protocols"];
  }
  CHECK(protocols["gpqa"] == json{"r1", "r1-openr1", "simple-evals"});
  CHECK(protocols["livecodebench"] == json{"r1", "r1-openr1"});
  CHECK(protocols["codeforces"] == json{"r1"});
  const support::ChildEnd table =
      run_program({PROCTOR_BINARY, "data", "list", "--data", room.dir.path().string()});
  CHECK(table.out.find("protocol simple-evals: aime24, aime25, math500, gpqa, ") !=
        std::string::npos);
}

TEST_CASE("every order of the options can be asked for and makes another recipe") {
  Classroom room;
  std::vector<std::string> hashes;
  for (const char* order : {"seeded", "se", "cyclic", "fixed", "gold"}) {
    CAPTURE(order);
    const json report = report_of(room.command({"--order", order, "--fresh"}), 0);
    const json& task = task_of(report, "gpqa");
    CHECK(task["pass@1"] == doctest::Approx((1 + 3.0 / 8) / 2));
    CHECK(task["protocol"] == (std::string_view(order) == "seeded" ? "r1" : "r1 (modified)"));
    hashes.push_back(report["fingerprint"]);
  }
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::unique(hashes.begin(), hashes.end()) == hashes.end());

  const support::ChildEnd unknown = run_program(room.command({"--order", "random"}));
  CHECK(unknown.exit_code == kBadUsage);
  CHECK(unknown.err.find("seeded, gold, fixed, cyclic, se") != std::string::npos);
}

TEST_CASE("an order is for tasks with options only") {
  const support::ChildEnd end =
      run_program({PROCTOR_BINARY, "run", "quickstart-aime", "--model", "tiny", "--order", "se"});
  CHECK(end.exit_code == kBadUsage);
  CHECK(end.err.find("--order: no task of the run has options") != std::string::npos);
}

TEST_CASE("the protocols of other harnesses run the multiple choices their way") {
  Classroom room;
  const support::ChildEnd openr1 = run_program(room.command({"--protocol", "r1-openr1"}));
  REQUIRE(openr1.exit_code == 0);
  CHECK(openr1.err.find("cannot count prompts") != std::string::npos);
  // "Answer: $C" is what its ladder cannot read, and "I see." gives it no letter of its own.
  const json ladder = task_of(json::parse(openr1.out), "gpqa");
  CHECK(ladder["grader"] == "choice-openr1@1");
  CHECK(ladder["protocol"] == "r1-openr1");

  const json first = task_of(report_of(room.command({"--protocol", "simple-evals"}), 0), "gpqa");
  CHECK(first["grader"] == "choice-simple-evals@1");
  CHECK(first["repeats"] == 10);
  CHECK(first["pass@1"].get<double>() > 0.5);

  const support::ChildEnd none = run_program(
      {PROCTOR_BINARY, "run", "quickstart-code", "--model", "tiny", "--protocol", "simple-evals"});
  CHECK(none.exit_code == kBadUsage);
  CHECK(none.err.find("has no recipe for task \"quickstart-code\"") != std::string::npos);
}

}  // namespace proctor::harness::run
