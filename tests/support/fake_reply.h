// What the fake model says: R1-like replies that follow from the problem and the seed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::support {

// A deterministic stream of numbers (splitmix64; Steele, Lea and Flood, OOPSLA 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  double fraction();  // in [0, 1)
  std::size_t below(std::size_t bound);

 private:
  std::uint64_t state_;
};

// FNV-1a, continued from `basis`.
std::uint64_t hash_of(std::string_view text, std::uint64_t basis = 0xcbf29ce484222325);
std::uint64_t hash_of(std::uint64_t number, std::uint64_t basis);

enum class ThinkStyle {
  tagged,            // "<think>\n...\n</think>\n\nThe answer..." in the content
  closing_tag_only,  // the same but for "<think>\n", which the chat template wrote
  apart,             // thinking in `reasoning_content`
};

struct ReplyOptions {
  ThinkStyle style = ThinkStyle::tagged;
  int thinking_tokens = 60;      // on average; half to one and a half times as many
  double unclosed_rate = 0.03;   // cut in the thinking, finish_reason length
  double no_answer_rate = 0.02;  // complete, but without a box
};

struct Reply {
  std::string reasoning{};  // only if apart
  std::string content{};
  std::string finish_reason = "stop";
  std::string boxed{};  // the final answer; empty if none. The thinking may box a first guess.
  int reasoning_tokens = 0;
  int completion_tokens = 0;  // reasoning included

  bool operator==(const Reply&) const = default;
};

// How likely a complete reply about the problem is right: uniform over problems.
double ease_of(std::string_view problem);

// Right with the problem's ease; wrong replies agree on few integers, and on some more than others.
Reply write_reply(std::string_view problem, std::string_view gold, std::uint64_t seed,
                  const ReplyOptions& options = {});

// What is left of the reply if the server stops after that many tokens; itself if it is no longer.
Reply cut_short(const Reply& reply, int tokens);

// The text's tokens: each a word with the blanks before it.
std::vector<std::string_view> tokens_of(std::string_view text);

}  // namespace proctor::support
