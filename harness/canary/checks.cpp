#include "harness/canary/checks.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace proctor::harness::canary {
namespace {

CanaryCheck passed(std::string name, std::string detail) {
  return {std::move(name), Outcome::passed, std::move(detail)};
}
CanaryCheck skipped(std::string name, std::string detail) {
  return {std::move(name), Outcome::skipped, std::move(detail)};
}
CanaryCheck remarked(std::string name, std::string detail) {
  return {std::move(name), Outcome::remarked, std::move(detail)};
}
CanaryCheck refused(std::string name, std::string detail) {
  return {std::move(name), Outcome::refused, std::move(detail)};
}

const ProbeReply* find(const CanaryEvidence& evidence, ProbeRole role) {
  const auto found =
      std::find_if(evidence.replies.begin(), evidence.replies.end(),
                   [&](const ProbeReply& reply) { return reply.probe.role == role; });
  return found == evidence.replies.end() ? nullptr : &*found;
}

std::string all_text(const Generation& reply) { return reply.reasoning + reply.text; }

CanaryCheck check_endpoint(const CanaryEvidence& evidence) {
  for (const ProbeReply& one : evidence.replies) {
    if (one.probe.role != ProbeRole::thinking || one.reply) continue;
    return refused("endpoint", "a question as the run asks it: " + one.reply.error().message());
  }
  std::size_t answered = 0;
  for (const ProbeReply& one : evidence.replies) answered += one.reply ? 1 : 0;
  return passed("endpoint",
                fmt::format("{} of {} requests answered", answered, evidence.replies.size()));
}

CanaryCheck check_model(const CanaryEvidence& evidence) {
  std::set<std::string> names;
  for (const ProbeReply& one : evidence.replies) {
    if (one.reply && !one.reply->served_by.empty()) names.insert(served_by(*one.reply).model);
  }
  if (evidence.asked_model.empty()) return skipped("model", "not asked for by a name");
  if (names.empty()) return skipped("model", "replies do not name it");
  std::string all;
  bool asked = true;
  for (const std::string& name : names) {
    all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", name);
    asked = asked && name == evidence.asked_model;
  }
  if (asked) return passed("model", all);
  return remarked("model",
                  fmt::format("asked for \"{}\", answered by {}", evidence.asked_model, all));
}

// What there is to say of the length of one reply; nothing if it is as it should be.
std::optional<CanaryCheck> check_length(const ProbeReply& one) {
  const std::string name = "max_tokens";
  if (!one.reply) return remarked(name, "not shown: " + one.reply.error().message());
  // Some servers count a token that ends the turn.
  constexpr std::int64_t kSlack = 4;
  // More than a token of prose has on average in any tokenizer.
  constexpr std::size_t kMostBytes = 16;
  const int limit = one.probe.request.sampling.max_tokens;
  const Generation& reply = *one.reply;
  const std::optional<std::int64_t>& tokens = reply.usage.completion;
  const std::size_t bytes = all_text(reply).size();
  if (tokens && *tokens > limit + kSlack) {
    return remarked(name, fmt::format("a reply limited to {} tokens has {}: it is not honoured",
                                      limit, *tokens));
  }
  if (bytes > kMostBytes * static_cast<std::size_t>(limit + kSlack)) {
    return remarked(
        name,
        fmt::format("a reply limited to {} tokens has {} bytes: it is not honoured", limit, bytes));
  }
  if (reply.finish == FinishReason::length) return std::nullopt;
  if (tokens && *tokens >= limit) {
    return remarked(name, fmt::format("a reply cut at its limit of {} tokens says that it ended by "
                                      "itself ({}): cut replies would not be counted as such",
                                      limit, name_of(reply.finish)));
  }
  return remarked(name, fmt::format("not shown: the reply ended before its limit of {} tokens ({})",
                                    limit, name_of(reply.finish)));
}

CanaryCheck check_max_tokens(const CanaryEvidence& evidence) {
  int limit = 0;
  for (const ProbeReply& one : evidence.replies) {
    if (one.probe.role == ProbeRole::thinking) continue;
    limit = one.probe.request.sampling.max_tokens;
    if (std::optional<CanaryCheck> found = check_length(one)) return *found;
  }
  return passed("max_tokens", fmt::format("replies are cut at {} tokens and say so", limit));
}

// Whether two probes had the same reply; nothing if one had none, or none that can be seen.
std::optional<bool> same_reply(const CanaryEvidence& evidence, ProbeRole one, ProbeRole other) {
  const ProbeReply* first = find(evidence, one);
  const ProbeReply* second = find(evidence, other);
  if (first == nullptr || second == nullptr || !first->reply || !second->reply) return std::nullopt;
  const std::string text = all_text(*first->reply);
  const std::string next = all_text(*second->reply);
  if (text.empty() && next.empty()) return std::nullopt;
  return text == next;
}

CanaryCheck check_temperature(const CanaryEvidence& evidence) {
  const std::string name = "temperature";
  if (!evidence.controls.temperature) return skipped(name, "the model takes none");
  const std::optional<bool> greedy =
      same_reply(evidence, ProbeRole::greedy, ProbeRole::greedy_again);
  const std::optional<bool> drawn =
      same_reply(evidence, ProbeRole::drawn, ProbeRole::drawn_otherwise);
  if (drawn && *drawn) {
    return remarked(name,
                    "two replies at 1 with unlike seeds are the same: it is not honoured, or "
                    "replies come from a cache; repeats would tell nothing");
  }
  if (!greedy || !drawn) return remarked(name, "not shown: there are no two replies to compare");
  if (!*greedy) return remarked(name, "two replies at 0 differ: runs at 0 will not repeat exactly");
  return passed(name, "replies are the same at 0 and differ at 1");
}

CanaryCheck check_seed(const CanaryEvidence& evidence) {
  const std::string name = "seed";
  if (!evidence.controls.temperature || !evidence.controls.seed) {
    return skipped(name, "the model takes none");
  }
  const std::optional<bool> again = same_reply(evidence, ProbeRole::drawn, ProbeRole::drawn_again);
  if (!again) return remarked(name, "not shown: there are no two replies to compare");
  if (!*again) {
    return remarked(name,
                    "two replies with the same seed differ: the run cannot be repeated exactly");
  }
  return passed(name, "the same seed has the same reply");
}

// Where a reply has its thinking.
enum class Place {
  apart,         // in reasoning_content
  tagged,        // in the text, from <think> on
  closing_only,  // in the text, whose beginning is inside it: the chat template wrote the tag
  none,
  cut,  // the reply was cut before one could tell
};

Place place_of_thinking(const Generation& reply) {
  const std::size_t open = reply.text.find("<think>");
  const std::size_t close = reply.text.find("</think>");
  if (open != std::string::npos && open < close) return Place::tagged;
  if (close != std::string::npos) return Place::closing_only;
  if (!reply.reasoning.empty()) return Place::apart;
  return reply.finish == FinishReason::length ? Place::cut : Place::none;
}

// `prefilled`: what the run takes for granted of this prompt; see graders/think.h for what it
// makes of it.
CanaryCheck check_thinking(const ProbeReply& one, bool prefilled) {
  const std::string name =
      one.probe.request.prompt[0].role == "raw" ? "thinking (raw)" : "thinking";
  if (!one.reply) return skipped(name, "no reply");
  switch (place_of_thinking(*one.reply)) {
    case Place::apart:
      return passed(name, "apart from the text, in reasoning_content");
    case Place::tagged:
      if (!prefilled) return passed(name, "in the text, between <think> and </think>");
      return refused(name,
                     "the reply opens <think> itself, and the run says that the chat template has "
                     "written it: leave out --think-prefilled");
    case Place::closing_only:
      if (prefilled) return passed(name, "in the text up to </think>; the template opened it");
      return refused(name,
                     "the text begins inside thinking that the chat template opened: a reply cut "
                     "there would be graded as an answer; say --think-prefilled");
    case Place::none:
      if (!prefilled) return passed(name, "none");
      return remarked(name,
                      "none, and the run says that the chat template opens it: replies that are "
                      "cut will count as thinking that was not closed");
    case Place::cut:
      return remarked(name,
                      fmt::format("not shown: no tag in the {} tokens before the reply was cut{}",
                                  one.probe.request.sampling.max_tokens,
                                  prefilled ? ""
                                            : "; if the chat template opens <think>, the run needs "
                                              "--think-prefilled"));
  }
  return passed(name, "");
}

std::vector<CanaryCheck> check_all_thinking(const CanaryEvidence& evidence) {
  std::vector<CanaryCheck> checks;
  for (const ProbeReply& one : evidence.replies) {
    if (one.probe.role != ProbeRole::thinking) continue;
    // A raw prompt goes past the chat template.
    const bool raw = evidence.protocols[one.probe.protocol].raw;
    checks.push_back(check_thinking(one, evidence.think_prefilled && !raw));
  }
  return checks;
}

CanaryCheck check_usage(const CanaryEvidence& evidence) {
  for (const ProbeReply& one : evidence.replies) {
    if (!one.reply || (one.reply->usage.prompt && one.reply->usage.completion)) continue;
    return remarked("usage", "tokens are not reported: costs and lengths will not be known");
  }
  return passed("usage", "tokens of prompts and replies are reported");
}

CanaryCheck check_context(const CanaryEvidence& evidence) {
  std::int64_t prompt = 0;
  for (const ProbeReply& one : evidence.replies) {
    if (one.reply) prompt = std::max(prompt, one.reply->usage.prompt.value_or(0));
  }
  return check_fit(evidence.protocols, evidence.server.context, prompt);
}

// llama-server applies samplers of its own (top_k 40, min_p 0.05, the temperature last) unless it
// is told otherwise, in fields that only its own provider sends.
CanaryCheck check_sampling(const CanaryEvidence& evidence) {
  const auto owner = evidence.server.lasting.find("owned_by");
  const bool llama = owner != evidence.server.lasting.end() && owner->second == "llamacpp";
  if (!llama || evidence.provider != "openai-api") {
    return passed("sampling", "no program known for samplers of its own");
  }
  return remarked("sampling", fmt::format("this is llama.cpp, which adds samplers of its own: "
                                          "llama-server/{} has it sample as the protocol says",
                                          evidence.asked_model));
}

CanaryCheck check_servers(const CanaryEvidence& evidence) {
  std::string all;
  for (const std::string& remark : evidence.server.remarks) {
    all += (all.empty() ? "" : "; ") + remark;
  }
  if (!all.empty()) return remarked("servers", all);
  return passed("servers", evidence.server.lasting.empty() ? "say nothing of themselves"
                                                           : "say what they are");
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::skipped:
      return "skipped";
    case Outcome::remarked:
      return "remarked";
    case Outcome::refused:
      return "refused";
  }
  return "";
}

CanaryCheck check_fit(std::span<const tasks::Protocol> protocols, std::optional<int> context,
                      std::int64_t prompt_tokens) {
  if (!context) return skipped("context", "the server does not say how much it holds");
  for (const tasks::Protocol& protocol : protocols) {
    const int longest = protocol.sampling.max_tokens;
    if (longest + prompt_tokens < *context) continue;
    return refused("context",
                   fmt::format("{}: replies of up to {} tokens leave no room for a prompt in the "
                               "server's context of {}: give a smaller --max-tokens",
                               protocol.task, longest, *context));
  }
  return passed("context", fmt::format("{} tokens, enough for prompt and reply", *context));
}

std::vector<CanaryCheck> judge_canary(const CanaryEvidence& evidence) {
  std::vector<CanaryCheck> checks = {check_endpoint(evidence), check_model(evidence),
                                     check_max_tokens(evidence), check_temperature(evidence),
                                     check_seed(evidence)};
  for (CanaryCheck& thinking : check_all_thinking(evidence)) checks.push_back(std::move(thinking));
  checks.push_back(check_usage(evidence));
  checks.push_back(check_context(evidence));
  checks.push_back(check_sampling(evidence));
  checks.push_back(check_servers(evidence));
  return checks;
}

ServedBy served_by(const Generation& reply) {
  const std::size_t blank = reply.served_by.find(' ');
  if (blank == std::string::npos) return {reply.served_by, ""};
  return {reply.served_by.substr(0, blank), reply.served_by.substr(blank + 1)};
}

}  // namespace proctor::harness::canary
