#include "harness/spending/spending.h"

#include "harness/core/check.h"

namespace proctor::harness::spending {

double worst_case(const Price& price, const Prompt& prompt, const Sampling& sampling) {
  constexpr std::int64_t kTemplateTokens = 64;
  TokenUsage usage;
  usage.prompt = kTemplateTokens;
  for (const Message& message : prompt) {
    *usage.prompt += static_cast<std::int64_t>(message.content.size());
  }
  usage.completion = sampling.max_tokens;
  return cost_of(price, usage);
}

void Spending::send_by_batch() {
  check(reservations_.empty());  // it would be settled at another price than it was set aside at
  by_batch_ = true;
}

void Spending::charge(const TokenUsage& usage, double worst_case_usd) {
  charge(usage.prompt && usage.completion ? cost_of(price(), usage) : worst_case_usd);
}

bool Spending::set_aside(std::int64_t ticket, double worst_case_usd) {
  if (spent_ + reserved_ + worst_case_usd > budget_) return false;
  const bool is_new = reservations_.emplace(ticket, worst_case_usd).second;
  check(is_new);
  reserved_ += worst_case_usd;
  return true;
}

void Spending::settle(std::int64_t ticket, const TokenUsage* usage) {
  const auto reservation = reservations_.find(ticket);
  check(reservation != reservations_.end());
  if (usage != nullptr) {
    charge(*usage, reservation->second);
  }
  reserved_ -= reservation->second;
  reservations_.erase(reservation);
  if (reservations_.empty()) reserved_ = 0;  // whatever rounding left
}

}  // namespace proctor::harness::spending
