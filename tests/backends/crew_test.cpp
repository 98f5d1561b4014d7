// Engines on threads of their own, on the embedded model.
#include "backends/local/crew.h"

#include <doctest/doctest.h>

#include <map>

#include "backends/engine/cpu/cpu_device.h"

namespace proctor::backends {
namespace {

using engine::Device;
using engine::Engine;

const engine::Model& tiny() {
  static const Result<engine::Model> model = engine::Model::tiny();
  REQUIRE(model);
  return *model;
}

// The CPU, until a step from which on it fails.
class FailingDevice : public Device {
 public:
  FailingDevice(std::unique_ptr<Device> device, int good_steps)
      : device_(std::move(device)), left_(good_steps) {}

  std::string description() const override { return device_->description(); }
  std::string arithmetic() const override { return device_->arithmetic(); }
  int page_size() const override { return device_->page_size(); }
  int pages() const override { return device_->pages(); }
  int max_step_tokens() const override { return device_->max_step_tokens(); }
  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    device_->set_stop_tokens(tokens);
  }
  Result<void> copy_page(int from, int to) override { return device_->copy_page(from, to); }
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override {
    return device_->swap_out(pages, places);
  }
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override {
    return device_->swap_in(places, pages);
  }
  Result<void> submit(std::span<const engine::SequenceSlice> slices) override {
    if (left_-- > 0) return device_->submit(slices);
    return Error(ErrorCode::unavailable, "the device fell off");
  }
  Result<void> collect(std::span<engine::SampledToken> sampled) override {
    return device_->collect(sampled);
  }

 private:
  std::unique_ptr<Device> device_;
  int left_;
};

FailingDevice device_for(int good_steps) {
  Result<std::unique_ptr<Device>> device = engine::cpu::make_cpu_device(
      tiny().checkpoint(), {.threads = 1, .cache_bytes = std::size_t{1} << 24});
  REQUIRE(device);
  return {std::move(*device), good_steps};
}

engine::EngineRequest request(std::int64_t id) {
  engine::EngineRequest request;
  request.id = id;
  request.prompt = {1, 2, 3, 4};
  request.max_tokens = 20;
  request.seed = static_cast<std::uint64_t>(id);
  return request;
}

constexpr std::chrono::milliseconds kLong{60'000};
constexpr int kForever = 1'000'000;

TEST_CASE("requests are spread over the engines and each is answered once") {
  FailingDevice one = device_for(kForever);
  FailingDevice other = device_for(kForever);
  Engine first(tiny(), one, {.max_sequences = 3});
  Engine second(tiny(), other, {.max_sequences = 3});
  Engine* const engines[] = {&first, &second};
  std::map<std::int64_t, int> answers;
  {
    Result<std::unique_ptr<Crew>> made = Crew::make(engines, 2);
    REQUIRE(made);
    Crew& crew = **made;
    std::int64_t next = 0;
    while (next < 20 || !crew.idle()) {
      while (next < 20 && crew.wants_more()) {
        engine::EngineRequest asked = request(next++);
        if (asked.id == 5) asked.prompt.clear();
        crew.hand_out(std::move(asked));
      }
      const CrewNews news = crew.take_news({}, kLong);
      for (const engine::EngineReply& reply : news.finished) ++answers[reply.id];
      for (const auto& [id, why] : news.refused) {
        CHECK(id == 5);
        ++answers[id];
      }
      CHECK(!news.failure);
    }
  }
  CHECK(answers.size() == 20);
  for (const auto& [id, times] : answers) CHECK(times == 1);
  CHECK(first.counters().generated > 0);
  CHECK(second.counters().generated > 0);
}

TEST_CASE("the failure of one engine is told and the crew can be dismissed") {
  FailingDevice good = device_for(kForever);
  FailingDevice bad = device_for(3);
  Engine first(tiny(), good, {.max_sequences = 3});
  Engine second(tiny(), bad, {.max_sequences = 3});
  Engine* const engines[] = {&first, &second};
  std::optional<Error> failure;
  {
    Result<std::unique_ptr<Crew>> made = Crew::make(engines, 2);
    REQUIRE(made);
    Crew& crew = **made;
    for (std::int64_t id = 0; id < 4; ++id) crew.hand_out(request(id));
    while (!failure && !crew.idle()) failure = crew.take_news({}, kLong).failure;
  }
  REQUIRE(failure);
  CHECK(failure->message() == "the device fell off");
}

TEST_CASE("a stop ends the waiting for news") {
  FailingDevice device = device_for(kForever);
  Engine only(tiny(), device, {.max_sequences = 3});
  Engine* const engines[] = {&only};
  Result<std::unique_ptr<Crew>> crew = Crew::make(engines, 2);
  REQUIRE(crew);
  std::stop_source stop;
  stop.request_stop();
  const CrewNews news = (*crew)->take_news(stop.get_token(), kLong);
  CHECK(news.finished.empty());
  CHECK((*crew)->idle());
}

}  // namespace
}  // namespace proctor::backends
