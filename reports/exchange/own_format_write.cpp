#include "harness/core/sha256.h"
#include "reports/exchange/json_text.h"
#include "reports/exchange/own_format.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::ordered_json;

ordered_json prompt_json(const Prompt& prompt) {
  ordered_json messages = ordered_json::array();
  for (const Message& message : prompt) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  return messages;
}

void add_prompt(ordered_json& line, const std::optional<Prompt>& prompt) {
  if (!prompt) return;
  line["prompt"] = prompt_json(*prompt);
  line["prompt_sha256"] = sha256_hex(plain_json(line["prompt"]));
}

template <class T>
void add_if_known(ordered_json& object, const char* name, const std::optional<T>& value) {
  if (value) object[name] = *value;
}

ordered_json reply_json(const Generation& reply) {
  ordered_json object = {{"text", reply.text}};
  if (!reply.reasoning.empty()) object["reasoning"] = reply.reasoning;
  object["finish"] = name_of(reply.finish);
  add_if_known(object, "prompt_tokens", reply.usage.prompt);
  add_if_known(object, "completion_tokens", reply.usage.completion);
  add_if_known(object, "reasoning_tokens", reply.usage.reasoning);
  add_if_known(object, "cached_tokens", reply.usage.cached_prompt);
  object["first_token_ms"] = reply.first_token_ms;
  object["total_ms"] = reply.total_ms;
  object["served_by"] = reply.served_by;
  if (reply.from_cache) object["from_cache"] = true;
  return object;
}

ordered_json traits_json(const ReplyTraits& traits) {
  return {{"hash", traits.hash},
          {"text_bytes", traits.text_bytes},
          {"reasoning_bytes", traits.reasoning_bytes},
          {"thinking_bytes", traits.thinking_bytes},
          {"loops", traits.loops},
          {"mixes_scripts", traits.mixes_scripts}};
}

ordered_json score_json(const Score& score, const std::string& grader) {
  ordered_json object = {{"verdict", name_of(score.verdict)},
                         {"extracted", score.extracted},
                         {"canonical", score.canonical}};
  if (score.span) object["span"] = {score.span->begin, score.span->end};
  object["thinking"] = name_of(score.thinking);
  object["explanation"] = score.explanation;
  object["grader"] = grader;
  return object;
}

}  // namespace

std::string format_run(const RunLine& run) {
  const RunPlan& plan = run.plan;
  ordered_json tasks = ordered_json::array();
  for (const TaskPlan& task : plan.tasks) {
    tasks.push_back({{"task", task.task},
                     {"dataset_hash", task.dataset_hash},
                     {"protocol", task.protocol},
                     {"protocol_hash", task.protocol_hash},
                     {"protocol_json", task.protocol_json},
                     {"grader", task.grader},
                     {"repeats", task.repeats}});
  }
  ordered_json line = {{"kind", "run"},
                       {"format", kOwnVersion},
                       {"status", name_of(run.info.status)},
                       {"created_at", run.info.created_at},
                       {"finished_at", run.info.finished_at},
                       {"model", plan.model},
                       {"endpoint", plan.endpoint},
                       {"seed", plan.seed},
                       {"fingerprint", plan.fingerprint},
                       {"config_json", plan.config_json},
                       {"version", plan.version},
                       {"host", plan.host},
                       {"tasks", std::move(tasks)}};
  if (run.redacted) line["redacted"] = true;
  return json_line(std::move(line));
}

std::string format_attachment(const AttachmentLine& line) {
  return json_line({{"kind", "attachment"},
                    {"task", line.task},
                    {"name", line.attachment.name},
                    {"body", line.attachment.body}});
}

std::string format_question(const QuestionLine& line, const std::optional<Prompt>& prompt) {
  const Question& question = line.question;
  ordered_json attributes = ordered_json::array();
  for (const auto& [name, value] : question.attributes) attributes.push_back({name, value});
  ordered_json object = {{"kind", "question"},    {"task", line.task},
                         {"id", question.id},     {"text", question.text},
                         {"gold", question.gold}, {"attributes", std::move(attributes)}};
  add_prompt(object, prompt);
  return json_line(std::move(object));
}

std::string format_sample(const SampleLine& line, const std::optional<Prompt>& prompt) {
  const SampleRecord& record = line.record;
  const SampleResult& result = record.result;
  ordered_json object = {{"kind", "sample"},
                         {"task", result.task},
                         {"question", result.question},
                         {"question_id", line.question_id},
                         {"repeat", result.repeat},
                         {"seed", record.seed},
                         {"state", name_of(result.state)},
                         {"attempts", result.attempts}};
  if (!result.reason.empty()) object["reason"] = result.reason;
  add_prompt(object, prompt);
  if (record.reply) object["reply"] = reply_json(*record.reply);
  if (record.damage) object["damage"] = record.damage->message();
  if (result.traits) object["traits"] = traits_json(*result.traits);
  if (record.score) object["score"] = score_json(*record.score, record.grader);
  return json_line(std::move(object));
}

std::string format_end(const EndLine& end) {
  return json_line({{"kind", "end"}, {"samples", end.samples}});
}

}  // namespace proctor::reports::exchange
