// The option that ends replies which repeat themselves, over a device that writes nothing else.
#include <doctest/doctest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "backends/engine/engine.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;

namespace {

// Draws the same three tokens over and over from the position `loop_from` on, before that others.
class LoopingDevice : public Device {
 public:
  explicit LoopingDevice(int loop_from) : loop_from_(loop_from) {}

  std::string description() const override { return "looping"; }
  std::string arithmetic() const override { return "none"; }
  int page_size() const override { return 64; }
  int pages() const override { return 256; }
  int max_step_tokens() const override { return 512; }
  void set_stop_tokens(std::span<const std::int32_t>) override {}
  Result<void> copy_page(int, int) override { return {}; }
  Result<bool> swap_out(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return false;
  }
  Result<void> swap_in(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return {};
  }
  Result<void> submit(std::span<const SequenceSlice> slices) override {
    std::vector<SampledToken>& step = steps_.emplace_back();
    for (const SequenceSlice& slice : slices) {
      const int position = slice.start + static_cast<int>(slice.tokens.size());
      const int id = position < loop_from_ ? 100 + position * position % 101 : 300 + position % 3;
      step.push_back({.id = id, .end = end_of(id, position, slice.last_position, {})});
    }
    return {};
  }
  Result<void> collect(std::span<SampledToken> sampled) override {
    std::ranges::copy(steps_.front(), sampled.begin());
    steps_.pop_front();
    return {};
  }

 private:
  int loop_from_;
  std::deque<std::vector<SampledToken>> steps_;
};

class Collector : public EngineObserver {
 public:
  void sampled(std::int64_t, std::string_view) override {}
  void finished(EngineReply reply) override { replies.emplace(reply.id, std::move(reply)); }

  std::map<std::int64_t, EngineReply> replies;
};

// The embedded model's files with a context that a loop fits into.
struct LongModel {
  LongModel() {
    const std::filesystem::path from =
        std::filesystem::path(PROCTOR_SOURCE_DIR) / "backends/engine/tiny";
    for (const char* name : {"generation_config.json", "model.safetensors", "tokenizer.json",
                             "tokenizer_config.json"}) {
      std::filesystem::copy_file(from / name, folder.path() / name);
    }
    std::ifstream file(from / "config.json");
    std::string config{std::istreambuf_iterator<char>(file), {}};
    const std::string context = "\"max_position_embeddings\": 2048";
    const std::size_t at = config.find(context);
    REQUIRE(at != std::string::npos);
    config.replace(at, context.size(), "\"max_position_embeddings\": 8192");
    std::ofstream(folder.path() / "config.json") << config;
    Result<Model> loaded = Model::load(folder.path());
    REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().message()));
    model = std::make_unique<Model>(std::move(*loaded));
  }

  support::TempDir folder;
  std::unique_ptr<Model> model;
};

}  // namespace

TEST_CASE("a reply in a loop ends as a repetition if that was asked for and else at its limit") {
  const LongModel of;
  struct Row {
    int loop_from;
    bool loop_stop;
    FinishReason finish;
    std::size_t least, most;  // tokens of the reply
  };
  constexpr Row kRows[] = {
      {0, true, FinishReason::repetition, 4096, 4096 + 64},
      {1000, true, FinishReason::repetition, 997 + 4096, 997 + 4096 + 64},
      {0, false, FinishReason::length, 6000, 6000},
      {3000, true, FinishReason::length, 6000, 6000},  // too late for the rule
  };
  for (const Row& row : kRows) {
    CAPTURE(row.loop_from);
    CAPTURE(row.loop_stop);
    LoopingDevice device(row.loop_from);
    Engine engine(*of.model, device, {.max_sequences = 1});
    EngineRequest request;
    request.prompt = {1, 2, 3};
    request.max_tokens = 6000;
    request.loop_stop = row.loop_stop;
    REQUIRE(engine.submit(request));
    Collector collector;
    while (!engine.idle()) REQUIRE(engine.step(collector));
    REQUIRE(collector.replies.size() == 1);
    const EngineReply& reply = collector.replies.begin()->second;
    CHECK(reply.generation.finish == row.finish);
    CHECK(reply.tokens.size() >= row.least);
    CHECK(reply.tokens.size() <= row.most);
  }
}
