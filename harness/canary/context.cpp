#include "harness/canary/context.h"

#include <fmt/core.h>

#include "harness/canary/asking.h"

namespace proctor::harness::canary {
namespace {

constexpr const char* kName = "context end";
constexpr int kWords = 200;
// What is left for the reply, and by how much it could go beyond: the counts of tokens are
// estimates, and servers keep some for themselves.
constexpr int kRoom = 64;
constexpr int kBeyond = 256;

Probe padded_probe(const tasks::Protocol& protocol, int words, int max_tokens) {
  const Probe story = probes_for(std::span(&protocol, 1), {}, 0)[0];
  Probe probe = story;
  std::string padding;
  for (int i = 0; i < words; ++i) padding += " sea";
  // In front: what the model is asked for stands next to its reply.
  std::string& prompt = probe.request.prompt.back().content;
  const std::size_t question = prompt.find("Tell a long story");
  prompt.insert(question == std::string::npos ? 0 : question, padding + ".\n\n");
  probe.request.sampling.max_tokens = max_tokens;
  return probe;
}

// How many words leave the reply kRoom tokens; nothing if the server does not count tokens.
Result<std::optional<int>> words_that_fill(backends::Backend& backend,
                                           const tasks::Protocol& protocol, int context,
                                           spending::Spending* spending,
                                           const std::stop_token& stop) {
  std::vector<Probe> probes = {padded_probe(protocol, 0, 1), padded_probe(protocol, kWords, 1)};
  probes[1].request.ticket = 1;
  const Result<std::vector<Result<Generation>>> replies =
      ask_probes(backend, probes, spending, stop);
  if (!replies) return replies.error();
  for (const Result<Generation>& reply : *replies) {
    if (!reply) return reply.error();
    if (!reply->usage.prompt) return std::optional<int>();
  }
  const std::int64_t bare = *(*replies)[0]->usage.prompt;
  const double a_word = static_cast<double>(*(*replies)[1]->usage.prompt - bare) / kWords;
  if (a_word <= 0) return std::optional<int>();
  return std::optional<int>(static_cast<int>(static_cast<double>(context - kRoom - bare) / a_word));
}

CanaryCheck judge(const Generation& reply, int context) {
  if (!reply.usage.prompt || !reply.usage.completion) {
    return {kName, Outcome::remarked, "not shown: tokens are not reported"};
  }
  const std::int64_t together = *reply.usage.prompt + *reply.usage.completion;
  if (together > context) {
    return {kName, Outcome::remarked,
            fmt::format("a prompt and its reply came to {} tokens in a context of {}: the server "
                        "drops the beginning instead of stopping",
                        together, context)};
  }
  if (reply.finish == FinishReason::length) {
    return {kName, Outcome::passed,
            fmt::format("a reply is cut at {} of {} tokens and says so", together, context)};
  }
  if (together + kRoom / 2 >= context) {
    return {kName, Outcome::remarked,
            fmt::format("a reply cut at {} of {} tokens says that it ended by itself ({})",
                        together, context, name_of(reply.finish))};
  }
  return {kName, Outcome::remarked,
          fmt::format("not shown: the reply ended at {} of {} tokens", together, context)};
}

}  // namespace

CanaryCheck check_context_end(backends::Backend& backend, const tasks::Protocol& protocol,
                              std::optional<int> context, spending::Spending* spending,
                              const std::stop_token& stop) {
  if (!context) return {kName, Outcome::skipped, "the server does not say how much it holds"};
  const Result<std::optional<int>> words =
      words_that_fill(backend, protocol, *context, spending, stop);
  if (!words) return {kName, Outcome::remarked, "not shown: " + words.error().message()};
  if (!*words) return {kName, Outcome::remarked, "not shown: tokens are not reported"};
  if (**words < 0) return {kName, Outcome::skipped, "the context is too small to be filled"};
  const std::vector<Probe> filling = {padded_probe(protocol, **words, kRoom + kBeyond)};
  const Result<std::vector<Result<Generation>>> replies =
      ask_probes(backend, filling, spending, stop);
  if (replies) return judge(*(*replies)[0], *context);
  if (replies.error().code() != ErrorCode::refused) {
    return {kName, Outcome::remarked, "not shown: " + replies.error().message()};
  }
  return {kName, Outcome::passed,
          "a reply that could go beyond it is refused: " + replies.error().message()};
}

}  // namespace proctor::harness::canary
