// What the warm interpreter saves: a small solution with LiveCodeBench's prelude, started cold in a
// box, warm in a box, and by fork + exec of python3 without any box. Interleaved, medians, and
// ratios to the cold start: on a busy machine only those mean something.
//
//   python_start [ROUNDS] [BOXES]
//
// The second part fills BOXES boxes (2) with warm runs from as many threads, as the judge does, and
// says how many runs a second come out.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "graders/code/drivers.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace proctor;
using graders::code::Prelude;
using Clock = std::chrono::steady_clock;

constexpr const char* kSolution =
    "n = int(input())\nprint(sum(map(int, input().split())), len(Counter('aab')))\n";
constexpr const char* kInput = "3\n1 2 3\n";

struct Way {
  std::string name;
  std::function<bool()> run;
  std::vector<double> times_ms{};
};

bool run_in_box(sandbox::Sandbox& box, bool warm) {
  sandbox::Program program =
      graders::code::stdin_program(kSolution, kInput, Prelude::livecodebench);
  program.warm = warm;
  const Result<sandbox::ProgramRun> run = box.run(program, {});
  if (!run) fmt::print(stderr, "{}\n", run.error().message());
  return run && run->output == "6 2\n" && run->warm == warm;
}

// The same script without a box: what it must import makes most of a cold start.
bool run_without_box(const std::string& script) {
  const Result<support::ChildEnd> end =
      support::run_child({"/usr/bin/python3", "-s", "-S", script});
  return end && end->exit_code == 0;
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

bool measure(std::vector<Way>& ways, int rounds) {
  for (int round = -2; round < rounds; ++round) {  // the first two fill caches
    for (Way& way : ways) {
      const Clock::time_point start = Clock::now();
      if (!way.run()) {
        fmt::print(stderr, "{}: failed\n", way.name);
        return false;
      }
      const std::chrono::duration<double, std::milli> time = Clock::now() - start;
      if (round >= 0) way.times_ms.push_back(time.count());
    }
  }
  return true;
}

double warm_runs_a_second(sandbox::Sandbox& box, int threads, int runs) {
  const Clock::time_point start = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (int k = 0; k < runs / threads; ++k) run_in_box(box, true);
      });
    }
  }
  return runs / std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::max(std::atoi(arguments[1]), 1) : 50;
  const int boxes = count > 2 ? std::max(std::atoi(arguments[2]), 1) : 2;
  const Result<std::unique_ptr<sandbox::Sandbox>> made =
      sandbox::make_sandbox({.boxes = boxes, .warm_prefix = graders::code::driver_prefix()});
  if (!made) {
    fmt::print(stderr, "{}\n", made.error().message());
    return 1;
  }
  sandbox::Sandbox& box = **made;
  const support::TempDir folder;
  const std::string script =
      folder.write("script.py", graders::code::driver_prefix() + "print(6, 2)\n").string();

  std::vector<Way> ways = {
      {"cold, in a box", [&] { return run_in_box(box, false); }},
      {"warm, in a box", [&] { return run_in_box(box, true); }},
      {"fork + exec, no box", [&] { return run_without_box(script); }},
  };
  if (!measure(ways, rounds)) return 1;
  const double cold = median(ways[0].times_ms);
  for (const Way& way : ways) {
    const double time = median(way.times_ms);
    fmt::print("{:22} median {:7.2f} ms, best {:7.2f} ms, {:5.2f} of cold\n", way.name, time,
               *std::min_element(way.times_ms.begin(), way.times_ms.end()), time / cold);
  }
  fmt::print("{} boxes: {:.0f} warm runs a second\n", boxes,
             warm_runs_a_second(box, boxes, 10 * rounds));
  return 0;
}
