// `proctor judge` and `proctor doctor` as processes of their own: the sandbox forks, so it wants a
// process with one thread.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "harness/process/exit_code.h"
#include "tests/harness/support/verb_in_process.h"
#include "tests/support/child.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kNoSandbox = "needs the sandbox: it cannot be made on this machine";

support::ChildEnd run_proctor(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), PROCTOR_BINARY);
  const Result<support::ChildEnd> end = support::run_child(arguments);
  REQUIRE(end);
  return *end;
}

bool has_sandbox() {
  const support::ChildEnd end = run_proctor({"doctor", "--json"});
  return json::parse(end.out)["sandbox"]["available"].get<bool>();
}

// A program that adds two numbers, with `more` at its end.
json sum_line(const json& id, const std::string& more = "") {
  return {
      {"id", id},
      {"language", "python"},
      {"code", "print(sum(map(int, input().split())))\n" + more},
      {"mode", "stdin"},
      {"tests", {{{"input", "1 2\n"}, {"output", "3\n"}}, {{"input", "2 2\n"}, {"output", "4\n"}}}},
      {"time_limit_s", 5},
      {"memory_limit_mb", 256},
      {"checker", "lcb"}};
}

struct Judged {
  support::ChildEnd end;
  std::vector<json> rows;
};

Judged judge(const std::vector<json>& lines, const std::vector<std::string>& options = {}) {
  const support::TempDir dir;
  std::string input;
  for (const json& line : lines) input += line.dump() + "\n";
  const auto in = dir.write("in.jsonl", input);
  const auto out = dir.write("out.jsonl", "");
  std::vector<std::string> arguments = {
      "judge", "--in", in.string(), "--out", out.string(), "--cache", (dir / "cache").string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  support::ChildEnd end = run_proctor(arguments);
  return {end, rows_of(out)};
}

TEST_CASE("programs are judged in order and their ids come back unchanged") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  json wrong = sum_line(17);
  wrong["tests"][1]["output"] = "5\n";
  json broken = sum_line(1.5);
  broken["language"] = "cpp";
  const Judged judged = judge({sum_line("a"), wrong, broken, sum_line("z", "exit(1)")});
  CHECK(judged.end.exit_code == kDone);
  CHECK(judged.end.err.find("judged 4: 1 AC, 1 WA, 1 RE, 1 CE") != std::string::npos);
  REQUIRE(judged.rows.size() == 4);
  CHECK(judged.rows[0]["id"] == "a");
  CHECK(judged.rows[0]["verdict"] == "AC");
  CHECK(judged.rows[0]["passed"] == 2);
  CHECK(judged.rows[0]["total"] == 2);
  CHECK_FALSE(judged.rows[0].contains("first_failure"));
  for (const char* field : {"cpu_ms", "wall_ms", "memory_kb"}) {
    CHECK(judged.rows[0][field].is_number_integer());
  }
  CHECK(judged.rows[1]["id"] == 17);
  CHECK(judged.rows[1]["verdict"] == "WA");
  CHECK(judged.rows[1]["passed"] == 1);
  CHECK(judged.rows[1]["first_failure"] ==
        json{{"test", 1}, {"verdict", "WA"}, {"detail", "line 1: expected \"5\", found \"4\""}});
  CHECK(judged.rows[2]["id"] == 1.5);
  CHECK(judged.rows[2]["verdict"] == "CE");
  CHECK(judged.rows[3]["verdict"] == "RE");
}

TEST_CASE("a cold interpreter and one job at a time change no verdict") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  const std::vector<json> lines = {sum_line(1), sum_line(2, "raise KeyError"), sum_line(3, "x")};
  const auto verdicts = [&](const std::vector<std::string>& options) {
    std::string all;
    for (const json& row : judge(lines, options).rows) all += row["verdict"].get<std::string>();
    return all;
  };
  CHECK(verdicts({}) == "ACRERE");
  CHECK(verdicts({"--no-zygote"}) == "ACRERE");
  CHECK(verdicts({"--jobs", "1"}) == "ACRERE");
}

TEST_CASE("the mode decides whose rules hold") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  const std::vector<json> lines = {sum_line(1, "exit(1)")};
  CHECK(judge(lines, {"--mode", "process"}).rows.at(0)["verdict"] == "RE");
  CHECK(judge(lines, {"--mode", "lcb-compat"}).rows.at(0)["verdict"] == "AC");
  CHECK(judge(lines, {"--mode", "other"}).end.exit_code == kBadUsage);
}

TEST_CASE("an internal error makes the work incomplete") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  json untested = sum_line("untested");
  untested["tests"] = json::array();
  const Judged judged = judge({sum_line("a"), untested});
  CHECK(judged.end.exit_code == kIncomplete);
  CHECK(judged.rows.at(1)["verdict"] == "IE");
  CHECK(judged.rows.at(1)["total"] == 0);
}

TEST_CASE("an invalid line is bad usage that names its place and leaves the old output alone") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  const support::TempDir dir;
  json invalid = sum_line("b");
  invalid["language"] = "rust";
  const auto in = dir.write("in.jsonl", sum_line("a").dump() + "\n" + invalid.dump() + "\n");
  const auto out = dir.write("out.jsonl", "old");
  const support::ChildEnd end = run_proctor({"judge", "--in", in.string(), "--out", out.string()});
  CHECK(end.exit_code == kBadUsage);
  CHECK(end.err.find("in.jsonl:2: field \"language\"") != std::string::npos);
  CHECK(support::read_file(out) == "old");
}

// Whether a process of that name, as prctl(2) gave it, is there.
bool is_running(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream comm(entry.path() / "comm");
    std::string found;
    if (std::getline(comm, found) && found == name) return true;
  }
  return false;
}

bool comes_to_pass(bool running, const std::string& name, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (is_running(name) != running) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

TEST_CASE("killing the judge takes the programs with it") {
  if (!has_sandbox()) SKIP(kNoSandbox);
  const std::string name = "judged-" + std::to_string(getpid());
  const support::TempDir dir;
  json endless = sum_line("endless");
  endless["language"] = "c11";
  endless["code"] = "#include <sys/prctl.h>\nint main() { prctl(PR_SET_NAME, \"" + name +
                    "\"); for (volatile int i = 0;; ++i) {} }";
  endless["time_limit_s"] = 600;
  const auto in = dir.write("in.jsonl", endless.dump());
  Result<support::Child> child =
      support::Child::start({PROCTOR_BINARY, "judge", "--in", in.string(), "--out",
                             (dir / "out.jsonl").string(), "--cache", (dir / "cache").string()});
  REQUIRE(child);
  REQUIRE(comes_to_pass(true, name, 60s));
  child->kill(SIGKILL);
  child->wait();
  CHECK(comes_to_pass(false, name, 5s));
}

TEST_CASE("the doctor tells what stands and what does not") {
  const support::ChildEnd end = run_proctor({"doctor", "--json"});
  const json report = json::parse(end.out);
  const json& sandbox = report["sandbox"];
  if (!sandbox["available"].get<bool>()) {
    CHECK(end.exit_code == kCannot);
    CHECK_FALSE(sandbox["reason"].get<std::string>().empty());
    return;
  }
  CHECK(end.exit_code == (sandbox["full"].get<bool>() ? kDone : kCannot));
  bool all_needed = true;
  for (const json& layer : sandbox["layers"]) {
    if (layer["needed"].get<bool>() && !layer["active"].get<bool>()) all_needed = false;
  }
  CHECK(all_needed == sandbox["full"].get<bool>());
  CHECK(sandbox["layers"].size() > 5);
  CHECK(report["tools"].size() == 5);
  for (const json& tool : report["tools"]) {
    CHECK(tool["works"].get<bool>() == !tool["version"].get<std::string>().empty());
  }
  const support::ChildEnd text = run_proctor({"doctor"});
  CHECK(text.exit_code == end.exit_code);
  CHECK(text.out.starts_with("sandbox: "));
  for (const json& layer : sandbox["layers"]) {
    CHECK(text.out.find(layer["name"].get<std::string>()) != std::string::npos);
  }
}

}  // namespace
}  // namespace proctor::harness
