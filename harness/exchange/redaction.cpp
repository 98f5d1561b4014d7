#include "harness/exchange/redaction.h"

#include <algorithm>
#include <span>

#include "harness/core/sha256.h"
#include "tasks/task.h"

namespace proctor::harness::exchange {
namespace {

bool is_letter(std::string_view text) {
  return text.size() == 1 && text.front() >= 'A' && text.front() <= 'Z';
}

}  // namespace

bool withholds_texts(std::string_view task, bool redact) {
  if (redact) return true;
  std::string lower(task);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  const std::span<const tasks::Task> all = tasks::all_tasks();
  return std::any_of(all.begin(), all.end(), [&](const tasks::Task& known) {
    return known.gated && lower.find(known.name) != std::string::npos;
  });
}

std::string withheld(std::string_view text) {
  if (text.empty() || is_letter(text)) return std::string(text);
  return "sha256:" + sha256_hex(text);
}

std::string withheld_reason(std::string_view reason) {
  constexpr std::size_t kLongestKind = 40;
  const std::size_t colon = reason.find(':');
  if (colon == std::string_view::npos || colon > kLongestKind) return withheld(reason);
  return std::string(reason.substr(0, colon)) + ": " + withheld(reason.substr(colon + 1));
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

}  // namespace proctor::harness::exchange
