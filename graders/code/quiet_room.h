// Many at a time, or one alone: so that a run which was too near to its time limit can be repeated
// while nothing else of ours uses the processor.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace proctor::graders::code {

// Thread-safe. Who waits to be alone goes before those who come later, so it does not wait forever.
class QuietRoom {
 public:
  // In the room while it lives. Nobody may enter twice.
  class Visit {
   public:
    Visit(Visit&& other) noexcept : room_(std::exchange(other.room_, nullptr)) {}
    Visit& operator=(Visit&&) = delete;
    ~Visit() {
      if (room_ != nullptr) room_->leave();
    }

   private:
    friend class QuietRoom;
    explicit Visit(QuietRoom* room) : room_(room) {}
    QuietRoom* room_;
  };

  Visit enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_to_be_alone_ == 0 && !someone_alone_; });
    ++inside_;
    return Visit(this);
  }

  Visit enter_alone() {
    std::unique_lock lock(mutex_);
    ++waiting_to_be_alone_;
    changed_.wait(lock, [this] { return inside_ == 0; });
    --waiting_to_be_alone_;
    ++inside_;
    someone_alone_ = true;
    return Visit(this);
  }

 private:
  void leave() {
    const std::lock_guard lock(mutex_);
    --inside_;
    someone_alone_ = false;
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  int inside_ = 0;
  int waiting_to_be_alone_ = 0;
  bool someone_alone_ = false;
};

}  // namespace proctor::graders::code
