// How far long work is, on stderr: on a terminal a line that is rewritten in place, elsewhere a
// plain line now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace proctor::harness {

enum class LiveStyle { none, lines, live };

// Live on a terminal that can erase (TERM is set and not "dumb"), lines elsewhere.
LiveStyle live_style_for_stderr();

// What erases a live line, should there be one: to be said before a line that takes its place.
std::string_view erase_live_line();

// Shows the work from its own thread until destroyed, five times a second or, as plain lines, every
// ten seconds.
class LiveLine {
 public:
  struct Work {
    std::function<std::int64_t()> done;  // a count that grows; its speed is shown
    // A moment of the work, without a line break: since when it is shown, and how much is done in a
    // second, over the last moments.
    std::function<std::string(std::chrono::milliseconds elapsed, double per_s)> text;
    bool stays = false;  // the line is drawn once more at the end and stays, instead of going
  };

  // The functions are called by the thread, and by no other.
  LiveLine(Work work, LiveStyle style);
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

 private:
  void show(std::stop_token stop);
  void draw(const std::string& text);

  const Work work_;
  const LiveStyle style_;
  bool drawn_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace proctor::harness
