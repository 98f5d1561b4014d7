#include "tests/backends/engine/support/pass_over.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/backends/engine/support/step_driver.h"

namespace proctor::engine::support {
namespace {

// How the token after the first one drawn is asked for.
enum class Second { never, behind, known };

struct Outcome {
  SampledToken first, second;
  std::vector<float> logits;
};

// A sequence draws its first token and a second one. At last the logits after one more token, which
// stands where the third would: they tell whether the position between was written.
Outcome outcome_on(Device& device, const std::vector<std::int32_t>& prompt, Second second,
                   int last_position, std::span<float> logits) {
  const std::vector<std::int32_t> pages = PageSource(device).pages_for(prompt.size() + 2);
  const auto length = static_cast<int>(prompt.size());
  SequenceSlice slice = {.tokens = prompt,
                         .pages = pages,
                         .sample = true,
                         .sampling = {.temperature = 0},
                         .last_position = last_position,
                         .logits = {}};
  const auto submit = [&] { REQUIRE(device.submit(std::span(&slice, 1))); };
  const auto collect = [&](SampledToken& token) { REQUIRE(device.collect(std::span(&token, 1))); };
  Outcome outcome;
  submit();
  if (second == Second::known) collect(outcome.first);
  const std::int32_t drawn = outcome.first.id;
  slice.tokens = std::span(&drawn, 1);
  slice.start = length;
  slice.drawn_by = second == Second::behind ? 0 : -1;
  if (second != Second::never) submit();
  if (second != Second::known) collect(outcome.first);
  if (second != Second::never) collect(outcome.second);

  slice.tokens = std::span(prompt).first(1);
  slice.start = length + 1;
  slice.drawn_by = -1;
  slice.sample = false;
  slice.logits = logits;
  SampledToken none;
  REQUIRE(device.step(std::span(&slice, 1), std::span(&none, 1)));
  outcome.logits.assign(logits.begin(), logits.end());
  return outcome;
}

}  // namespace

void check_passes_over(const std::function<std::unique_ptr<Device>()>& make_device,
                       int vocab_size) {
  constexpr int kLength = 70;
  constexpr int kFar = 1000;
  const std::vector<std::int32_t> prompt = random_ids(6, kLength, vocab_size);
  std::vector<float> room(static_cast<std::size_t>(vocab_size));
  const auto outcome = [&](Second second, const std::vector<std::int32_t>& stops,
                           int last_position) {
    const std::unique_ptr<Device> device = make_device();
    device->set_stop_tokens(stops);
    return outcome_on(*device, prompt, second, last_position, room);
  };
  const Outcome alone = outcome(Second::never, {}, kFar);
  const Outcome appended = outcome(Second::known, {}, kFar);
  CHECK(alone.logits != appended.logits);
  struct Row {
    bool stops;
    int last_position;
    TokenEnd end;
  };
  constexpr Row kRows[] = {{false, kFar, TokenEnd::none},
                           {false, kLength + 1, TokenEnd::none},
                           {true, kFar, TokenEnd::stop},
                           {false, kLength, TokenEnd::length},
                           {true, kLength, TokenEnd::stop}};
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.end));
    const std::vector<std::int32_t> stops =
        row.stops ? std::vector{alone.first.id} : std::vector<std::int32_t>();
    const Outcome behind = outcome(Second::behind, stops, row.last_position);
    const bool over = row.end != TokenEnd::none;
    CHECK(behind.first.id == alone.first.id);
    CHECK(behind.first.end == row.end);
    CHECK(behind.logits == (over ? alone.logits : appended.logits));
    CHECK(behind.second.id == (over ? 0 : appended.second.id));
    const TokenEnd second_end = row.last_position == kLength + 1 ? TokenEnd::length : row.end;
    CHECK(behind.second.end == second_end);
  }
}

}  // namespace proctor::engine::support
