#include "backends/local/crew.h"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace proctor::backends {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::move_iterator(from.begin()), std::move_iterator(from.end()));
}

}  // namespace

// Collects what one step of an engine brings.
class Crew::Reporter : public engine::EngineObserver {
 public:
  void sampled(std::int64_t id, std::string_view) override { news.sampled.push_back(id); }
  void finished(engine::EngineReply reply) override { news.finished.push_back(std::move(reply)); }

  CrewNews news;
};

Crew::Crew(std::span<engine::Engine* const> engines, std::size_t most_unread)
    : most_unread_(most_unread) {
  for (engine::Engine* engine : engines) {
    members_.push_back(std::make_unique<Member>());
    members_.back()->engine = engine;
  }
}

Result<std::unique_ptr<Crew>> Crew::make(std::span<engine::Engine* const> engines,
                                         std::size_t most_unread) {
  std::unique_ptr<Crew> crew(new Crew(engines, most_unread));
  try {
    for (const std::unique_ptr<Member>& member : crew->members_) {
      member->thread = std::jthread([self = crew.get(), &it = *member](std::stop_token stop) {
        self->work(it, std::move(stop));
      });
    }
  } catch (const std::system_error& error) {
    return Error(ErrorCode::unavailable, std::string("cannot start threads: ") + error.what());
  }
  return crew;
}

Crew::~Crew() {
  for (const std::unique_ptr<Member>& member : members_) member->thread.request_stop();
}

// Null: none wants more.
Crew::Member* Crew::hungriest() {
  Member* best = nullptr;
  for (const std::unique_ptr<Member>& member : members_) {
    if (!member->wants_more || member->inbox.size() >= most_unread_) continue;
    if (best == nullptr || member->unfinished < best->unfinished) best = member.get();
  }
  return best;
}

bool Crew::wants_more() {
  const std::lock_guard lock(mutex_);
  return hungriest() != nullptr;
}

void Crew::hand_out(engine::EngineRequest request) {
  ++unanswered_;
  {
    const std::lock_guard lock(mutex_);
    Member* hungry = hungriest();
    Member& member = hungry != nullptr ? *hungry : *members_.front();
    member.inbox.push_back(std::move(request));
    ++member.unfinished;
  }
  for_members_.notify_all();
}

CrewNews Crew::take_news(std::stop_token stop, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  for_caller_.wait_for(lock, std::move(stop), patience, [&] { return reported_; });
  reported_ = false;
  CrewNews news = std::exchange(news_, {});
  unanswered_ -= news.finished.size() + news.refused.size();
  return news;
}

void Crew::work(Member& member, std::stop_token stop) {
  engine::Engine& engine = *member.engine;
  while (!stop.stop_requested()) {
    Reporter reporter;
    for (engine::EngineRequest& request : take_inbox(member, stop)) {
      const std::int64_t id = request.id;
      if (Result<void> taken = engine.submit(std::move(request)); !taken) {
        reporter.news.refused.emplace_back(id, taken.error());
      }
    }
    if (Result<void> stepped = engine.step(reporter); !stepped) {
      reporter.news.failure = stepped.error();
    }
    const bool failed = reporter.news.failure.has_value();
    report(member, std::move(reporter.news));
    if (failed) break;
  }
  engine.drop_all();
}

// Waits if there is nothing else to do.
std::deque<engine::EngineRequest> Crew::take_inbox(Member& member, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (member.engine->idle()) {
    for_members_.wait(lock, std::move(stop), [&] { return !member.inbox.empty(); });
  }
  return std::exchange(member.inbox, {});
}

void Crew::report(Member& member, CrewNews news) {
  {
    const std::lock_guard lock(mutex_);
    member.unfinished -= news.finished.size() + news.refused.size();
    member.wants_more = !news.failure && member.engine->wants_more();
    append(news_.sampled, news.sampled);
    append(news_.finished, news.finished);
    append(news_.refused, news.refused);
    if (!news_.failure) news_.failure = std::move(news.failure);
    reported_ = true;
  }
  for_caller_.notify_one();
}

}  // namespace proctor::backends
