// How a task's replies ended, what they cost, and whether they look sound.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/spending/prices.h"
#include "reports/report.h"
#include "reports/store.h"

namespace proctor::harness::figures {

// Short replies may well be the same twice; no two samplings of a page are.
inline constexpr std::int64_t kLongReplyBytes = 2000;

class ReplyTally {
 public:
  // Without a price nothing costs anything.
  ReplyTally(std::size_t questions, std::optional<spending::Price> price)
      : questions_(questions), price_(price) {}

  // Takes each sample that has a reply, those of a question after one another.
  void take(const reports::SampleResult& result);

  // Writes the figures into the summary of the task.
  void write(reports::TaskSummary& summary) const;

 private:
  void take_finish(FinishReason finish);
  void take_thinking(const reports::SampleResult& result);
  void take_tokens(const reports::SampleResult& result);
  void take_traits(const reports::SampleResult& result);

  std::size_t questions_;
  std::optional<spending::Price> price_;
  reports::TaskSummary counts_;  // of which only the figures about replies are used
  std::int64_t correct_ = 0;
  std::int64_t tokens_ = 0;
  std::int64_t replies_with_tokens_ = 0;
  reports::Cost cost_;

  // Long replies to the question at hand, to find the same one twice.
  std::int32_t question_ = -1;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace proctor::harness::figures
