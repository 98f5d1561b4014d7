// Proctor's own JSON Lines: everything that the store knows of a run (reports/EXPORT.md). Pure.
//
// The lines of a file: one `run`; then for each task its `attachment`s and `question`s; then the
// `sample`s in planning order; and an `end`, so that a file that was cut is known as one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::reports::exchange {

inline constexpr int kOwnVersion = 1;

struct RunLine {
  RunInfo info;
  RunPlan plan;           // its tasks without questions and attachments
  bool redacted = false;  // texts of gated tasks are hashes
};
struct AttachmentLine {
  std::int32_t task = 0;
  Attachment attachment;
};
struct QuestionLine {
  std::int32_t task = 0;
  Question question;
};
struct SampleLine {
  SampleRecord record;
  std::string question_id;
};
struct EndLine {
  std::int64_t samples = 0;
};
using OwnLine = std::variant<RunLine, AttachmentLine, QuestionLine, SampleLine, EndLine>;

std::string format_run(const RunLine& run);
std::string format_attachment(const AttachmentLine& line);
// With the prompt that its first repeat is asked, if it is known.
std::string format_question(const QuestionLine& line, const std::optional<Prompt>& prompt);
// With its own prompt if that is another than its question's.
std::string format_sample(const SampleLine& line, const std::optional<Prompt>& prompt);
std::string format_end(const EndLine& end);

// Reads what these wrote; prompts are not read back, since plan and question say them. A sample
// whose reply could not be read when it was written comes back as failed, with the reason.
// Errors: invalid_input, naming the field.
Result<OwnLine> parse_own_line(std::string_view line);

}  // namespace proctor::reports::exchange
