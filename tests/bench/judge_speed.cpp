// How fast the judge is: programs and tests a second, with Python started cold for every test, kept
// warm with a box for all of a program's tests, all tests in one process as LiveCodeBench's runner
// has them, and for C++. The programs do next to nothing, so that it is the judging that is
// measured. The floor under every way with a process for each test is measured beside them: an
// interpreter that has imported what programs may use forks as often, two at a time, into processes
// that end at once, with no box around them. The ways take turns; printed are medians, and each
// way's ratio to the first one in the same round: on a busy machine only those mean something.
//
//   judge_speed [PROGRAMS] [TESTS] [ROUNDS] [WORD]      only ways with the word in their names
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "graders/code/drivers.h"
#include "graders/code/judge.h"
#include "sandbox/sandbox.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace proctor;
using namespace proctor::graders::code;
using Clock = std::chrono::steady_clock;

struct Sizes {
  int programs = 20;
  int tests = 20;
  int rounds = 5;
};

struct Way {
  std::string name;
  std::function<double(int programs)> seconds_for;
  std::vector<double> seconds{};
};

Job stdin_job(const char* language, std::string code, int tests) {
  Job job;
  job.language = *language_named(language);
  job.code = std::move(code);
  job.checker = Comparison{Comparison::Rule::lcb, 0};
  for (int i = 0; i < tests; ++i) {
    job.tests.push_back({"1 " + std::to_string(i), std::to_string(1 + i)});
  }
  return job;
}

Job python_job(int program, int tests) {
  return stdin_job("python3",
                   "x = " + std::to_string(program) + "\nprint(sum(map(int, input().split())))",
                   tests);
}

Job cpp_job(int tests) {
  return stdin_job("cpp17",
                   "#include <bits/stdc++.h>\n"
                   "int main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
                   tests);
}

Job function_job(int program, int tests) {
  Job job = python_job(program, 0);
  job.code = "x = " + std::to_string(program) + "\ndef total(a, b): return a + b";
  job.mode = Job::Mode::function;
  job.function = "total";
  for (int i = 0; i < tests; ++i) {
    job.tests.push_back({"1\n" + std::to_string(i), std::to_string(1 + i)});
  }
  return job;
}

// Calls `each` with every number below `count`, two at a time as the verb does. Returns the
// seconds.
double time_in_pairs(int count, const std::function<void(int)>& each) {
  const Clock::time_point begin = Clock::now();
  std::atomic<int> next = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 2; ++caller) {
      callers.emplace_back([&] {
        for (int i = next++; i < count; i = next++) each(i);
      });
    }
  }
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Ends the program if one is not right.
Way judging(std::string name, Judge& judge, std::function<Job(int program)> job) {
  return {.name = name, .seconds_for = [name, &judge, job = std::move(job)](int programs) {
            return time_in_pairs(programs, [&](int i) {
              const Judgement judgement = judge.judge(job(i));
              if (judgement.verdict == JudgeVerdict::accepted) return;
              fmt::print(stderr, "{}: {}: {}\n", name, short_name(judgement.verdict),
                         judgement.first_failure->detail);
              std::exit(1);
            });
          }};
}

// Says how long it took: its own start is not to be counted.
constexpr const char* kForks = R"(
import gc, time
gc.collect()
gc.freeze()
begin = time.monotonic()
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
print(time.monotonic() - begin)
)";

double seconds_of_forks(const std::string& script, int forks) {
  const std::string command = fmt::format("/usr/bin/python3 -s -S {} {}", script, forks);
  FILE* const output = popen(command.c_str(), "r");
  double seconds = 0;
  if (output == nullptr || std::fscanf(output, "%lf", &seconds) != 1 || pclose(output) != 0) {
    fmt::print(stderr, "{}: failed\n", command);
    std::exit(1);
  }
  return seconds;
}

Way forking(std::string name, std::string script, int tests) {
  return {.name = std::move(name),
          .seconds_for = [script = std::move(script), tests](int programs) {
            const int forks = (programs * tests + 1) / 2;
            double seconds[2];
            time_in_pairs(2, [&](int i) { seconds[i] = seconds_of_forks(script, forks); });
            return std::max(seconds[0], seconds[1]);
          }};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const Way& way, const Way& base, const Sizes& sizes) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < way.seconds.size(); ++i) {
    ratios.push_back(base.seconds[i] / way.seconds[i]);
  }
  const double programs = sizes.programs / median(way.seconds);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print("{:<28} {:8.1f} programs/s {:9.1f} tests/s {:7.2f}x ({:.2f} to {:.2f})\n", way.name,
             programs, programs * sizes.tests, median(ratios), *least, *most);
}

std::unique_ptr<sandbox::Sandbox> make(bool warm, const std::string& headers) {
  sandbox::SandboxOptions options;
  options.boxes = 2;
  options.warm_python = warm;
  options.warm_prefix = driver_prefix();
  options.shared_folder = headers;
  Result<std::unique_ptr<sandbox::Sandbox>> sandbox = sandbox::make_sandbox(options);
  if (!sandbox) {
    fmt::print(stderr, "{}\n", sandbox.error().message());
    std::exit(1);
  }
  return std::move(*sandbox);
}

int argument(int argc, char** argv, int index, int otherwise) {
  const int value = index < argc ? std::atoi(argv[index]) : otherwise;
  return value > 0 ? value : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  sizes.programs = argument(argc, argv, 1, sizes.programs);
  sizes.tests = argument(argc, argv, 2, sizes.tests);
  sizes.rounds = argument(argc, argv, 3, sizes.rounds);

  const support::TempDir cache;
  const JudgeOptions options = {
      .boxes = 2, .folders = {.programs = cache / "programs", .headers = cache.path()}};
  const auto cold_sandbox = make(false, cache.path().string());
  const auto warm_sandbox = make(true, cache.path().string());
  Judge cold(*cold_sandbox, options);
  Judge warm(*warm_sandbox, options);

  const int tests = sizes.tests;
  const std::string forks = cache.write("forks.py", driver_prefix() + kForks).string();
  std::vector<Way> ways = {
      judging("python, cold", cold, [&](int i) { return python_job(i, tests); }),
      judging("python, warm", warm, [&](int i) { return python_job(i, tests); }),
      judging("function, warm", warm, [&](int i) { return function_job(i, tests); }),
      judging("python, lcb-compat, warm", warm,
              [&](int i) {
                Job job = python_job(i, tests);
                job.runner = Job::Runner::lcb_compat;
                return job;
              }),
      judging("c++, compiled before", warm, [&](int) { return cpp_job(tests); }),
      forking("warm, forks without a test", forks, tests),
  };
  const std::string word = argc > 4 ? argv[4] : "";
  std::erase_if(ways, [&](const Way& way) { return way.name.find(word) == std::string::npos; });
  if (ways.empty()) {
    fmt::print(stderr, "no way is called {}\n", word);
    return 2;
  }
  for (const Way& way : ways) way.seconds_for(2);  // interpreters start, the compiler compiles
  for (int round = 0; round < sizes.rounds; ++round) {
    for (Way& way : ways) way.seconds.push_back(way.seconds_for(sizes.programs));
  }
  fmt::print("{} programs of {} tests, 2 boxes, {} rounds\n", sizes.programs, tests, sizes.rounds);
  for (const Way& way : ways) print(way, ways[0], sizes);
  return 0;
}
