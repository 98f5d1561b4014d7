// The texts of samples, as blocks of a page.
//
// JSON: {"prompts": [[[role, content]...]...], "samples": [{"id", "prompt": which of them,
//   "segments"?: [["thinking" | "text" | "answer", text]...], "extracted", "canonical",
//   "explanation", "grader", "usage", "served_by", "attempts", "first_token_ms", "total_ms",
//   "seed": as text, "reason", "damage"}...]}
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/core/question.h"
#include "reports/store.h"

namespace proctor::reports::html {

// A part of a reply. Together, in order, they are all of it: what it thought, what it said, and
// within that the answer that the grader found.
struct Segment {
  enum class Kind { thinking, text, answer };
  Kind kind = Kind::text;
  std::string text;

  bool operator==(const Segment&) const = default;
};

class SampleTexts {
 public:
  // `prompt` is what the sample was asked; it is written once for neighbours that share it.
  void add(const SampleRecord& record, const Prompt& prompt, const std::vector<Segment>& segments);

  // How much JSON there is so far.
  std::size_t bytes() const { return prompts_.size() + samples_.size(); }

  // The JSON, after which there is nothing again. Invalid UTF-8 comes out as U+FFFD.
  std::string finish();

 private:
  std::string prompts_;
  std::string samples_;
  int prompt_count_ = 0;
  Prompt last_prompt_;
};

}  // namespace proctor::reports::html
