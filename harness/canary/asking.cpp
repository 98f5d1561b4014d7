#include "harness/canary/asking.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/process/console.h"

namespace proctor::harness::canary {
namespace {

class ProbeFeed : public backends::RequestFeed {
 public:
  explicit ProbeFeed(const std::vector<Probe>& probes) : probes_(probes) {}
  std::optional<backends::Request> next() override {
    if (next_ == probes_.size()) return std::nullopt;
    return probes_[next_++].request;
  }

 private:
  const std::vector<Probe>& probes_;
  std::size_t next_ = 0;
};

// Keeps each probe's reply in its place.
class ReplyKeeper : public backends::ReplySink {
 public:
  explicit ReplyKeeper(std::size_t probes)
      : replies_(probes, Error(ErrorCode::transport, "no reply")) {}

  void started(std::int64_t) override {}
  void streamed(std::int64_t, int) override {}
  // Said once: whoever waits should know for what.
  void retried(std::int64_t, const Error& why) override {
    if (std::exchange(said_why_, true)) return;
    say("proctor: canary: " + why.message() + "; trying again\n");
  }
  void noticed(const std::string& text) override { say("proctor: canary: " + text + "\n"); }
  void finished(std::int64_t ticket, Result<Generation> reply, int) override {
    replies_[static_cast<std::size_t>(ticket)] = std::move(reply);
  }

  const std::vector<Result<Generation>>& replies() const { return replies_; }

 private:
  std::vector<Result<Generation>> replies_;
  bool said_why_ = false;
};

// The samples of a run have tickets from 0 on.
std::int64_t spending_ticket(const Probe& probe) { return -1 - probe.request.ticket; }

Result<void> set_aside(const std::vector<Probe>& probes, spending::Spending& spending) {
  for (const Probe& probe : probes) {
    const double dearest =
        spending::worst_case(spending.price(), probe.request.prompt, probe.request.sampling);
    if (spending.set_aside(spending_ticket(probe), dearest)) continue;
    return Error(ErrorCode::invalid_input,
                 fmt::format("--budget-usd: {} dollars, of which {:.4f} are spent, leave no room "
                             "for the canary's {} requests; nothing was asked",
                             spending.budget(), spending.spent(), probes.size()));
  }
  return {};
}

// What became of each probe; nothing costs anything that failed, but a reply that is lost to an
// interruption is charged at its dearest.
void settle(const std::vector<ProbeReply>& replies, bool whole, spending::Spending& spending) {
  const TokenUsage unknown;
  for (const ProbeReply& one : replies) {
    const TokenUsage* usage = one.reply ? &one.reply->usage : whole ? nullptr : &unknown;
    spending.settle(spending_ticket(one.probe), usage);
  }
}

}  // namespace

Result<std::vector<Result<Generation>>> ask_probes(backends::Backend& backend,
                                                   const std::vector<Probe>& probes,
                                                   spending::Spending* spending,
                                                   const std::stop_token& stop) {
  if (spending != nullptr) {
    const Result<void> room = set_aside(probes, *spending);
    if (!room) return room.error();
  }
  ProbeFeed feed(probes);
  ReplyKeeper keeper(probes.size());
  const Result<void> served = backend.serve(feed, keeper, stop);
  const std::vector<ProbeReply> replies = replies_to(probes, keeper.replies());
  const bool whole = served && !stop.stop_requested();
  if (spending != nullptr) settle(replies, whole, *spending);
  if (!served) return served.error();
  if (!whole) return Error(ErrorCode::interrupted, "interrupted");
  const bool any = std::any_of(replies.begin(), replies.end(),
                               [](const ProbeReply& one) { return static_cast<bool>(one.reply); });
  if (!any) return replies.front().reply.error();
  return keeper.replies();
}

std::vector<ProbeReply> replies_to(const std::vector<Probe>& probes,
                                   const std::vector<Result<Generation>>& generations) {
  std::vector<ProbeReply> replies;
  for (std::size_t i = 0; i < probes.size(); ++i) replies.push_back({probes[i], generations[i]});
  return replies;
}

}  // namespace proctor::harness::canary
