// Whether two answers in mathematics are the same answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace proctor::graders::math {

// An answer read once, to be compared often: the gold of a question, a candidate of a vote.
// Immutable, so any thread may read it.
class Answer {
 public:
  explicit Answer(std::string_view text);
  Answer(Answer&&) noexcept;
  Answer& operator=(Answer&&) noexcept;
  ~Answer();

  std::string_view text() const;  // as it was given
  bool understood() const;        // false: compared as normalised text only
  // Equal answers mostly have equal forms, and different answers never do: "7/2", "{1, 2}", or for
  // what has no exact form its value to many digits; the normalised text if not understood.
  const std::string& canonical() const;

  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

enum class Equality {
  equal,
  unequal,
  undecided,    // neither could be shown
  unparsed,     // one of them is not understood, and their texts differ
  over_budget,  // deciding would take more steps, digits or nodes than allowed
};

struct Comparison {
  Equality equality = Equality::undecided;
  std::string_view stage;  // what decided: "text", "exact", "structure", "modular", "ball"...
};

// Whether `prediction` answers a question whose answer is `gold`. The gold decides the type and the
// prediction is coerced to it (reference/math_grading.md, section 3). Work is bounded by counting
// steps, never by a clock: the same two texts get the same verdict on every machine.
Comparison compare(const Answer& gold, const Answer& prediction);

}  // namespace proctor::graders::math
