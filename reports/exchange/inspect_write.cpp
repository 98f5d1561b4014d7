#include "reports/exchange/inspect_write.h"

#include <fmt/core.h>

#include <cmath>
#include <utility>

#include "harness/core/sha256.h"
#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::ordered_json;

// inspect writes NaN for what has no score, which JSON cannot say: such objects are put together
// from texts.
std::string with_member(std::string object, std::string_view name, std::string_view value) {
  object.pop_back();
  return fmt::format("{}{}\"{}\":{}}}", object, object == "{" ? "" : ",", name, value);
}

std::string number(double value) { return std::isnan(value) ? "NaN" : plain_json(value); }

ordered_json message_json(const std::string& role, ordered_json content) {
  return {{"role", role}, {"content", std::move(content)}};
}

ordered_json prompt_messages(const InspectSample& sample) {
  ordered_json messages = ordered_json::array();
  if (!sample.asking.prompt) {
    messages.push_back(message_json("user", sample.question.text));
    return messages;
  }
  for (const Message& message : *sample.asking.prompt) {
    const bool raw = message.role == "raw";  // inspect has no such turn
    messages.push_back(message_json(raw ? "user" : message.role, message.content));
  }
  return messages;
}

ordered_json reply_content(const Generation& reply) {
  if (reply.reasoning.empty()) return reply.text;
  return ordered_json::array({{{"type", "reasoning"}, {"reasoning", reply.reasoning}},
                              {{"type", "text"}, {"text", reply.text}}});
}

const char* stop_reason(FinishReason finish) {
  switch (finish) {
    case FinishReason::stop:
    case FinishReason::empty:
      return "stop";
    case FinishReason::length:
      return "max_tokens";
    case FinishReason::content_filter:
      return "content_filter";
    case FinishReason::repetition:
    case FinishReason::unknown:
      break;
  }
  return "unknown";
}

// inspect counts what it is not told as zero, so there is a usage only where the server gave one.
std::optional<ordered_json> usage_json(const TokenUsage& usage) {
  if (!usage.prompt || !usage.completion) return std::nullopt;
  ordered_json object = {{"input_tokens", *usage.prompt},
                         {"output_tokens", *usage.completion},
                         {"total_tokens", *usage.prompt + *usage.completion}};
  if (usage.cached_prompt) object["input_tokens_cache_read"] = *usage.cached_prompt;
  if (usage.reasoning) object["reasoning_tokens"] = *usage.reasoning;
  return object;
}

ordered_json output_json(const Generation& reply) {
  ordered_json message = message_json("assistant", reply_content(reply));
  ordered_json output = {
      {"model", reply.served_by},
      {"choices", ordered_json::array({{{"message", std::move(message)},
                                        {"stop_reason", stop_reason(reply.finish)}}})},
      {"completion", reply.text},
      {"time", static_cast<double>(reply.total_ms) / 1000}};
  if (const auto usage = usage_json(reply.usage)) output["usage"] = *usage;
  return output;
}

std::string score_value(const SampleRecord& record) {
  if (!record.score) return "NaN";
  switch (record.score->verdict) {
    case Verdict::correct:
      return "\"C\"";
    case Verdict::wrong:
      return "\"I\"";
    case Verdict::no_answer:
      return "\"N\"";
    case Verdict::undecided:
      break;
  }
  return "NaN";
}

std::string scorer_name(const std::string& grader) { return grader.substr(0, grader.find('@')); }

std::string scores_text(const SampleRecord& record) {
  ordered_json score = ordered_json::object();
  if (record.score) {
    score["answer"] = record.score->extracted;
    score["explanation"] = record.score->explanation;
  }
  const std::string value = with_member(plain_json(score), "value", score_value(record));
  const std::string name = record.grader.empty() ? "unscored" : scorer_name(record.grader);
  return fmt::format("{{{}:{}}}", plain_json(name), value);
}

// What inspect has no field for, beside the question's attributes.
ordered_json metadata_json(const InspectSample& sample) {
  const SampleRecord& record = sample.record;
  ordered_json own = {{"state", name_of(record.result.state)},
                      {"seed", record.seed},
                      {"attempts", record.result.attempts}};
  if (record.reply) own["finish"] = name_of(record.reply->finish);
  if (record.score) {
    own["verdict"] = name_of(record.score->verdict);
    own["thinking"] = name_of(record.score->thinking);
    own["canonical"] = record.score->canonical;
  }
  if (!record.result.reason.empty()) own["reason"] = record.result.reason;
  ordered_json metadata = ordered_json::object();
  for (const auto& [name, value] : sample.question.attributes) metadata[name] = value;
  metadata["proctor"] = std::move(own);
  return metadata;
}

void add_error(const SampleRecord& record, ordered_json& sample) {
  if (record.reply) return;
  const std::string reason = record.damage ? record.damage->message() : record.result.reason;
  if (reason.empty()) return;
  sample["error"] = {{"message", reason}, {"traceback", ""}, {"traceback_ansi", ""}};
}

ordered_json head_of(const InspectSample& sample) {
  return {{"id", sample.question.id}, {"epoch", sample.record.result.repeat + 1}};
}

}  // namespace

std::string inspect_member(const std::string& question_id, std::int32_t repeat) {
  return fmt::format("samples/{}_epoch_{}.json", question_id, repeat + 1);
}

std::string format_inspect_sample(const InspectSample& sample) {
  const SampleRecord& record = sample.record;
  ordered_json object = head_of(sample);
  object["input"] = sample.question.text;
  const std::vector<std::string_view> options = options_of(sample.question);
  if (!options.empty()) object["choices"] = options;
  object["target"] = sample.question.gold;
  object["messages"] = prompt_messages(sample);
  if (record.reply) {
    object["messages"].push_back(message_json("assistant", reply_content(*record.reply)));
    object["output"] = output_json(*record.reply);
  } else {
    object["output"] = {{"model", ""}, {"choices", ordered_json::array()}};
  }
  object["metadata"] = metadata_json(sample);
  add_error(record, object);
  return with_member(plain_json(object), "scores", scores_text(record));
}

std::string format_inspect_summary(const InspectSample& sample) {
  constexpr std::size_t kMostInput = 1000;  // the archive's list of samples shows beginnings
  const SampleRecord& record = sample.record;
  ordered_json object = head_of(sample);
  object["input"] = sample.question.text.substr(0, kMostInput);
  object["target"] = sample.question.gold.substr(0, kMostInput);
  object["completed"] = record.reply.has_value();
  if (!record.reply && !record.result.reason.empty()) object["error"] = record.result.reason;
  const std::string name =
      plain_json(record.grader.empty() ? "unscored" : scorer_name(record.grader));
  return with_member(plain_json(object), "scores",
                     fmt::format("{{{}:{{\"value\":{}}}}}", name, score_value(record)));
}

std::string format_inspect_header(const RunInfo& info, const RunPlan& plan, const TaskPlan& task,
                                  const Asking& asking, const InspectResults& results) {
  ordered_json ids = ordered_json::array();
  for (const Question& question : task.questions) ids.push_back(question.id);
  ordered_json config = ordered_json::object();
  if (asking.sampling) {
    config = {{"temperature", asking.sampling->temperature},
              {"top_p", asking.sampling->top_p},
              {"max_tokens", asking.sampling->max_tokens}};
    if (asking.sampling->top_k) config["top_k"] = *asking.sampling->top_k;
  }
  const std::string scorer = scorer_name(task.grader);
  // inspect tells logs apart by these; the same run gives the same ones.
  const std::string id = sha256_hex(plan.fingerprint + info.created_at + task.task).substr(0, 22);
  const ordered_json eval = {{"eval_id", id},
                             {"run_id", id},
                             {"task_id", id},
                             {"created", info.created_at},
                             {"task", task.task},
                             {"task_version", 0},
                             {"dataset",
                              {{"name", task.task},
                               {"samples", task.questions.size()},
                               {"sample_ids", std::move(ids)},
                               {"shuffled", false}}},
                             {"model", plan.model},
                             {"model_generate_config", std::move(config)},
                             {"model_args", ordered_json::object()},
                             {"config", {{"epochs", task.repeats}}},
                             {"packages", {{"proctor", plan.version}}},
                             {"scorers", ordered_json::array({{{"name", scorer}}})},
                             {"metadata",
                              {{"proctor_fingerprint", plan.fingerprint},
                               {"proctor_protocol", task.protocol},
                               {"proctor_protocol_hash", task.protocol_hash},
                               {"proctor_dataset_hash", task.dataset_hash},
                               {"proctor_grader", task.grader},
                               {"proctor_seed", plan.seed}}}};
  const auto samples = static_cast<std::int64_t>(task.questions.size()) * task.repeats;
  const auto metric = [](const char* name, double value) {
    return with_member(plain_json({{"name", name}}), "value", number(value));
  };
  const ordered_json counts = {{"name", scorer},
                               {"scorer", scorer},
                               {"scored_samples", results.scored},
                               {"unscored_samples", samples - results.scored},
                               {"params", ordered_json::object()}};
  const std::string score = with_member(
      plain_json(counts), "metrics",
      fmt::format("{{\"accuracy\":{},\"stderr\":{}}}", metric("accuracy", results.accuracy),
                  metric("stderr", results.error_questions)));
  const std::string all =
      with_member(plain_json({{"total_samples", samples}, {"completed_samples", results.replies}}),
                  "scores", "[" + score + "]");
  const char* status = info.status == RunStatus::complete ? "success"
                       : info.status == RunStatus::open   ? "started"
                                                          : "error";
  ordered_json header = {
      {"version", 2},
      {"status", status},
      {"eval", eval},
      {"plan",
       {{"name", "plan"},
        {"steps", ordered_json::array()},
        {"config", eval["model_generate_config"]}}},
      {"stats", {{"started_at", info.created_at}, {"completed_at", info.finished_at}}}};
  if (info.status == RunStatus::incomplete) {
    header["error"] = {{"message", "the run ended before enough of its samples had a verdict"},
                       {"traceback", ""},
                       {"traceback_ansi", ""}};
  }
  return with_member(plain_json(header), "results", all);
}

}  // namespace proctor::reports::exchange
