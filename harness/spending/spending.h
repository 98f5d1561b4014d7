// What a run may still spend: no request is sent that could take it over its budget.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/spending/prices.h"

namespace proctor::harness::spending {

// The dearest that a request can come to. A token has at least one byte, and a chat template is
// taken to add no more than 64 tokens.
double worst_case(const Price& price, const Prompt& prompt, const Sampling& sampling);

// One thread at a time. A request that failed is taken to have cost nothing, which is what servers
// charge for nearly all of them, but not for a stream that broke.
class Spending {
 public:
  Spending(Price price, double budget_usd) : Spending(ModelPrice{price, price}, budget_usd) {}
  // Requests are paid for as those that are answered at once, until send_by_batch().
  Spending(ModelPrice prices, double budget_usd) : prices_(prices), budget_(budget_usd) {}

  // From now on requests are handed in as batches. Nothing may be set aside.
  void send_by_batch();

  // Counts a reply at what requests cost now: at its worst case, if nobody counted its tokens.
  void charge(const TokenUsage& usage, double worst_case_usd);
  // Counts what was paid for before, in whichever way.
  void charge(double usd) { spent_ += usd; }

  // Sets the request's worst case aside, if the budget has room for it beside what is spent and
  // what is set aside; false, and nothing done, if not.
  bool set_aside(std::int64_t ticket, double worst_case_usd);

  // The request is over: what it cost takes the place of what was set aside; all of that, if its
  // tokens are not known. `usage` is null for one that failed.
  void settle(std::int64_t ticket, const TokenUsage* usage);

  // Whether a request is under way that may yet come out cheaper.
  bool any_set_aside() const { return !reservations_.empty(); }

  double spent() const { return spent_; }
  double budget() const { return budget_; }
  // Of requests now, and of those of either way.
  const Price& price() const { return price(by_batch_); }
  const Price& price(bool by_batch) const { return by_batch ? prices_.batch : prices_.live; }

 private:
  ModelPrice prices_;
  bool by_batch_ = false;
  double budget_;
  double spent_ = 0;
  double reserved_ = 0;
  std::map<std::int64_t, double> reservations_;  // by ticket
};

}  // namespace proctor::harness::spending
