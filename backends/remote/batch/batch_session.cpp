#include "backends/remote/batch/batch_session.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backends/remote/batch/batch_queue.h"
#include "backends/remote/batch/open_batches.h"
#include "backends/remote/batch/settlement.h"
#include "backends/remote/blot_out.h"
#include "backends/remote/request_body.h"
#include "backends/remote/retry.h"
#include "harness/core/check.h"

namespace proctor::backends {
namespace {

using Clock = std::chrono::steady_clock;

// Batches that the service refuses as a whole, one after the other, before that is taken for a no.
constexpr int kMostRefusals = 3;
// Looks that do not find a batch, before there is taken to be none: a list may lag behind, and a
// proxy that starts answers 404 for what is there.
constexpr int kMostMisses = 3;

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A name that no other batch has: a key from the content would be shared by runs of the same plan.
std::string random_key() {
  std::random_device random;
  std::string key = "proctor-";
  for (int i = 0; i < 4; ++i) key += fmt::format("{:08x}", random());
  return key;
}

class Session {
 public:
  Session(const RemoteModel& model, const BackendOptions& options, BatchService& service,
          RequestFeed& feed, ReplySink& sink, RequestSpool spool, std::stop_token stop)
      : model_(model),
        options_(options),
        service_(service),
        ledger_(*options.batch_ledger),
        feed_(feed),
        sink_(sink),
        queue_(std::move(spool), limits_of(service, options)),
        settlement_(options, queue_, sink),
        stop_(std::move(stop)) {}

  Result<void> run(std::optional<Clock::time_point> deadline);

 private:
  static BatchLimits limits_of(const BatchService& service, const BackendOptions& options);

  // The first five pass an Error of code transport when the service should be left alone for a
  // while; what they have done by then stands, and they go on from there.
  Result<void> step();
  Result<void> hand_in_all();
  Result<void> hand_in();
  Result<void> look_at(OpenBatch& batch, bool& over);
  Result<void> collect(OpenBatch& batch, const BatchStatus& status);

  Result<void> recover();
  Result<void> take_requests();
  Result<void> take(Request request);
  Result<void> find_lost(OpenBatch& batch, bool& over);
  void take_refusal(OpenBatch& batch, const BatchStatus& status);
  Result<void> close(const OpenBatch& batch, const std::string& how);

  bool wants_hand_in() const;
  bool done() const;
  bool passes(const Error& error);
  Clock::time_point next_event(std::optional<Clock::time_point> deadline) const;
  void wait_until(Clock::time_point when);
  std::string still_open() const;
  std::string redacted(std::string text) const;

  const RemoteModel& model_;
  const BackendOptions& options_;
  BatchService& service_;
  BatchLedger& ledger_;
  RequestFeed& feed_;
  ReplySink& sink_;
  BatchQueue queue_;
  Settlement settlement_;
  std::stop_token stop_;
  std::mt19937_64 random_{std::random_device()()};  // jitter only
  OpenBatches batches_;
  std::optional<Pause> pause_;             // why the feed gave nothing; unset while it gives
  int refusals_ = 0;                       // of whole batches in a row
  Clock::time_point hand_in_at_{};         // not before
  std::chrono::milliseconds full_for_{0};  // how long the service last was taken to be full
  Clock::time_point resume_at_{};          // after a failure of the service
  int failures_ = 0;                       // of the service in a row
};

BatchLimits Session::limits_of(const BatchService& service, const BackendOptions& options) {
  BatchLimits limits = service.limits();
  if (options.batch_size > 0) {
    limits.requests = std::min(limits.requests, static_cast<std::size_t>(options.batch_size));
  }
  return limits;
}

Result<void> Session::run(std::optional<Clock::time_point> deadline) {
  const Result<void> recovered = recover();
  if (!recovered) return recovered;
  while (!stop_.stop_requested()) {
    const Clock::time_point now = Clock::now();
    if (deadline && now >= *deadline) {
      const std::string open = batches_.empty() ? "" : "; " + still_open();
      return Error(ErrorCode::transport,
                   fmt::format("the deadline of {} s has passed{}", options_.deadline_s, open));
    }
    if (now >= resume_at_) {
      const Result<void> stepped = step();
      if (!stepped && !passes(stepped.error())) return stepped;
      if (stepped && std::exchange(failures_, 0) > 0) sink_.noticed("the service answers again");
      if (done()) return {};
    }
    wait_until(next_event(deadline));
  }
  const bool any_waits = std::any_of(batches_.begin(), batches_.end(),
                                     [](const OpenBatch& batch) { return !batch.waiting.empty(); });
  if (any_waits) sink_.noticed(still_open());
  return {};
}

// Whether an error is no more than a reason to wait.
bool Session::passes(const Error& error) {
  if (error.code() == ErrorCode::interrupted) return stop_.stop_requested();
  if (error.code() != ErrorCode::transport) return false;
  if (failures_++ == 0) {
    sink_.noticed(redacted(error.message()) + "; tried again until the service answers");
  }
  resume_at_ = Clock::now() + backoff(failures_, random_(), std::nullopt, options_);
  return true;
}

// The batches that an earlier process left.
Result<void> Session::recover() {
  Result<std::vector<LedgerEntry>> entries = ledger_.open_batches();
  if (!entries) return entries.error();
  for (LedgerEntry& entry : *entries) {
    batches_.add_earlier(std::move(entry), to_ms(options_.batch_poll_s));
  }
  if (!batches_.empty()) {
    sink_.noticed(
        fmt::format("{} batches were handed in before; what is missing of their replies is "
                    "waited for",
                    batches_.size()));
  }
  return {};
}

bool Session::wants_hand_in() const {
  return !queue_.empty() && Clock::now() >= hand_in_at_ && !settlement_.fatal() &&
         (queue_.full() || (pause_ && *pause_ != Pause::a_moment));
}

// A part that the service is not fit for at present does not hold up the others.
Result<void> Session::step() {
  Result<void> failed;
  const auto goes_on = [&](const Result<void>& part) {
    if (!part) failed = part;
    return part || part.error().code() == ErrorCode::transport;
  };
  if (!goes_on(hand_in_all())) return failed;
  for (auto batch = batches_.begin(); batch != batches_.end();) {
    bool over = false;
    if (!batch->waiting.empty() && Clock::now() >= batch->next_look) {
      const Result<void> looked =
          batch->entry.id.empty() ? find_lost(*batch, over) : look_at(*batch, over);
      if (!looked) batch->look_later();
      if (!goes_on(looked)) return failed;
    }
    // Of an earlier process, and answered as far as anybody wants it: whether the rest is stored or
    // was only not asked for this time, the ledger's owner knows.
    over = over || (batch->waiting.empty() && pause_ == Pause::ended);
    batch = over ? batches_.erase(batch) : std::next(batch);
  }
  return settlement_.fatal() ? Result<void>(*settlement_.fatal()) : failed;
}

Result<void> Session::hand_in_all() {
  while (!stop_.stop_requested()) {
    const Result<void> taken = take_requests();
    if (!taken) return taken;
    if (!wants_hand_in()) return {};
    const Result<void> handed_in = hand_in();
    if (!handed_in) return handed_in;
  }
  return {};
}

Result<void> Session::take_requests() {
  if (pause_ == Pause::until_reply && !settlement_.any_ended()) return {};
  while (pause_ != Pause::ended && !queue_.full() && !stop_.stop_requested()) {
    settlement_.forget_ended();
    std::optional<Request> request = feed_.next();
    pause_ = request ? std::optional<Pause>() : feed_.pause();
    if (!request) return {};
    const Result<void> taken = take(std::move(*request));
    if (!taken) return taken;
  }
  return {};
}

Result<void> Session::take(Request request) {
  Result<std::string> path = request_path(model_, request.prompt);
  if (!path) return path.error();
  const std::string body = request_body(model_, request, /*stream=*/false);
  BatchRequest taken{
      .ticket = request.ticket, .id = custom_id_of(request, *path, body), .path = std::move(*path)};
  const Result<RequestSpool::Place> line =
      queue_.keep(service_.request_line(taken.id, taken.path, body));
  if (!line) return line.error();
  taken.line = *line;
  OpenBatch* const batch = batches_.claim(taken.id);
  if (batch == nullptr) {
    queue_.add(std::move(taken));
    return {};
  }
  taken.attempts = 1;
  taken.started = true;
  sink_.started(taken.ticket);
  std::string id = taken.id;
  batch->waiting.emplace(std::move(id), std::move(taken));
  return {};
}

Result<void> Session::hand_in() {
  const std::size_t count = queue_.next_count();
  const BodySource lines = queue_.lines_of_next(count);
  Result<std::string> file = service_.upload(lines, stop_);
  if (!file) return file.error();

  OpenBatch batch{.entry = {.key = random_key(), .file = std::move(*file), .begun = unix_now()},
                  .interval = to_ms(options_.batch_poll_s)};
  std::vector<BatchRequest> requests = queue_.take_next(count);
  const std::string path = requests.front().path;
  for (BatchRequest& request : requests) {
    batch.entry.requests.push_back(request.id);
    ++request.attempts;
    if (!std::exchange(request.started, true)) sink_.started(request.ticket);
    const bool unique = batch.waiting.emplace(request.id, std::move(request)).second;
    check(unique);
  }
  const Result<void> intended = ledger_.intended(batch.entry);
  if (!intended) return intended;
  batch.look_later();
  OpenBatch& handed_in = batches_.add(std::move(batch));

  const Result<std::string> id = service_.create(handed_in.entry, path, lines, stop_);
  if (!id) {
    const bool unknown =
        id.error().code() == ErrorCode::transport || id.error().code() == ErrorCode::interrupted;
    if (unknown) return id.error();
    const Result<void> closed = close(handed_in, "not created");
    return closed ? id.error() : closed;
  }
  handed_in.entry.id = *id;
  const Result<void> accepted = ledger_.accepted(handed_in.entry.key, *id);
  if (!accepted) return accepted;
  sink_.noticed(fmt::format("{}: {} requests handed in", handed_in.name(), count));
  return {};
}

// Whether a batch exists whose creation was never answered for.
Result<void> Session::find_lost(OpenBatch& batch, bool& over) {
  const Result<BatchSearch> found = service_.find(batch.entry, stop_);
  if (found && found->outcome == BatchSearch::Outcome::found) {
    batch.entry.id = found->id;
    batch.next_look = {};
    batch.misses = 0;
    sink_.noticed(batch.name() + ": found again at the service");
    return ledger_.accepted(batch.entry.key, batch.entry.id);
  }
  const bool cannot_list = !found && found.error().code() == ErrorCode::not_found;
  if (!found && !cannot_list) return found.error();
  const bool unclear = found && found->outcome == BatchSearch::Outcome::unclear;
  if (unclear || (!cannot_list && ++batch.misses < kMostMisses)) {
    batch.look_later();
    return {};
  }
  if (cannot_list) {
    sink_.noticed(
        fmt::format("{}: the service does not list its batches ({}), so that nobody knows "
                    "whether it was begun; its requests are handed in again",
                    batch.name(), redacted(found.error().message())));
  }
  const Result<void> closed = close(batch, "not created");
  if (!closed) return closed;
  settlement_.ask_again(batch, "the batch was never begun", /*counts=*/false);
  over = true;
  return {};
}

Result<void> Session::look_at(OpenBatch& batch, bool& over) {
  const Result<BatchStatus> status = service_.look(batch.entry.id, stop_);
  if (!status) {
    if (status.error().code() != ErrorCode::not_found) return status.error();
    batch.look_later();
    if (++batch.misses < kMostMisses) return {};
    const Result<void> closed = close(batch, "gone");
    if (!closed) return closed;
    sink_.noticed(batch.name() + ": the service does not know it any more");
    settlement_.ask_again(batch, redacted(status.error().message()), /*counts=*/true);
    over = true;
    return {};
  }
  if (status->stage == BatchStatus::Stage::running) {
    batch.misses = 0;
    batch.look_later();
    if (std::exchange(batch.answered, status->answered) != status->answered) {
      sink_.noticed(fmt::format("{}: {} of {} requests answered", batch.name(), status->answered,
                                batch.entry.requests.size()));
    }
    return {};
  }
  hand_in_at_ = {};
  if (status->stage == BatchStatus::Stage::refused) {
    const Result<void> closed = close(batch, status->word);
    if (!closed) return closed;
    take_refusal(batch, *status);
    over = true;
    return {};
  }
  const Result<void> collected = collect(batch, *status);
  if (!collected) return collected;
  // What the budget holds back at present may be among its replies, which are paid for.
  if (batch.unclaimed > 0) return {};
  over = true;
  return close(batch, status->word);
}

Result<void> Session::collect(OpenBatch& batch, const BatchStatus& status) {
  const std::size_t before = batch.waiting.size();
  std::size_t damaged = 0;
  std::string damage;
  const auto on_answer = [&](Result<BatchAnswer> answer) -> Result<void> {
    if (answer) {
      settlement_.take_answer(batch, std::move(*answer));
    } else if (damaged++ == 0) {
      damage = redacted(answer.error().message());
      sink_.noticed(fmt::format("{}: {}", batch.name(), damage));
    }
    return {};
  };
  const Result<void> read = service_.collect(status, on_answer, stop_);
  // A batch's files may be forgotten before the batch is: then there are no replies to come. But
  // they are paid for, and a proxy that starts says the same.
  if (!read && read.error().code() != ErrorCode::not_found) return read;
  if (!read && ++batch.misses < kMostMisses) {
    return Error(ErrorCode::transport, read.error().message());
  }
  const Result<void> stored = sink_.stored();
  if (!stored) return stored;
  refusals_ = 0;
  full_for_ = {};
  const std::size_t left = batch.waiting.size();
  sink_.noticed(fmt::format("{}: {}; {} requests answered, {} not{}", batch.name(), status.word,
                            before - left, left,
                            damaged > 0 ? fmt::format(", {} lines cannot be read", damaged) : ""));
  std::string reason = fmt::format("{} ended ({}) without a reply", batch.name(), status.word);
  if (!damage.empty()) reason += "; " + damage;
  if (!read) reason += "; " + redacted(read.error().message());
  settlement_.ask_again(batch, reason, /*counts=*/true);
  return {};
}

// A batch that was not accepted as a whole: for some of its lines, for want of room, or for all.
void Session::take_refusal(OpenBatch& batch, const BatchStatus& status) {
  const Complaints said = settlement_.take_complaints(batch, status);
  sink_.noticed(fmt::format("{}: refused: {}", batch.name(), said.first));
  const std::size_t size = batch.entry.requests.size();
  // OpenAI's limit of tokens in all open batches of a model: others must end, or it was too large.
  if (said.no_room && (size > 1 || batches_.size() > 1)) {
    queue_.limit_requests(size / 2);
    full_for_ = std::min(kLongestPoll, std::max(to_ms(options_.batch_poll_s), 2 * full_for_));
    hand_in_at_ = Clock::now() + full_for_;
    settlement_.ask_again(batch, said.first, /*counts=*/false);
    return;
  }
  if (!said.blame_lines && ++refusals_ >= kMostRefusals) {
    settlement_.give_up(
        fmt::format("{} batches in a row were refused, the last with: {}", refusals_, said.first));
  }
  settlement_.ask_again(batch, said.first, /*counts=*/true);
}

Result<void> Session::close(const OpenBatch& batch, const std::string& how) {
  return ledger_.closed(batch.entry.key, how);
}

bool Session::done() const { return pause_ == Pause::ended && queue_.empty() && batches_.empty(); }

Clock::time_point Session::next_event(std::optional<Clock::time_point> deadline) const {
  Clock::time_point next = Clock::now() + kLongestPoll;
  for (const OpenBatch& batch : batches_) {
    if (!batch.waiting.empty()) next = std::min(next, batch.next_look);
  }
  if (!queue_.empty()) next = std::min(next, hand_in_at_);
  const bool feed_may_give =
      pause_ == Pause::a_moment || (pause_ == Pause::until_reply && settlement_.any_ended());
  if (feed_may_give) next = {};
  next = std::max(next, resume_at_);
  return deadline ? std::min(next, *deadline) : next;
}

void Session::wait_until(Clock::time_point when) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  stopped.wait_until(lock, stop_, when, [] { return false; });
}

std::string Session::still_open() const {
  std::size_t requests = 0;
  for (const OpenBatch& batch : batches_) {
    requests += batch.waiting.size();
  }
  return fmt::format(
      "{} batches with {} requests go on at the service, and are paid for; continuing "
      "the run collects their replies",
      batches_.size(), requests);
}

// A service may quote the key it did not like.
std::string Session::redacted(std::string text) const {
  return blotted_out(std::move(text), options_.api_key);
}

}  // namespace

Result<void> run_batch_session(const RemoteModel& model, const BackendOptions& options,
                               std::optional<std::chrono::steady_clock::time_point> deadline,
                               BatchService& service, RequestFeed& feed, ReplySink& sink,
                               std::stop_token stop) {
  check(options.batch_ledger != nullptr);
  Result<RequestSpool> spool = RequestSpool::make();
  if (!spool) return spool.error();
  Session session(model, options, service, feed, sink, std::move(*spool), std::move(stop));
  return session.run(deadline);
}

}  // namespace proctor::backends
