#include "tests/harness/canary/imitation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace proctor::harness::canary {
namespace {

using nlohmann::json;
using support::respond_json;

// So many words, which follow from the number.
std::string words(int count, std::uint64_t number) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    number = number * 6364136223846793005U + 1442695040888963407U;
    text += (i == 0 ? "w" : " w") + std::to_string(number >> 48);
  }
  return text;
}

std::string thinking_text(Thought thought) {
  switch (thought) {
    case Thought::none:
    case Thought::apart:
      return "It is 5.";
    case Thought::tagged:
      return "<think>\nTwo and three.\n</think>\n\nIt is 5.";
    case Thought::closing_only:
      return "Two and three.\n</think>\n\nIt is 5.";
    case Thought::endless:
      return words(1024, 5);
  }
  return "";
}

}  // namespace

support::Answer Imitation::answer(const support::HttpRequest& request) {
  if (request.method == "GET") {
    const auto page = manners_.pages.find(std::string(request.path));
    return page == manners_.pages.end() ? respond_json(404, "{}") : respond_json(200, page->second);
  }
  ++replies_;
  const json body = json::parse(request.body);
  const std::string prompt = body["messages"].back()["content"];
  const bool story = prompt.find("lighthouse") != std::string::npos;
  const bool greedy = body.value("temperature", 1.0) == 0.0;
  const int limit = body["max_tokens"];
  if (replies_ > manners_.answers) return respond_json(422, R"({"error":"enough"})");
  if (!story && manners_.refuses_status != 0) {
    return respond_json(manners_.refuses_status, R"({"error":{"message":"too long for me"}})");
  }
  if (greedy && manners_.refuses_temperature_0 != 0) {
    return respond_json(manners_.refuses_temperature_0, R"({"error":{"message":"not at 0"}})");
  }

  // What the words follow from.
  std::uint64_t number = 7;
  if (!greedy && manners_.heeds_temperature) number = body.value("seed", 0U);
  if (!greedy && !manners_.heeds_seed) number = static_cast<std::uint64_t>(1000 + replies_);
  if (greedy && !manners_.repeats_at_0) number = static_cast<std::uint64_t>(1000 + replies_);
  int length = manners_.ends_early ? 5 : manners_.heeds_limit ? limit : 4 * limit;
  const int asked = static_cast<int>(std::count(prompt.begin(), prompt.end(), ' ')) + 20;
  if (manners_.context > 0 && !manners_.shifts_context) {
    length = std::min(length, manners_.context - asked);
  }
  const bool cut = story ? !manners_.ends_early : manners_.thought == Thought::endless;
  json message = {{"role", "assistant"},
                  {"content", story ? words(length, number) : thinking_text(manners_.thought)}};
  if (!story && manners_.thought == Thought::apart) message["reasoning_content"] = "2 and 3";
  json reply = {{"model", manners_.model},
                {"choices",
                 {{{"index", 0},
                   {"message", message},
                   {"finish_reason", cut && manners_.admits_cut ? "length" : "stop"}}}}};
  if (!manners_.fingerprint.empty()) reply["system_fingerprint"] = manners_.fingerprint;
  if (manners_.tells_usage) {
    reply["usage"] = {{"prompt_tokens", manners_.context > 0 ? asked : 20},
                      {"completion_tokens", story ? length : 12}};
  }
  return respond_json(200, reply.dump());
}

}  // namespace proctor::harness::canary
