#include "reports/exchange/sft.h"

#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {

std::string whole_reply(const Generation& reply) {
  const bool opened_by_prompt = reply.text.find("</think>") != std::string::npos &&
                                reply.text.find("<think>") == std::string::npos;
  if (reply.reasoning.empty()) return (opened_by_prompt ? "<think>\n" : "") + reply.text;
  return "<think>\n" + reply.reasoning + "\n</think>\n\n" + reply.text;
}

std::string format_sft_line(const Prompt& prompt, const std::string& completion) {
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  for (const Message& message : prompt) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  messages.push_back({{"role", "assistant"}, {"content", completion}});
  return plain_json({{"messages", std::move(messages)}}) + "\n";
}

}  // namespace proctor::reports::exchange
