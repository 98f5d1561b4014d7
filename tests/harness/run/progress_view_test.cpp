#include "harness/run/progress_view.h"

#include <doctest/doctest.h>

using namespace proctor;
using namespace proctor::harness::run;
using std::chrono::milliseconds;

namespace {

RunPlan plan_of(int questions, int repeats) {
  TaskPlan task;
  task.task = "aime24";
  task.repeats = repeats;
  task.questions.resize(static_cast<std::size_t>(questions));
  RunPlan plan;
  plan.tasks.push_back(task);
  return plan;
}

}  // namespace

TEST_CASE("progress says what is done, how well, how fast and how long it will take") {
  RunProgress progress(plan_of(30, 64));
  progress.tasks[0]->scored = 480;
  progress.tasks[0]->correct = 120;
  progress.tasks[0]->undecided = 80;
  progress.finished = 480;
  progress.in_flight = 64;
  CHECK(format_progress(progress, milliseconds(60'000), 1234.4) ==
        "480/1920  ETA 3:00  1234 tokens/s  64 in flight  aime24 480/1920 pass@1 30.0");
  progress.failed = 3;
  progress.retries = 17;
  progress.ungraded = 1;
  const std::string troubled = format_progress(progress, milliseconds(60'000), 0);
  CHECK(troubled.find("17 repeated  3 failed  1 ungraded") != std::string::npos);
  CHECK(troubled.starts_with("484/1920"));
}

TEST_CASE("the time left counts only what this process did") {
  RunProgress progress(plan_of(10, 10));
  progress.tasks[0]->scored = 90;  // 80 of them before this process began
  progress.finished = 10;
  CHECK(format_progress(progress, milliseconds(10'000), 0).starts_with("90/100  ETA 0:10"));
}

TEST_CASE("nothing is claimed before there is anything to go by") {
  const RunProgress progress(plan_of(10, 10));
  const std::string line = format_progress(progress, milliseconds(0), 0);
  CHECK(line == "0/100  0 tokens/s  0 in flight  aime24 0/100");
}
