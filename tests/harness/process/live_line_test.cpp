#include "harness/process/live_line.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>

#include "harness/core/file_descriptor.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

// What is written to stderr while `work` is shown, and until `seen` says so.
std::string shown(const LiveLine::Work& work, LiveStyle style, const std::atomic<bool>& seen) {
  const support::TempDir dir;
  const std::filesystem::path file = dir.path() / "stderr";
  const FileDescriptor kept(dup(STDERR_FILENO));
  {
    const FileDescriptor to(open(file.c_str(), O_WRONLY | O_CREAT, 0600));
    REQUIRE(dup2(to.get(), STDERR_FILENO) == STDERR_FILENO);
  }
  {
    const LiveLine line(work, style);
    seen.wait(false);
  }
  REQUIRE(dup2(kept.get(), STDERR_FILENO) == STDERR_FILENO);
  return support::read_file(file);
}

std::string shown_at_end(bool stays, LiveStyle style) {
  const LiveLine::Work work = {
      .done = [] { return 7; },
      .text = [](std::chrono::milliseconds, double) { return std::string("7 made"); },
      .stays = stays};
  return shown(work, style, /*seen=*/true);
}

TEST_CASE("work that is over at once leaves its last line or nothing") {
  struct Row {
    LiveStyle style;
    bool stays;
    const char* text;
  };
  constexpr Row kRows[] = {
      {LiveStyle::none, true, ""},
      {LiveStyle::none, false, ""},
      {LiveStyle::lines, true, "7 made\n"},
      {LiveStyle::lines, false, ""},
      {LiveStyle::live, true, "\r7 made\x1b[K\n"},
      {LiveStyle::live, false, ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.style));
    CAPTURE(row.stays);
    CHECK(shown_at_end(row.stays, row.style) == row.text);
  }
}

TEST_CASE("a live line is cut to the terminal and erased where it does not stay") {
  std::atomic<bool> seen = false;
  const LiveLine::Work work = {.done = [] { return 1; },
                               .text =
                                   [&](std::chrono::milliseconds, double) {
                                     seen = true;
                                     seen.notify_all();
                                     return std::string(300, 'x');
                                   },
                               .stays = false};
  const std::string text = shown(work, LiveStyle::live, seen);
  // No terminal: 80 columns are assumed, and the last stays free.
  const std::string drawn = "\r" + std::string(79, 'x') + "\x1b[K";
  CHECK(text.starts_with(drawn));
  CHECK(text.ends_with(drawn + "\r\x1b[K"));
}

}  // namespace
}  // namespace proctor::harness
