#include "backends/engine/scheduler/scheduler.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "backends/engine/scheduler/page_pool.h"
#include "backends/engine/scheduler/prefix_cache.h"
#include "backends/engine/scheduler/residents.h"
#include "backends/engine/scheduler/sequence.h"
#include "backends/engine/scheduler/step_plan.h"
#include "harness/core/check.h"

namespace proctor::engine {
namespace {

constexpr std::int32_t kUnknown = -1;  // a token that a step under way draws

// A token that a step under way draws, and whose it is.
struct Draw {
  Sequence* sequence = nullptr;  // null: it ended meanwhile
  std::size_t slice = 0;
  std::size_t at = 0;  // in Sequence::tokens
};

// A step that was submitted and not collected.
struct Flight {
  std::size_t slices = 0;
  std::vector<Draw> draws{};  // in the order of submission
};

// Counts `count` more positions as computed; returns how many of them had been before.
template <class Cached>
int advance(Cached& cached, int count) {
  const int again = std::clamp(cached.furthest - cached.computed, 0, count);
  cached.computed += count;
  cached.furthest = std::max(cached.furthest, cached.computed);
  return again;
}

}  // namespace

class Scheduler::Impl {
 public:
  Impl(Device& device, SchedulerOptions options);
  ~Impl() { collect_all(); }

  Result<void> submit(SequenceRequest request);
  bool wants_more() const;
  bool idle() const { return unfinished_.empty(); }
  Result<void> step(SequenceObserver& observer);
  void cancel(std::int64_t id);
  SchedulerCounters counters() const;

 private:
  void finish_cancelled(SequenceObserver& observer);
  void let_in();
  void make_wait(Sequence& sequence);
  void void_cache();
  Result<void> make_room();
  Result<bool> launch();
  Flight take_off();
  Result<void> land(SequenceObserver& observer);
  Result<void> collect();
  void collect_all();
  void count_computed();
  void deliver(const Flight& flight, SequenceObserver& observer);
  bool deliver(const Draw& draw, SequenceObserver& observer);
  void finish(Sequence& sequence, SequenceEnd end, SequenceObserver& observer);

  Device& device_;
  const SchedulerOptions options_;
  const int step_tokens_;
  const int reserve_;  // pages
  PagePool pool_;
  PagePool host_;
  PrefixCache prefixes_;
  Residents residents_;
  StepPlan plan_;
  std::deque<Flight> flights_;         // the oldest first
  std::vector<SampledToken> sampled_;  // of the flight that lands
  std::unordered_map<std::int64_t, std::unique_ptr<Sequence>> unfinished_;  // by id
  std::deque<Sequence*> queue_;          // those of them without pages, in the order of submission
  std::vector<Sequence*> preempted_;     // scratch
  std::vector<std::int64_t> cancelled_;  // since the last step
  std::int64_t submitted_ = 0;
  bool out_of_pages_ = false;  // when the last one was to be let in
  SchedulerCounters counters_;
};

Scheduler::Impl::Impl(Device& device, SchedulerOptions options)
    : device_(device),
      options_(std::move(options)),
      step_tokens_(std::min(options_.step_tokens, device.max_step_tokens())),
      reserve_(static_cast<int>(options_.reserve * device.pages())),
      pool_(device.pages(), device.page_size()),
      host_(device.host_pages(), device.page_size()),
      prefixes_(pool_),
      residents_(device, pool_, host_, prefixes_) {
  check(options_.max_sequences > 0 && step_tokens_ > 0 && options_.max_context > 0);
  check(options_.reserve >= 0 && options_.reserve <= 1);
  device.set_stop_tokens(options_.stop_tokens);
}

Result<void> Scheduler::Impl::submit(SequenceRequest request) {
  const auto refused = [&](const std::string& why) {
    return Error(ErrorCode::invalid_input, "sequence " + std::to_string(request.id) + ": " + why);
  };
  if (request.prompt.empty()) return refused("the prompt is empty");
  if (request.max_new_tokens < 1) return refused("max_new_tokens is below 1");
  const auto prompt = static_cast<std::int64_t>(request.prompt.size());
  const std::int64_t cache = std::int64_t{pool_.pages()} * pool_.page_size();
  const std::string size = "a prompt of " + std::to_string(prompt) + " tokens leaves no room in ";
  if (prompt >= options_.max_context) {
    return refused(size + "a context of " + std::to_string(options_.max_context));
  }
  if (prompt > cache) return refused(size + "a cache of " + std::to_string(cache));

  auto sequence = std::make_unique<Sequence>();
  sequence->id = request.id;
  sequence->order = submitted_++;
  sequence->tokens.push_back(request.prompt.back());
  // The last token of all is delivered and needs no place in the cache.
  sequence->max_length = static_cast<int>(
      std::min({prompt + request.max_new_tokens, std::int64_t{options_.max_context}, cache + 1}));
  sequence->sampling = request.sampling;
  sequence->seed = request.seed;
  sequence->prefix = &prefixes_.join(std::move(request.prompt));
  queue_.push_back(sequence.get());
  check(unfinished_.emplace(request.id, std::move(sequence)).second);
  return {};
}

// Enough to fill the places that are free and have a page, and a few to follow those that finish.
bool Scheduler::Impl::wants_more() const {
  const int running = static_cast<int>(residents_.all().size());
  const int pages = out_of_pages_ ? 0 : std::max(0, pool_.free() - reserve_);
  const int places = std::min(options_.max_sequences - running, pages);
  return static_cast<int>(queue_.size()) < places + 1 + running / 8;
}

void Scheduler::Impl::cancel(std::int64_t id) {
  const auto found = unfinished_.find(id);
  if (found == unfinished_.end() || found->second->cancelled) return;
  found->second->cancelled = true;
  cancelled_.push_back(id);
}

SchedulerCounters Scheduler::Impl::counters() const {
  SchedulerCounters counters = counters_;
  counters.running = static_cast<int>(residents_.all().size());
  counters.waiting = static_cast<int>(queue_.size());
  counters.pages_used = pool_.used();
  counters.host_pages_used = host_.used();
  return counters;
}

Result<void> Scheduler::Impl::step(SequenceObserver& observer) {
  finish_cancelled(observer);
  const Result<bool> launched = launch();
  Result<void> done = launched ? Result<void>() : launched.error();
  const std::size_t behind = launched && *launched && options_.one_behind ? 1 : 0;
  while (done && flights_.size() > (idle() ? 0 : behind)) done = land(observer);
  if (!done) void_cache();
  return done;
}

Result<void> Scheduler::Impl::make_room() {
  preempted_.clear();
  Result<void> grown = residents_.grow(preempted_);
  for (Sequence* sequence : preempted_) {
    make_wait(*sequence);
    if (sequence->swapped_out()) ++counters_.swapped_out;
  }
  counters_.preemptions += static_cast<std::int64_t>(preempted_.size());
  return grown;
}

// False: there is nothing to compute.
Result<bool> Scheduler::Impl::launch() {
  Result<void> done = make_room();
  if (done) {
    let_in();
    done = residents_.start();
  }
  if (!done) return done.error();
  plan_.make(residents_.all(), step_tokens_);
  if (plan_.empty()) return false;
  done = device_.submit(plan_.slices());
  if (!done) return done.error();
  ++counters_.steps;
  count_computed();
  flights_.push_back(take_off());
  return true;
}

Flight Scheduler::Impl::take_off() {
  Flight flight = {.slices = plan_.slices().size()};
  for (Sequence* sequence : residents_.all()) {
    if (sequence->slice < 0) continue;
    const auto slice = static_cast<std::size_t>(sequence->slice);
    if (!plan_.slices()[slice].sample) continue;
    flight.draws.push_back({sequence, slice, sequence->tokens.size()});
    sequence->tokens.push_back(kUnknown);
    sequence->drawn_by = sequence->slice;
  }
  return flight;
}

Result<void> Scheduler::Impl::land(SequenceObserver& observer) {
  if (Result<void> done = collect(); !done) return done;
  const Flight flight = std::move(flights_.front());
  flights_.pop_front();
  deliver(flight, observer);
  return {};
}

Result<void> Scheduler::Impl::collect() {
  sampled_.resize(flights_.front().slices);
  return device_.collect(sampled_);
}

// What is under way is of no use to anyone any more.
void Scheduler::Impl::collect_all() {
  for (; !flights_.empty(); flights_.pop_front()) {
    if (!collect()) return;
  }
}

void Scheduler::Impl::finish_cancelled(SequenceObserver& observer) {
  const std::vector<std::int64_t> ids = std::exchange(cancelled_, {});
  std::vector<Sequence*> sequences;
  for (const std::int64_t id : ids) {
    const auto found = unfinished_.find(id);
    if (found != unfinished_.end() && found->second->cancelled) {
      sequences.push_back(found->second.get());
    }
  }
  std::sort(sequences.begin(), sequences.end(),
            [](const Sequence* left, const Sequence* right) { return left->order < right->order; });
  for (Sequence* sequence : sequences) finish(*sequence, SequenceEnd::cancelled, observer);
}

void Scheduler::Impl::let_in() {
  const auto places = static_cast<std::size_t>(options_.max_sequences);
  out_of_pages_ = false;
  while (!queue_.empty() && residents_.all().size() < places && !out_of_pages_) {
    out_of_pages_ = !residents_.admit(*queue_.front(), reserve_);
    if (!out_of_pages_) queue_.pop_front();
  }
}

void Scheduler::Impl::make_wait(Sequence& sequence) {
  const auto place = std::upper_bound(
      queue_.begin(), queue_.end(), &sequence,
      [](const Sequence* left, const Sequence* right) { return left->order < right->order; });
  queue_.insert(place, &sequence);
}

void Scheduler::Impl::void_cache() {
  while (!residents_.all().empty()) {
    Sequence& sequence = *residents_.all().back();
    residents_.release(sequence);
    make_wait(sequence);
  }
  for (Sequence* sequence : queue_) residents_.forget(*sequence);
  while (prefixes_.drop_one(nullptr)) {
  }
  // What was to be drawn will be drawn again.
  for (; !flights_.empty(); flights_.pop_back()) {
    for (const Draw& draw : flights_.back().draws) {
      if (draw.sequence == nullptr) continue;
      draw.sequence->tokens.resize(draw.at);
      draw.sequence->drawn_by = -1;
    }
  }
}

void Scheduler::Impl::count_computed() {
  for (std::size_t i = 0; i < plan_.slices().size(); ++i) {
    Prefix* prefix = plan_.prefix(i);
    if (prefix == nullptr) continue;
    const int count = static_cast<int>(plan_.slices()[i].tokens.size());
    const int again = advance(*prefix, count);
    counters_.recomputed += again;
    counters_.prefilled += count - again;
  }
  for (Sequence* sequence : residents_.all()) {
    if (sequence->slice < 0) continue;
    const auto slice = static_cast<std::size_t>(sequence->slice);
    const int count = static_cast<int>(plan_.slices()[slice].tokens.size());
    counters_.recomputed += advance(*sequence, count);
  }
}

// The observer may submit, which leaves the sequences alone, and cancel, which only marks them.
void Scheduler::Impl::deliver(const Flight& flight, SequenceObserver& observer) {
  for (const Draw& draw : flight.draws) {
    const bool heard = draw.sequence != nullptr && deliver(draw, observer);
    ++(heard ? counters_.generated : counters_.discarded);
  }
}

// False: nobody wants to hear of it.
bool Scheduler::Impl::deliver(const Draw& draw, SequenceObserver& observer) {
  Sequence& sequence = *draw.sequence;
  if (sequence.cancelled) return false;
  const SampledToken token = sampled_[draw.slice];
  sequence.tokens[draw.at] = token.id;
  const bool newest = draw.at + 1 == sequence.tokens.size();
  if (newest) sequence.drawn_by = -1;
  const bool full = newest && sequence.length() == sequence.max_length;
  check(token.end == TokenEnd::stop || full == (token.end == TokenEnd::length));
  const bool goes_on = observer.token(sequence.id, token);
  if (goes_on && token.end == TokenEnd::none) return true;
  finish(sequence,
         token.end == TokenEnd::stop ? SequenceEnd::stop_token
         : goes_on                   ? SequenceEnd::length
                                     : SequenceEnd::observer,
         observer);
  return true;
}

// The id is free again before the observer hears of it.
void Scheduler::Impl::finish(Sequence& sequence, SequenceEnd end, SequenceObserver& observer) {
  if (sequence.pages.empty()) {
    std::erase(queue_, &sequence);
  } else {
    residents_.release(sequence);
  }
  residents_.forget(sequence);
  for (Flight& flight : flights_) {
    for (Draw& draw : flight.draws) {
      if (draw.sequence == &sequence) draw.sequence = nullptr;
    }
  }
  prefixes_.leave(*sequence.prefix);
  const std::int64_t id = sequence.id;
  unfinished_.erase(id);
  observer.finished(id, end);
}

Scheduler::Scheduler(Device& device, SchedulerOptions options)
    : impl_(std::make_unique<Impl>(device, std::move(options))) {}
Scheduler::~Scheduler() = default;

Result<void> Scheduler::submit(SequenceRequest request) {
  return impl_->submit(std::move(request));
}
bool Scheduler::wants_more() const { return impl_->wants_more(); }
bool Scheduler::idle() const { return impl_->idle(); }
Result<void> Scheduler::step(SequenceObserver& observer) { return impl_->step(observer); }
void Scheduler::cancel(std::int64_t id) { impl_->cancel(id); }
SchedulerCounters Scheduler::counters() const { return impl_->counters(); }

}  // namespace proctor::engine
