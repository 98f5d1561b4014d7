#include "reports/html/sample_texts.h"

#include <nlohmann/json.hpp>

namespace proctor::reports::html {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string_view name_of(Segment::Kind kind) {
  switch (kind) {
    case Segment::Kind::thinking:
      return "thinking";
    case Segment::Kind::text:
      return "text";
    case Segment::Kind::answer:
      return "answer";
  }
  return {};
}

ordered_json number(const std::optional<std::int64_t>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

void add_reply(ordered_json& object, const Generation& reply,
               const std::vector<Segment>& segments) {
  ordered_json list = ordered_json::array();
  for (const Segment& segment : segments) {
    list.push_back({std::string(name_of(segment.kind)), segment.text});
  }
  object["segments"] = std::move(list);
  object["usage"] = {{"completion", number(reply.usage.completion)},
                     {"reasoning", number(reply.usage.reasoning)},
                     {"prompt", number(reply.usage.prompt)},
                     {"cached_prompt", number(reply.usage.cached_prompt)}};
  object["served_by"] = reply.served_by;
  object["first_token_ms"] = reply.first_token_ms;
  object["total_ms"] = reply.total_ms;
}

}  // namespace

void SampleTexts::add(const SampleRecord& record, const Prompt& prompt,
                      const std::vector<Segment>& segments) {
  if (prompt_count_ == 0 || prompt != last_prompt_) {
    ordered_json turns = ordered_json::array();
    for (const Message& message : prompt) turns.push_back({message.role, message.content});
    prompts_ += (prompts_.empty() ? "" : ",") + text_of(turns);
    last_prompt_ = prompt;
    ++prompt_count_;
  }
  ordered_json object = {{"id", record.result.id},
                         {"prompt", prompt_count_ - 1},
                         {"seed", std::to_string(record.seed)},
                         {"attempts", record.result.attempts},
                         {"reason", record.result.reason}};
  if (record.reply) add_reply(object, *record.reply, segments);
  if (record.score) {
    object["extracted"] = record.score->extracted;
    object["canonical"] = record.score->canonical;
    object["explanation"] = record.score->explanation;
    object["grader"] = record.grader;
  }
  if (record.damage) object["damage"] = record.damage->message();
  samples_ += (samples_.empty() ? "" : ",") + text_of(object);
}

std::string SampleTexts::finish() {
  std::string json = "{\"prompts\":[" + prompts_ + "],\"samples\":[" + samples_ + "]}";
  *this = SampleTexts();
  return json;
}

}  // namespace proctor::reports::html
