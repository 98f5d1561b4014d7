// Whether a reply was right, and why one should believe it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace proctor {

enum class Verdict {
  correct,
  wrong,
  no_answer,  // the reply is complete but commits to nothing
  undecided,  // the grader's budget ended before the truth was known; listed for review
};

// The state of the thinking in a reply; see graders/think.h.
enum class Thinking { closed, unclosed, empty, absent };

// Byte offsets [begin, end) into Generation::text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const Span&) const = default;
};

struct Score {
  Verdict verdict = Verdict::undecided;
  std::string extracted;     // the answer as the reply wrote it
  std::string canonical;     // equal canonical forms are equal answers; empty: no vote
  std::optional<Span> span;  // where it stands in the reply
  Thinking thinking = Thinking::absent;
  std::string explanation;  // the rule that found the answer, and how it was compared
};

std::string_view name_of(Verdict verdict);
std::optional<Verdict> verdict_named(std::string_view name);
std::string_view name_of(Thinking thinking);
std::optional<Thinking> thinking_named(std::string_view name);

}  // namespace proctor
