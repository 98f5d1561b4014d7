#include "harness/redaction.h"

#include "harness/core/sha256.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

bool is_letter(std::string_view text) {
  return text.size() == 1 && text.front() >= 'A' && text.front() <= 'Z';
}

}  // namespace

bool withholds_texts(std::string_view task, bool redact) {
  if (redact) return true;
  const Result<const tasks::Task*> known = tasks::task_named(task);
  return known && (*known)->gated;
}

std::string withheld(std::string_view text) {
  if (text.empty() || is_letter(text)) return std::string(text);
  return "sha256:" + sha256_hex(text);
}

Question withheld(Question question) {
  question.text = withheld(question.text);
  question.gold = withheld(question.gold);
  for (auto& [name, value] : question.attributes) {
    const bool quotes = name.starts_with(kOptionPrefix) || name == "starter_code";
    if (quotes) value = withheld(value);
  }
  return question;
}

Prompt withheld(Prompt prompt) {
  for (Message& message : prompt) message.content = withheld(message.content);
  return prompt;
}

Generation withheld(Generation reply) {
  reply.text = withheld(reply.text);
  reply.reasoning = withheld(reply.reasoning);
  return reply;
}

Score withheld(Score score) {
  score.extracted = withheld(score.extracted);
  score.canonical = withheld(score.canonical);
  score.explanation.clear();
  return score;
}

}  // namespace proctor::harness
