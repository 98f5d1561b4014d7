// `proctor model generate`: one prompt, answered by the built-in engine.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "harness/plan/seeds.h"
#include "harness/process/console.h"
#include "harness/process/interrupts.h"
#include "harness/verbs/model.h"

namespace proctor::harness {
namespace {

using engine::EngineReply;
using engine::Model;
using nlohmann::ordered_json;

// Prints a single sample's text as it comes, several when they are whole, JSON when all is known.
class Printer : public engine::EngineObserver {
 public:
  Printer(const Model& model, const GenerateOptions& options, bool json)
      : model_(model),
        json_(json),
        logprobs_(options.logprobs),
        streaming_(!json && options.samples == 1) {}

  void sampled(std::int64_t, std::string_view text) override {
    if (!streaming_) return;
    print_result(text);
    flush_results();
    printed_ += text.size();
  }

  void finished(EngineReply reply) override {
    tokens_ += reply.tokens.size();
    ++ends_[name_of(reply.generation.finish)];
    if (json_) {
      print_result(reply_json(reply) + "\n");
    } else if (streaming_) {
      // What might have been the beginning of a stop string comes at the end.
      print_result(reply.generation.text.substr(printed_) + "\n");
    } else {
      print_result(fmt::format("--- sample {} ({})\n{}\n", reply.id,
                               name_of(reply.generation.finish), reply.generation.text));
    }
  }

  std::size_t tokens() const { return tokens_; }
  // "stop", or how many replies ended how.
  std::string ends() const {
    std::string text;
    for (const auto& [reason, count] : ends_) {
      if (!text.empty()) text += ", ";
      text += ends_.size() == 1 ? std::string(reason) : fmt::format("{} {}", count, reason);
    }
    return text;
  }

 private:
  std::string reply_json(const EngineReply& reply) const {
    ordered_json tokens = ordered_json::array();
    for (const engine::SampledToken& token : reply.tokens) {
      tokens.push_back(
          {{"id", token.id}, {"text", std::string(model_.tokenizer().token_bytes(token.id))}});
      if (!logprobs_) continue;
      tokens.back()["logprob"] = token.logprob;
      tokens.back()["tempered_logprob"] = token.tempered_logprob;
    }
    const ordered_json line = {{"sample", reply.id},
                               {"text", reply.generation.text},
                               {"finish_reason", name_of(reply.generation.finish)},
                               {"prompt_tokens", reply.generation.usage.prompt.value_or(0)},
                               {"completion_tokens", reply.generation.usage.completion.value_or(0)},
                               {"tokens", std::move(tokens)}};
    return compact_json(line);
  }

  const Model& model_;
  bool json_;
  bool logprobs_;
  bool streaming_;
  std::size_t printed_ = 0;
  std::size_t tokens_ = 0;
  std::map<std::string_view, int> ends_;
};

std::string prompt_text(const std::string& given) {
  if (given != "-") return given;
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

Result<std::vector<std::int32_t>> prompt_ids(const GenerateOptions& options, const Model& model,
                                             const std::string& text) {
  if (options.raw) return model.tokenizer().encode_completion(text);
  Prompt messages;
  if (!options.system.empty()) messages.push_back({.role = "system", .content = options.system});
  messages.push_back({.role = "user", .content = text});
  return model.prompt_for(messages);
}

engine::SamplingParameters parameters(const GenerateOptions& options, const Model& model) {
  const engine::GenerationConfig& recommended = model.checkpoint().generation();
  // A checkpoint that is not to be sampled is to be decoded greedily.
  const bool greedy = options.temperature < 0 && !recommended.do_sample.value_or(true);
  const auto chosen = [](double given, const std::optional<double>& wanted) {
    return static_cast<float>(given >= 0 ? given : wanted.value_or(1));
  };
  return {.temperature = greedy ? 0 : chosen(options.temperature, recommended.temperature),
          .top_p = chosen(options.top_p, recommended.top_p),
          .top_k = options.top_k >= 0 ? options.top_k : recommended.top_k.value_or(0),
          .logprobs = options.logprobs};
}

}  // namespace

Result<void> generate_and_print(const GenerateOptions& options, bool json) {
  const std::string text = prompt_text(options.prompt);  // before Ctrl-C means something else
  const Interrupts interrupts("stopping");
  const Result<Model> model = model_named(options.model);
  if (!model) return model.error();
  const Result<std::vector<std::int32_t>> prompt = prompt_ids(options, *model, text);
  if (!prompt) return prompt.error();
  engine::EngineOptions engine_options = options.engine;
  engine_options.max_sequences = std::min(options.samples, engine_options.max_sequences);
  const Result<std::unique_ptr<engine::Engine>> engine =
      engine::Engine::make(*model, engine_options);
  if (!engine) return engine.error();
  for (int sample = 0; sample < options.samples; ++sample) {
    const Result<void> taken =
        (*engine)->submit({.id = sample,
                           .prompt = *prompt,
                           .max_tokens = options.max_tokens,
                           .sampling = parameters(options, *model),
                           .seed = plan::sample_seed(options.seed, "generate", "", sample),
                           .stop = options.stop,
                           .loop_stop = options.loop_stop});
    if (!taken) return taken.error();
  }
  Printer printer(*model, options, json);
  const auto start = std::chrono::steady_clock::now();
  while (!(*engine)->idle()) {
    if (interrupts.token().stop_requested()) {
      return Error(ErrorCode::interrupted, "what was being generated is dropped");
    }
    const Result<void> stepped = (*engine)->step(printer);
    if (!stepped) return stepped.error();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  say(fmt::format("{}; {} tokens in {:.2f} s ({:.0f} tokens/s) on {}\n", printer.ends(),
                  printer.tokens(), seconds.count(),
                  static_cast<double>(printer.tokens()) / seconds.count(),
                  (*engine)->device_description()));
  return {};
}

}  // namespace proctor::harness
