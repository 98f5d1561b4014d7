// What grading mathematics costs: verdicts per second of CPU time over labelled cases, golds read
// once, on one thread, and the costliest case.
//
//   grading_speed CASES.jsonl [--each]
//
// Lines hold "gold" and "response", and perhaps "id" and "source": texts from models and reference
// solutions (qwen_math_cot_100, math500_solutions) are counted apart as real texts. With --each the
// microseconds of every case go to stdout as JSON Lines, for tests/peers/compare_math_verify.py.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graders/grader.h"

namespace {

using proctor::Generation;
using proctor::Question;

struct Case {
  std::string id;
  bool real = false;
  Question question;
  Generation reply;
  double microseconds = 0;  // of one verdict
};

std::vector<Case> load(const char* path) {
  std::vector<Case> cases;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    Case one;
    one.id = row.value("id", std::to_string(cases.size()));
    const std::string source = row.value("source", "");
    one.real = source == "qwen_math_cot_100" || source == "math500_solutions";
    one.question = {.id = one.id, .text = "", .gold = row["gold"], .attributes = {}};
    one.reply.text = row["response"];
    cases.push_back(std::move(one));
  }
  return cases;
}

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

// The mean over as many verdicts as make the clock's grain small; the first, which reads the gold,
// is not counted.
double cost_of(const proctor::graders::Grader& grader, const Case& one) {
  constexpr double kEnough = 2'000;  // microseconds
  constexpr int kMost = 200;
  if (!grader.grade(one.question, one.reply)) return 0;
  const double begin = cpu_microseconds();
  double spent = 0;
  int verdicts = 0;
  while (spent < kEnough && verdicts < kMost) {
    if (!grader.grade(one.question, one.reply)) return 0;
    ++verdicts;
    spent = cpu_microseconds() - begin;
  }
  return spent / verdicts;
}

void print_share(const char* name, std::vector<double> costs) {
  if (costs.empty()) return;
  std::sort(costs.begin(), costs.end());
  double sum = 0;
  for (const double cost : costs) sum += cost;
  const double count = static_cast<double>(costs.size());
  std::fprintf(stderr,
               "%-10s %5zu cases  %8.0f verdicts per CPU second  mean %7.2f us  median %7.2f us  "
               "99 %% %9.2f us  most %9.2f us\n",
               name, costs.size(), 1e6 * count / sum, sum / count, costs[costs.size() / 2],
               costs[costs.size() * 99 / 100], costs.back());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: grading_speed CASES.jsonl [--each]\n");
    return 2;
  }
  std::vector<Case> cases = load(argv[1]);
  const auto grader = *proctor::graders::make_grader("math", {});
  for (Case& one : cases) one.microseconds = cost_of(*grader, one);

  std::vector<double> real;
  std::vector<double> all;
  for (const Case& one : cases) {
    all.push_back(one.microseconds);
    if (one.real) real.push_back(one.microseconds);
  }
  print_share("real texts", real);
  print_share("all", all);
  const auto costliest = std::max_element(
      cases.begin(), cases.end(),
      [](const Case& one, const Case& other) { return one.microseconds < other.microseconds; });
  if (costliest != cases.end()) {
    std::fprintf(stderr, "costliest: %s\n", costliest->id.c_str());
  }
  if (argc > 2 && std::string(argv[2]) == "--each") {
    for (const Case& one : cases) {
      const nlohmann::json row = {{"id", one.id}, {"us", one.microseconds}};
      std::printf("%s\n", row.dump().c_str());
    }
  }
  return 0;
}
