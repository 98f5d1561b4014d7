#include "reports/exchange/lcb_submission.h"

#include <fmt/core.h>

#include <fstream>
#include <utility>

#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;

Error field_error(const char* field, std::string_view complaint) {
  return Error(ErrorCode::invalid_input, fmt::format("field \"{}\": {}", field, complaint));
}

// A problem as tasks/livecodebench knows it.
Result<Question> read_question(const json& problem) {
  Question question;
  question.id = text_at(problem, "question_id");
  if (question.id.empty()) return field_error("question_id", "expected a text");
  question.text = text_at(problem, "question_content");
  for (const char* name :
       {"contest_date", "contest_id", "difficulty", "platform", "question_title", "starter_code"}) {
    const std::string value = text_at(problem, name);
    if (!value.empty()) question.attributes.emplace_back(name, value);
  }
  return question;
}

// The lists of a problem: as many programs and grades as replies, and what is known of failures.
Result<void> check_lists(const json& problem) {
  for (const char* name : {"output_list", "code_list", "graded_list"}) {
    if (!problem.contains(name) || !problem[name].is_array()) {
      return field_error(name, "expected a list");
    }
    if (problem[name].size() != problem["output_list"].size()) {
      return field_error(name, "not as long as \"output_list\"");
    }
  }
  return {};
}

// What upstream's metadata says of a failure: codes of lcb_runner/evaluation/testing_util.py.
std::string failure_of(const json& metadata) {
  const json parsed = metadata.is_string()
                          ? json::parse(metadata.get_ref<const std::string&>(), nullptr, false)
                          : metadata;
  const std::optional<std::int64_t> code = integer_at(parsed, "error_code");
  if (!code) return {};
  switch (*code) {
    case -1:
      return "compilation failed";
    case -2:
      return "wrong answer";
    case -3:
      return "time limit";
    case -4:
      return "runtime error";
    case -5:
      return "the test runner died";
    default:
      return fmt::format("error {}", *code);
  }
}

Score read_score(const std::string& reply, const std::string& code, bool passed,
                 const std::string& failure) {
  Score score;
  score.verdict = passed ? Verdict::correct : Verdict::wrong;
  if (!passed && code.empty()) score.verdict = Verdict::no_answer;
  score.extracted = code;
  const std::size_t at = code.empty() ? std::string::npos : reply.rfind(code);
  if (at != std::string::npos) score.span = Span{at, at + code.size()};
  score.explanation = "graded_list of the submission";
  if (!failure.empty()) score.explanation += ": " + failure;
  return score;
}

Result<void> visit_replies(const json& problem, const ForeignVisitor& visitor) {
  const Result<Question> question = read_question(problem);
  if (!question) return question.error();
  const Result<void> lists = check_lists(problem);
  if (!lists) return lists.error().within(question->id);
  const json metadata = problem.value("metadata", json::array());
  for (std::size_t i = 0; i < problem["output_list"].size(); ++i) {
    const json& output = problem["output_list"][i];
    const json& code = problem["code_list"][i];
    const json& passed = problem["graded_list"][i];
    if (!output.is_string()) return field_error("output_list", "expected texts");
    if (!code.is_string()) return field_error("code_list", "expected texts");
    if (!passed.is_boolean()) return field_error("graded_list", "expected true or false");
    ForeignSample sample{.question = *question, .repeat = static_cast<std::int32_t>(i)};
    sample.reply = Generation();
    sample.reply->text = output.get<std::string>();
    sample.reply->finish = FinishReason::unknown;
    sample.score = read_score(sample.reply->text, code.get<std::string>(), passed.get<bool>(),
                              i < metadata.size() ? failure_of(metadata[i]) : "");
    const Result<void> visited = visitor(std::move(sample));
    if (!visited) return visited;
  }
  return {};
}

}  // namespace

Result<ForeignLog> visit_lcb_submission(const std::filesystem::path& file,
                                        const ForeignVisitor& visitor) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(ErrorCode::not_found, file.string() + ": cannot be opened");
  std::size_t problems = 0;
  std::optional<Error> error;
  bool is_list = true;
  // Each problem is forgotten once it was visited, so that the file may be larger than the memory.
  const auto take = [&](int depth, json::parse_event_t event, json& value) {
    if (depth == 0 && event == json::parse_event_t::object_start) is_list = false;
    if (depth != 1 || event != json::parse_event_t::object_end || !is_list) return true;
    ++problems;
    if (error) return false;
    const Result<void> visited = visit_replies(value, visitor);
    if (!visited) error = visited.error().within(fmt::format("problem {}", problems));
    return false;
  };
  const json rest = json::parse(in, take, /*allow_exceptions=*/false);
  if (error) return error->within(file.string());
  if (rest.is_discarded() || !rest.is_array() || problems == 0) {
    return Error(ErrorCode::invalid_input, file.string() + ": not a JSON list of problems");
  }
  return ForeignLog{.task = "livecodebench",
                    .model = {},
                    .created_at = {},
                    .recipe = "{}",
                    .grader = "lcb-upstream"};
}

}  // namespace proctor::reports::exchange
