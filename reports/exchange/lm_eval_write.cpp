#include "reports/exchange/lm_eval_write.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "harness/core/sha256.h"
#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::ordered_json;

constexpr const char* kFilter = "none";  // lm-eval's name for no filter

ordered_json number_or_null(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

// A single user's turn is a text, as for models without a chat template; a conversation is JSON, as
// lm-eval hands it to chat servers.
std::string prompt_text(const std::optional<Prompt>& prompt, const Question& question) {
  if (!prompt) return question.text;
  if (prompt->size() == 1) return prompt->front().content;
  ordered_json messages = ordered_json::array();
  for (const Message& message : *prompt) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  return plain_json(messages);
}

ordered_json settings(const std::optional<Sampling>& sampling) {
  ordered_json object = {{"until", ordered_json::array()}};
  if (!sampling) return object;
  object["do_sample"] = sampling->temperature > 0;
  object["temperature"] = sampling->temperature;
  object["top_p"] = sampling->top_p;
  if (sampling->top_k) object["top_k"] = *sampling->top_k;
  object["max_gen_toks"] = sampling->max_tokens;
  return object;
}

ordered_json verdict_value(const SampleRecord& record) {
  if (!record.score || record.score->verdict == Verdict::undecided) return {};
  return record.score->verdict == Verdict::correct ? 1 : 0;
}

ordered_json document(const Question& question) {
  ordered_json doc = {{"id", question.id}, {"problem", question.text}, {"answer", question.gold}};
  for (const auto& [name, value] : question.attributes) {
    if (!doc.contains(name)) doc[name] = value;
  }
  return doc;
}

}  // namespace

std::string format_lm_eval_row(std::int64_t doc_id, const Question& question, const Asking& asking,
                               std::span<const LmEvalReply> repeats) {
  ordered_json replies = ordered_json::array();
  ordered_json extracted = ordered_json::array();
  ordered_json scores = ordered_json::array();
  ordered_json canonicals = ordered_json::array();
  ordered_json targets = ordered_json::array();
  double right = 0;
  int decided = 0;
  for (const auto& [record, target] : repeats) {
    if (!record.reply) continue;
    replies.push_back(record.reply->text);
    extracted.push_back(record.score ? record.score->extracted : std::string());
    canonicals.push_back(record.score ? ordered_json(record.score->canonical) : ordered_json());
    targets.push_back(target);
    scores.push_back(verdict_value(record));
    if (scores.back().is_null()) continue;
    right += scores.back().get<double>();
    ++decided;
  }
  const std::string prompt = prompt_text(asking.prompt, question);
  const ordered_json doc = document(question);
  // lm-eval hashes the document as Python's json.dumps(doc, indent=2) spells it.
  const std::string doc_text = doc.dump(2, ' ', false, ordered_json::error_handler_t::replace);
  const ordered_json row = {
      {"doc_id", doc_id},
      {"doc", doc},
      {"target", question.gold},
      {"arguments", {{"gen_args_0", {{"arg_0", prompt}, {"arg_1", settings(asking.sampling)}}}}},
      {"resps", ordered_json::array({std::move(replies)})},
      {"filtered_resps", std::move(extracted)},
      {"filter", kFilter},
      {"metrics", ordered_json::array({"exact_match"})},
      {"doc_hash", sha256_hex(doc_text)},
      {"prompt_hash", sha256_hex(prompt)},
      {"target_hash", sha256_hex(question.gold)},
      {"exact_match", decided == 0 ? ordered_json() : ordered_json(right / decided)},
      {"proctor_scores", std::move(scores)},
      {"proctor_canonical", std::move(canonicals)},
      {"proctor_targets", std::move(targets)}};
  return plain_json(row) + "\n";
}

std::string format_lm_eval_results(const RunInfo& info, const RunPlan& plan,
                                   std::span<const LmEvalTask> tasks) {
  ordered_json results = ordered_json::object();
  ordered_json configs = ordered_json::object();
  ordered_json versions = ordered_json::object();
  ordered_json shots = ordered_json::object();
  ordered_json higher = ordered_json::object();
  ordered_json samples = ordered_json::object();
  for (const LmEvalTask& task : tasks) {
    results[task.task] = {{"alias", task.task},
                          {"exact_match,none", number_or_null(task.exact_match)},
                          {"exact_match_stderr,none", number_or_null(task.stderr_)}};
    configs[task.task] = {{"task", task.task},
                          {"output_type", "generate_until"},
                          {"repeats", task.repeats},
                          {"num_fewshot", 0}};
    versions[task.task] = plan.version;
    shots[task.task] = 0;
    higher[task.task] = {{"exact_match", true}};
    samples[task.task] = {{"original", task.questions}, {"effective", task.questions}};
  }
  const ordered_json file = {
      {"results", std::move(results)},
      {"group_subtasks", ordered_json::object()},
      {"configs", std::move(configs)},
      {"versions", std::move(versions)},
      {"n-shot", std::move(shots)},
      {"higher_is_better", std::move(higher)},
      {"n-samples", std::move(samples)},
      {"config", {{"model", "proctor"}, {"model_args", plan.model}}},
      {"date", info.created_at},
      {"model_source", "proctor"},
      {"model_name", plan.model},
      {"model_name_sanitized", lm_eval_model_name(plan.model)},
      {"proctor",
       {{"version", plan.version}, {"fingerprint", plan.fingerprint}, {"seed", plan.seed}}}};
  return file.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string lm_eval_model_name(const std::string& model) {
  std::string name;
  for (const char c : model) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    name += c == '/' ? std::string("__") : std::string(1, plain ? c : '_');
  }
  return name;
}

std::string lm_eval_time(const std::string& iso_time) {
  std::string time = iso_time.substr(0, iso_time.find('Z'));
  std::replace(time.begin(), time.end(), ':', '-');
  return time;
}

}  // namespace proctor::reports::exchange
