// The engine from prompt to text, on the embedded model: the same seed writes the same bits.
#include "backends/engine/engine.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/cpu/kernels.h"
#include "tests/support/skip.h"

using namespace proctor;
using namespace proctor::engine;

namespace {

const Model& tiny() {
  static const Result<Model> model = Model::tiny();
  REQUIRE_MESSAGE(model, (model ? "" : model.error().message()));
  return *model;
}

// Keeps replies and the text as it was streamed.
class Collector : public EngineObserver {
 public:
  void sampled(std::int64_t id, std::string_view text) override { streamed[id] += text; }
  void finished(EngineReply reply) override {
    const std::int64_t id = reply.id;
    CHECK(!replies.contains(id));
    CHECK(reply.generation.text.starts_with(streamed[id]));
    replies.emplace(id, std::move(reply));
  }

  std::map<std::int64_t, std::string> streamed;
  std::map<std::int64_t, EngineReply> replies;
};

constexpr const char* kQuestions[] = {
    "Compute $38 + 14 \\cdot 6$.\nPlease reason step by step, and put your final answer within "
    "\\boxed{}.",
    "What is the remainder when $250$ is divided by $7$?\nPlease reason step by step, and put your "
    "final answer within \\boxed{}.",
    "x"};

std::vector<EngineRequest> some_requests(int samples) {
  std::vector<EngineRequest> requests;
  for (const char* question : kQuestions) {
    const Result<std::vector<std::int32_t>> prompt =
        tiny().prompt_for({{.role = "user", .content = question}});
    REQUIRE(prompt);
    for (int sample = 0; sample < samples; ++sample) {
      EngineRequest request;
      request.id = static_cast<std::int64_t>(requests.size());
      request.prompt = *prompt;
      request.max_tokens = 150;
      request.sampling = {.temperature = 0.9F, .top_p = 0.95F, .logprobs = true};
      request.seed = 1000 + static_cast<std::uint64_t>(request.id);
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

// With memory for a few requests of the tiny model: sanitizers write a shadow of all that is taken.
EngineOptions modest() { return {.threads = 1, .cache_gib = 0.0625, .swap_gib = 0.0625}; }

Result<void> run(Engine& engine, std::vector<EngineRequest> requests, Collector& collector) {
  std::size_t next = 0;
  while (next < requests.size() || !engine.idle()) {
    while (next < requests.size() && engine.wants_more()) {
      if (Result<void> taken = engine.submit(requests[next++]); !taken) return taken;
    }
    if (Result<void> stepped = engine.step(collector); !stepped) return stepped;
  }
  return {};
}

// What a reply must have in common with every other of the same seed.
std::vector<std::tuple<std::int32_t, float, float>> bits(const EngineReply& reply) {
  std::vector<std::tuple<std::int32_t, float, float>> all;
  for (const SampledToken& token : reply.tokens) {
    all.emplace_back(token.id, token.logprob, token.tempered_logprob);
  }
  return all;
}

void check_same(const Collector& one, const Collector& other) {
  REQUIRE(one.replies.size() == other.replies.size());
  for (const auto& [id, reply] : one.replies) {
    CAPTURE(id);
    const EngineReply& twin = other.replies.at(id);
    CHECK(bits(reply) == bits(twin));
    CHECK(reply.generation.text == twin.generation.text);
    CHECK(reply.generation.finish == twin.generation.finish);
  }
}

struct Setting {
  int threads = 1;
  std::size_t pages = 400;
  int max_sequences = 64;
  int step_tokens = 512;
  cpu::InstructionSet set = cpu::InstructionSet::scalar;
  bool reversed = false;
  std::size_t host_pages = 0;
  bool one_behind = false;
};

// Runs all requests on a device of its own. The counters tell whether the case was what it claims.
SchedulerCounters run_with(const Setting& setting, Collector& collector) {
  const cpu::Kernels* kernels = cpu::kernels_for(setting.set);
  if (kernels == nullptr) kernels = cpu::kernels_for(cpu::InstructionSet::scalar);
  const std::size_t page_bytes =
      static_cast<std::size_t>(tiny().checkpoint().footprint().kv_bytes_per_token_f32) * 64;
  Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(tiny().checkpoint(), {.threads = setting.threads,
                                                 .cache_bytes = setting.pages * page_bytes,
                                                 .swap_bytes = setting.host_pages * page_bytes,
                                                 .max_step_tokens = setting.step_tokens,
                                                 .kernels = kernels});
  REQUIRE(device);
  Engine engine(tiny(), **device,
                {.max_sequences = setting.max_sequences, .one_behind = setting.one_behind});
  std::vector<EngineRequest> requests = some_requests(6);
  if (setting.reversed) std::ranges::reverse(requests);
  REQUIRE(run(engine, std::move(requests), collector));
  CHECK(collector.replies.size() == 18);
  return engine.counters();
}

}  // namespace

TEST_CASE("a seed writes the same bits alone, in any batch, order and memory, on any thread") {
  Collector alone;
  run_with({.max_sequences = 1, .set = cpu::InstructionSet::avx512}, alone);
  std::set<std::string> texts;
  for (const auto& [id, reply] : alone.replies) texts.insert(reply.generation.text);
  CHECK(texts.size() > 6);  // it does not always write the same

  const Setting settings[] = {
      {.set = cpu::InstructionSet::avx512},
      {.threads = 2, .set = cpu::InstructionSet::avx512},
      {.threads = 3, .max_sequences = 7, .set = cpu::InstructionSet::avx2},
      {.set = cpu::InstructionSet::avx2, .reversed = true},
      {.threads = 2, .step_tokens = 13, .set = cpu::InstructionSet::avx512, .reversed = true},
      {.pages = 9, .set = cpu::InstructionSet::avx512},
      {.threads = 2, .pages = 6, .step_tokens = 40, .set = cpu::InstructionSet::avx512},
      {.pages = 9, .set = cpu::InstructionSet::avx512, .host_pages = 100},
      {.pages = 7, .set = cpu::InstructionSet::avx512, .host_pages = 3, .one_behind = true},
      {.threads = 2, .set = cpu::InstructionSet::avx512, .one_behind = true},
  };
  std::int64_t preemptions = 0;
  std::int64_t swapped_out = 0;
  std::int64_t discarded = 0;
  for (const Setting& setting : settings) {
    CAPTURE(&setting - settings);
    Collector together;
    const SchedulerCounters counters = run_with(setting, together);
    preemptions += counters.preemptions;
    swapped_out += counters.swapped_out;
    discarded += counters.discarded;
    check_same(alone, together);
  }
  CHECK(swapped_out > 0);
  CHECK(preemptions > swapped_out);
  CHECK(discarded > 0);
}

TEST_CASE("the vector kernels write what the scalar ones do") {
  if (&cpu::best_kernels() == cpu::kernels_for(cpu::InstructionSet::scalar)) {
    SKIP("this processor has neither AVX2 nor AVX-512");
  }
  Collector scalar;
  run_with({}, scalar);
  Collector vector;
  run_with(
      {.set = cpu::kernels_for(cpu::InstructionSet::avx512) != nullptr ? cpu::InstructionSet::avx512
                                                                       : cpu::InstructionSet::avx2},
      vector);
  check_same(scalar, vector);
}

TEST_CASE("samples of one question share its prompt") {
  Collector collector;
  const SchedulerCounters counters = run_with({.set = cpu::InstructionSet::avx512}, collector);
  std::int64_t prompts = 0;
  for (const auto& [id, reply] : collector.replies) {
    if (id % 6 == 0) prompts += *reply.generation.usage.prompt - 1;
  }
  CHECK(counters.prefilled == prompts);
}

TEST_CASE("a reply counts its tokens and says how it ended") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), modest());
  REQUIRE(engine);
  std::vector<EngineRequest> requests = some_requests(1);
  requests[1].max_tokens = 3;
  requests[1].id = 7;
  Collector collector;
  REQUIRE(run(**engine, {requests[0], requests[1]}, collector));
  const Generation& whole = collector.replies.at(0).generation;
  CHECK(whole.finish == FinishReason::stop);
  CHECK(whole.text.find("</think>") != std::string::npos);
  CHECK(whole.text.find("<|end|>") == std::string::npos);  // special tokens stay out
  CHECK(whole.usage.completion == static_cast<std::int64_t>(collector.replies.at(0).tokens.size()));
  CHECK(tiny().stop_tokens() == std::vector{collector.replies.at(0).tokens.back().id});
  const Generation& cut = collector.replies.at(7).generation;
  CHECK(cut.finish == FinishReason::length);
  CHECK(cut.usage.completion == 3);
}

TEST_CASE("stop strings end a reply before them") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), modest());
  REQUIRE(engine);
  EngineRequest request = some_requests(1)[0];
  Collector plain;
  REQUIRE(run(**engine, {request}, plain));
  const std::string& text = plain.replies.at(0).generation.text;
  request.stop = {"</think>"};
  Collector stopped;
  REQUIRE(run(**engine, {request}, stopped));
  const Generation& cut = stopped.replies.at(0).generation;
  CHECK(cut.text == text.substr(0, text.find("</think>")));
  CHECK(cut.finish == FinishReason::stop);
  CHECK(stopped.streamed.at(0) == cut.text);
  CHECK(cut.usage.completion < plain.replies.at(0).generation.usage.completion);
}

TEST_CASE("what does not fit into the context is refused, not cut") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), modest());
  REQUIRE(engine);
  EngineRequest request = some_requests(1)[0];
  request.max_tokens = tiny().checkpoint().config().max_context;
  const Result<void> refused = (*engine)->submit(request);
  REQUIRE(!refused);
  CHECK(refused.error().code() == ErrorCode::invalid_input);
  CHECK(refused.error().message().find("context of 2048") != std::string::npos);
  request.prompt.clear();
  request.max_tokens = 1;
  CHECK(!(*engine)->submit(request));
  CHECK((*engine)->idle());
}

TEST_CASE("what does not fit into the cache is refused, not cut") {
  const Result<std::unique_ptr<Engine>> engine =
      Engine::make(tiny(), {.threads = 1, .cache_gib = 2.0 * 64 * 2560 / (1 << 30)});  // two pages
  REQUIRE(engine);
  EngineRequest request = some_requests(1)[0];
  request.max_tokens = 128 - static_cast<int>(request.prompt.size());
  CHECK((*engine)->submit(request));
  ++request.max_tokens;
  const Result<void> refused = (*engine)->submit(request);
  REQUIRE(!refused);
  CHECK(refused.error().message().find("--cache-gib") != std::string::npos);
}

TEST_CASE("what the sampler or the tables cannot take is refused with the reason") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), modest());
  REQUIRE(engine);
  const auto refusal = [&](auto change) {
    EngineRequest request = some_requests(1)[0];
    change(request);
    const Result<void> taken = (*engine)->submit(std::move(request));
    return taken ? std::string() : taken.error().message();
  };
  const auto names = [](const std::string& message, const char* what) {
    return message.find(what) != std::string::npos;
  };
  CHECK(refusal([](EngineRequest&) {}).empty());
  CHECK(names(refusal([](EngineRequest& r) { r.sampling.top_p = 0; }), "top_p"));
  CHECK(names(refusal([](EngineRequest& r) { r.sampling.top_p = 1.5F; }), "top_p"));
  CHECK(names(refusal([](EngineRequest& r) { r.sampling.temperature = -1; }), "temperature"));
  CHECK(names(refusal([](EngineRequest& r) { r.sampling.top_k = -1; }), "top_k"));
  CHECK(names(refusal([](EngineRequest& r) { r.prompt.push_back(1024); }), "token 1024"));
  CHECK(names(refusal([](EngineRequest& r) { r.prompt[0] = -1; }), "token -1"));
  CHECK(!refusal([](EngineRequest& r) { r.max_tokens = 0; }).empty());
}

TEST_CASE("dropped requests are heard of no more, and the engine goes on") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), {.threads = 1});
  REQUIRE(engine);
  Collector collector;
  for (EngineRequest& request : some_requests(2)) REQUIRE((*engine)->submit(request));
  REQUIRE((*engine)->step(collector));
  (*engine)->drop_all();
  Collector after;
  REQUIRE(run(**engine, {some_requests(1)[0]}, after));  // with an id that was dropped
  CHECK(after.replies.size() == 1);
  CHECK(after.streamed.size() == 1);
  CHECK((*engine)->counters().pages_used == 0);
}

TEST_CASE("a cache size that is no size is refused") {
  for (const double gib : {-1.0, 1e7, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(!Engine::make(tiny(), {.cache_gib = gib}));
    CHECK(!Engine::make(tiny(), {.swap_gib = gib}));
  }
}

TEST_CASE("an unknown device is refused by name") {
  const Result<std::unique_ptr<Engine>> engine = Engine::make(tiny(), {.device = "abacus"});
  REQUIRE(!engine);
  CHECK(engine.error().message().find("abacus") != std::string::npos);
}
