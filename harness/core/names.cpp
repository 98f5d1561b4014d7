// The one table of names for the enumerations that are stored and printed.
#include <array>
#include <utility>

#include "harness/core/check.h"
#include "harness/core/record.h"

namespace proctor {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<FinishReason, 6> kFinishReasons = {
    {{FinishReason::stop, "stop"},
     {FinishReason::length, "length"},
     {FinishReason::content_filter, "content_filter"},
     {FinishReason::empty, "empty"},
     {FinishReason::repetition, "repetition"},
     {FinishReason::unknown, "unknown"}}};
constexpr Names<Verdict, 4> kVerdicts = {{{Verdict::correct, "correct"},
                                          {Verdict::wrong, "wrong"},
                                          {Verdict::no_answer, "no_answer"},
                                          {Verdict::undecided, "undecided"}}};
constexpr Names<Thinking, 4> kThinking = {{{Thinking::closed, "closed"},
                                           {Thinking::unclosed, "unclosed"},
                                           {Thinking::empty, "empty"},
                                           {Thinking::absent, "absent"}}};
constexpr Names<SampleState, 6> kSampleStates = {{{SampleState::planned, "planned"},
                                                  {SampleState::in_flight, "in_flight"},
                                                  {SampleState::generated, "generated"},
                                                  {SampleState::scored, "scored"},
                                                  {SampleState::ungraded, "ungraded"},
                                                  {SampleState::failed, "failed"}}};

template <class Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  check(false);
  return {};
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const Names<Enum, N>& names, std::string_view wanted) {
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(FinishReason finish) { return name_in(kFinishReasons, finish); }
std::optional<FinishReason> finish_reason_named(std::string_view name) {
  return value_in(kFinishReasons, name);
}
std::string_view name_of(Verdict verdict) { return name_in(kVerdicts, verdict); }
std::optional<Verdict> verdict_named(std::string_view name) { return value_in(kVerdicts, name); }
std::string_view name_of(Thinking thinking) { return name_in(kThinking, thinking); }
std::optional<Thinking> thinking_named(std::string_view name) { return value_in(kThinking, name); }
std::string_view name_of(SampleState state) { return name_in(kSampleStates, state); }
std::optional<SampleState> sample_state_named(std::string_view name) {
  return value_in(kSampleStates, name);
}

}  // namespace proctor
