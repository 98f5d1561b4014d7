#include "reports/exchange/inspect_sample.h"

#include <fmt/core.h>

#include <cmath>
#include <utility>

#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;

Error field_error(const char* field, std::string_view complaint) {
  return Error(ErrorCode::invalid_input, fmt::format("field \"{}\": {}", field, complaint));
}

const json& at(const json& object, const char* key) {
  static const json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::string resolved(std::string text, const AttachmentOf& attachment) {
  constexpr std::string_view kScheme = "attachment://";
  if (!text.starts_with(kScheme)) return text;
  std::optional<std::string> meant = attachment(text.substr(kScheme.size()));
  return meant ? std::move(*meant) : text;
}

struct Content {
  std::string text;
  std::string reasoning;
};

// A message's content: a text, or a list of parts.
Content read_content(const json& content, const AttachmentOf& attachment) {
  Content read;
  if (content.is_string()) read.text = resolved(content.get<std::string>(), attachment);
  if (!content.is_array()) return read;
  for (const json& part : content) {
    const std::string type = text_at(part, "type");
    if (type == "text") read.text += resolved(text_at(part, "text"), attachment);
    if (type == "reasoning") read.reasoning += resolved(text_at(part, "reasoning"), attachment);
  }
  return read;
}

// What was asked: the text, or the last user's turn of a conversation.
std::string read_input(const json& input, const AttachmentOf& attachment) {
  if (input.is_string()) return resolved(input.get<std::string>(), attachment);
  std::string text;
  if (!input.is_array()) return text;
  for (const json& message : input) {
    if (text_at(message, "role") != "user") continue;
    text = read_content(at(message, "content"), attachment).text;
  }
  return text;
}

std::string read_target(const json& target) {
  if (target.is_string()) return target.get<std::string>();
  if (target.is_array() && target.size() == 1 && target[0].is_string()) {
    return target[0].get<std::string>();
  }
  return target.is_null() ? std::string() : plain_json(target);
}

Result<Question> read_question(const json& sample, const AttachmentOf& attachment) {
  const json& id = at(sample, "id");
  if (!id.is_string() && !id.is_number_integer())
    return field_error("id", "expected text or number");
  Question question{id.is_string() ? id.get<std::string>() : id.dump(),
                    read_input(at(sample, "input"), attachment),
                    read_target(at(sample, "target")),
                    {}};
  const json& metadata = at(sample, "metadata");
  if (!metadata.is_object()) return question;
  for (const auto& [name, value] : metadata.items()) {
    if (value.is_string()) question.attributes.emplace_back(name, value.get<std::string>());
    if (value.is_number_integer()) question.attributes.emplace_back(name, value.dump());
  }
  return question;
}

FinishReason read_finish(const std::string& reason, const Content& content) {
  if (reason == "max_tokens" || reason == "model_length") return FinishReason::length;
  if (reason == "content_filter") return FinishReason::content_filter;
  if (reason != "stop") return FinishReason::unknown;
  const bool silent = content.text.empty() && content.reasoning.empty();
  return silent ? FinishReason::empty : FinishReason::stop;
}

// Nothing if the model never answered.
std::optional<Generation> read_reply(const json& output, const AttachmentOf& attachment) {
  const json& choices = at(output, "choices");
  if (!choices.is_array() || choices.empty()) return std::nullopt;
  Content content = read_content(at(at(choices[0], "message"), "content"), attachment);
  Generation reply;
  reply.finish = read_finish(text_at(choices[0], "stop_reason"), content);
  reply.text = std::move(content.text);
  reply.reasoning = std::move(content.reasoning);
  const json& usage = at(output, "usage");
  reply.usage = {integer_at(usage, "input_tokens"), integer_at(usage, "output_tokens"),
                 integer_at(usage, "reasoning_tokens"),
                 integer_at(usage, "input_tokens_cache_read")};
  reply.served_by = text_at(output, "model");
  const json& seconds = at(output, "time");
  if (seconds.is_number()) reply.total_ms = std::llround(seconds.get<double>() * 1000);
  return reply;
}

// The verdict that a score's value is, if it is one.
std::optional<Verdict> read_verdict(const json& value) {
  if (value == "C" || value == 1 || value == true) return Verdict::correct;
  if (value == "I" || value == 0 || value == false) return Verdict::wrong;
  if (value == "N") return Verdict::no_answer;
  return std::nullopt;
}

// The option of that letter: its text, if the sample lists its options.
std::optional<std::string> read_choice(const json& choices, const std::string& letter) {
  const bool listed = choices.is_array() && letter.size() == 1 && letter[0] >= 'A' &&
                      static_cast<std::size_t>(letter[0] - 'A') < choices.size();
  if (!listed) return std::nullopt;
  const json& choice = choices[static_cast<std::size_t>(letter[0] - 'A')];
  return choice.is_string() ? std::optional(choice.get<std::string>()) : std::nullopt;
}

// What the answer counts as in a vote over epochs: by our own word, or by the option that it names.
// The letter will not do, since epochs may show the options in other orders.
std::optional<std::string> read_canonical(const json& sample, const std::string& answer) {
  const json& own = at(at(at(sample, "metadata"), "proctor"), "canonical");
  if (own.is_string()) return own.get<std::string>();
  return read_choice(at(sample, "choices"), answer);
}

void read_score(const json& object, std::string_view scorer, const AttachmentOf& attachment,
                ForeignSample& sample) {
  const json& scores = at(object, "scores");
  const bool any = scores.is_object() && !scores.empty();
  if (!any) return;
  const auto found = scorer.empty() ? scores.begin() : scores.find(std::string(scorer));
  if (found == scores.end()) {
    sample.reason = "no score by " + std::string(scorer);
    return;
  }
  const json& value = at(*found, "value");
  const std::optional<Verdict> verdict = read_verdict(value);
  if (!verdict) {
    sample.reason = value.is_null() ? found.key() + ": unscored"
                                    : fmt::format("{}: {} is neither right nor wrong", found.key(),
                                                  plain_json(value));
    return;
  }
  Score score;
  score.verdict = *verdict;
  const json& answer = at(*found, "answer");
  if (answer.is_string()) score.extracted = resolved(answer.get<std::string>(), attachment);
  const std::optional<std::string> canonical = read_canonical(object, score.extracted);
  score.canonical = canonical.value_or(score.extracted);
  sample.canonical_known = canonical.has_value();
  score.explanation = found.key();
  const std::string explanation = resolved(text_at(*found, "explanation"), attachment);
  if (!explanation.empty()) score.explanation += ": " + explanation;
  sample.score = std::move(score);
}

}  // namespace

Result<ForeignSample> read_inspect_sample(const json& sample, std::string_view scorer,
                                          const AttachmentOf& attachment) {
  Result<Question> question = read_question(sample, attachment);
  if (!question) return question.error();
  const std::optional<std::int64_t> epoch = integer_at(sample, "epoch");
  if (!epoch || *epoch < 1 || *epoch > 1'000'000) return field_error("epoch", "expected from 1");
  ForeignSample read{.question = std::move(*question),
                     .repeat = static_cast<std::int32_t>(*epoch - 1)};
  read.reply = read_reply(at(sample, "output"), attachment);
  const std::string error = text_at(at(sample, "error"), "message");
  if (!error.empty()) read.reason = error;
  if (read.reply) {
    read_score(sample, scorer, attachment, read);
  } else if (read.reason.empty()) {
    read.reason = "the log has no reply";
  }
  if (read.score) read.reason.clear();
  return read;
}

}  // namespace proctor::reports::exchange
