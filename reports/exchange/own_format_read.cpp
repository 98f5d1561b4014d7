#include <fmt/core.h>

#include "reports/exchange/json_text.h"
#include "reports/exchange/own_format.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;

// The fields of an object; the first that is missing or of the wrong type is remembered.
class Fields {
 public:
  Fields(const json& object, std::string& problem) : object_(object), problem_(problem) {}

  bool has(const char* name) const { return object_.contains(name); }

  std::string text(const char* name) const {
    const json* value = find(name);
    const std::optional<std::string> text = value ? text_of(*value) : std::nullopt;
    if (!text) fail(name);
    return text.value_or("");
  }
  std::string text_if_there(const char* name) const { return has(name) ? text(name) : ""; }

  template <class Integer>
  Integer integer(const char* name) const {
    const json* value = find(name);
    if (value != nullptr && value->is_number_integer()) {
      const auto wide = value->get<std::int64_t>();
      const auto narrow = static_cast<Integer>(wide);
      const bool fits = sizeof(Integer) == sizeof wide || static_cast<std::int64_t>(narrow) == wide;
      if (fits) return narrow;
    }
    fail(name);
    return 0;
  }
  std::optional<std::int64_t> integer_if_there(const char* name) const {
    return has(name) ? std::optional(integer<std::int64_t>(name)) : std::nullopt;
  }
  std::uint64_t number(const char* name) const {
    const json* value = find(name);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    fail(name);
    return 0;
  }
  bool flag(const char* name) const {
    const json* value = find(name);
    if (value != nullptr && value->is_boolean()) return value->get<bool>();
    fail(name);
    return false;
  }

  // A value of one of our enumerations, by its name.
  template <class Enum>
  Enum named(const char* name, std::optional<Enum> (*value_named)(std::string_view)) const {
    const std::optional<Enum> value = value_named(text(name));
    if (!value) fail(name);
    return value.value_or(Enum());
  }

  const json& array(const char* name) const {
    static const json kNone = json::array();
    const json* value = find(name);
    if (value != nullptr && value->is_array()) return *value;
    fail(name);
    return kNone;
  }
  Fields object(const char* name) const {
    static const json kNone = json::object();
    const json* value = find(name);
    const bool sound = value != nullptr && value->is_object();
    if (!sound) fail(name);
    return Fields(sound ? *value : kNone, problem_);
  }

  void fail(const char* name) const {
    if (problem_.empty()) problem_ = name;
  }

 private:
  const json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  std::string& problem_;
};

std::optional<RunStatus> status_named(std::string_view name) {
  for (const RunStatus status : {RunStatus::open, RunStatus::complete, RunStatus::incomplete}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

RunLine read_run(const Fields& fields, std::string& problem) {
  if (fields.integer<int>("format") != kOwnVersion) fields.fail("format");
  RunLine run;
  run.info.status = fields.named("status", status_named);
  run.info.created_at = fields.text("created_at");
  run.info.finished_at = fields.text("finished_at");
  run.info.model = fields.text("model");
  run.plan = {run.info.model,
              fields.text("endpoint"),
              fields.number("seed"),
              fields.text("fingerprint"),
              fields.text("config_json"),
              fields.text("version"),
              fields.text("host"),
              {}};
  for (const json& object : fields.array("tasks")) {
    if (!object.is_object()) fields.fail("tasks");
    if (!problem.empty()) return run;
    const Fields task(object, problem);
    run.plan.tasks.push_back({.task = task.text("task"),
                              .dataset_hash = task.text("dataset_hash"),
                              .protocol = task.text("protocol"),
                              .protocol_hash = task.text("protocol_hash"),
                              .protocol_json = task.text("protocol_json"),
                              .grader = task.text("grader"),
                              .repeats = task.integer<int>("repeats"),
                              .questions = {}});
    if (run.plan.tasks.back().repeats < 1) fields.fail("repeats");
  }
  run.redacted = fields.has("redacted") && fields.flag("redacted");
  return run;
}

QuestionLine read_question(const Fields& fields) {
  QuestionLine line{fields.integer<std::int32_t>("task"),
                    {fields.text("id"), fields.text("text"), fields.text("gold"), {}}};
  for (const json& pair : fields.array("attributes")) {
    const bool sound = pair.is_array() && pair.size() == 2 && text_of(pair[0]) && text_of(pair[1]);
    if (!sound) {
      fields.fail("attributes");
      break;
    }
    line.question.attributes.emplace_back(*text_of(pair[0]), *text_of(pair[1]));
  }
  return line;
}

Generation read_reply(const Fields& fields) {
  Generation reply;
  reply.text = fields.text("text");
  reply.reasoning = fields.text_if_there("reasoning");
  reply.finish = fields.named("finish", finish_reason_named);
  reply.usage = {
      fields.integer_if_there("prompt_tokens"), fields.integer_if_there("completion_tokens"),
      fields.integer_if_there("reasoning_tokens"), fields.integer_if_there("cached_tokens")};
  reply.first_token_ms = fields.integer<std::int64_t>("first_token_ms");
  reply.total_ms = fields.integer<std::int64_t>("total_ms");
  reply.served_by = fields.text("served_by");
  reply.from_cache = fields.has("from_cache") && fields.flag("from_cache");
  return reply;
}

ReplyTraits read_traits(const Fields& fields) {
  return {fields.number("hash"),
          fields.integer<std::int64_t>("text_bytes"),
          fields.integer<std::int64_t>("reasoning_bytes"),
          fields.integer<std::int64_t>("thinking_bytes"),
          fields.flag("loops"),
          fields.flag("mixes_scripts")};
}

Score read_score(const Fields& fields) {
  Score score;
  score.verdict = fields.named("verdict", verdict_named);
  score.extracted = fields.text("extracted");
  score.canonical = fields.text("canonical");
  if (fields.has("span")) {
    const json& span = fields.array("span");
    const bool sound =
        span.size() == 2 && span[0].is_number_unsigned() && span[1].is_number_unsigned();
    if (sound) {
      score.span = Span{span[0].get<std::size_t>(), span[1].get<std::size_t>()};
    } else {
      fields.fail("span");
    }
  }
  score.thinking = fields.named("thinking", thinking_named);
  score.explanation = fields.text("explanation");
  return score;
}

// A score needs its reply, and a state both or neither.
bool is_consistent(const SampleRecord& record) {
  switch (record.result.state) {
    case SampleState::planned:
    case SampleState::in_flight:
    case SampleState::failed:
      return !record.reply && !record.score;
    case SampleState::generated:
    case SampleState::ungraded:
      return record.reply && !record.score;
    case SampleState::scored:
      return record.reply && record.score;
  }
  return false;
}

SampleLine read_sample(const Fields& fields) {
  SampleLine line;
  SampleResult& result = line.record.result;
  result.task = fields.integer<std::int32_t>("task");
  result.question = fields.integer<std::int32_t>("question");
  line.question_id = fields.text("question_id");
  result.repeat = fields.integer<std::int32_t>("repeat");
  line.record.seed = fields.number("seed");
  result.state = fields.named("state", sample_state_named);
  result.attempts = fields.integer<int>("attempts");
  result.reason = fields.text_if_there("reason");
  if (fields.has("damage")) {
    result.state = SampleState::failed;
    result.reason = "damaged when it was exported: " + fields.text("damage");
    return line;
  }
  if (fields.has("reply")) {
    line.record.reply = read_reply(fields.object("reply"));
    result.from_cache = line.record.reply->from_cache;
  }
  if (fields.has("traits")) result.traits = read_traits(fields.object("traits"));
  if (fields.has("score")) {
    line.record.score = read_score(fields.object("score"));
    line.record.grader = fields.object("score").text("grader");
  }
  if (!is_consistent(line.record)) fields.fail("state");
  return line;
}

}  // namespace

Result<OwnLine> parse_own_line(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Error(ErrorCode::invalid_input, "not a JSON object");
  std::string problem;
  const Fields fields(object, problem);
  const std::string kind = fields.text("kind");
  Result<OwnLine> line = Error(ErrorCode::invalid_input, fmt::format("unknown kind \"{}\"", kind));
  if (kind == "run") line = OwnLine(read_run(fields, problem));
  if (kind == "attachment") {
    line = OwnLine(AttachmentLine{fields.integer<std::int32_t>("task"),
                                  {fields.text("name"), fields.text("body")}});
  }
  if (kind == "question") line = OwnLine(read_question(fields));
  if (kind == "sample") line = OwnLine(read_sample(fields));
  if (kind == "end") line = OwnLine(EndLine{fields.integer<std::int64_t>("samples")});
  if (problem.empty()) return line;
  return Error(ErrorCode::invalid_input,
               fmt::format("field \"{}\": missing, or not what it must be", problem));
}

}  // namespace proctor::reports::exchange
