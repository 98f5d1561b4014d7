#include "sandbox/pool.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace proctor::sandbox {

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), box_(other.box_), run_(other.run_) {}

Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(box_);
}

const FileDescriptor& Lease::socket() const {
  return pool_->slots_[static_cast<std::size_t>(box_)].socket;
}

void Lease::drop() {
  const std::lock_guard lock(pool_->mutex_);
  Pool::Slot& slot = pool_->slots_[static_cast<std::size_t>(box_)];
  slot.socket.close();
  slot.ready = false;
}

Pool::Pool(Helper helper, int boxes)
    : helper_(std::move(helper)), boxes_(boxes), slots_(2 * static_cast<std::size_t>(boxes)) {
  for (std::size_t box = slots_.size() / 2; box < slots_.size(); ++box) {
    slots_[box].work = Work::compiling;
  }
}

Result<Ready> Pool::start() {
  const std::lock_guard lock(mutex_);
  for (std::size_t box = 0; box < slots_.size() / 2; ++box) {
    Result<FileDescriptor> socket = helper_.start_supervisor(static_cast<int>(box));
    if (!socket) return socket.error();
    slots_[box].socket = std::move(*socket);
  }
  const Result<Message> message = receive_message(slots_[0].socket.get());
  if (!message) return message.error();
  Result<Ready> ready = decode_ready(message->text);
  if (ready && !ready->failure.empty()) {
    return Error(ErrorCode::unavailable, "sandbox: " + ready->failure);
  }
  slots_[0].ready = true;
  return ready;
}

int Pool::free_count(Work work) const {
  return static_cast<int>(std::count_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return slot.work == work && !slot.lent;
  }));
}

int Pool::best_free(Work work, std::uint64_t series) const {
  const auto rank = [&](const Slot& slot) {
    const bool same = series != 0 && slot.series == series;
    return std::tuple(slot.work != work || slot.lent, !same, slot.series == 0 ? 0 : slot.last_run);
  };
  const auto best =
      std::min_element(slots_.begin(), slots_.end(),
                       [&](const Slot& a, const Slot& b) { return rank(a) < rank(b); });
  return static_cast<int>(best - slots_.begin());
}

Result<std::vector<Lease>> Pool::lease(int count, Work work, std::uint64_t series) {
  if (count > boxes_) {
    return Error(ErrorCode::unavailable, "sandbox: " + std::to_string(count) +
                                             " boxes are needed at once, and there are " +
                                             std::to_string(boxes_));
  }
  // One at a time, or those who want one would always be quicker than those who want two.
  const std::lock_guard turn(turn_);
  std::unique_lock lock(mutex_);
  given_back_.wait(lock, [&] { return free_count(work) >= count; });
  std::vector<Lease> leases;
  Result<void> ready;
  while (static_cast<int>(leases.size()) < count) {
    const int box = best_free(work, series);
    Slot& slot = slots_[static_cast<std::size_t>(box)];
    slot.lent = true;
    slot.series = series;
    slot.last_run = ++runs_;
    leases.push_back(Lease(*this, box, runs_));
    if (ready) ready = make_ready(box);
  }
  lock.unlock();  // the leases of a failure give themselves back
  if (!ready) return ready.error();
  return leases;
}

Result<void> Pool::make_ready(int box) {
  Slot& slot = slots_[static_cast<std::size_t>(box)];
  if (slot.ready) return {};
  if (!slot.socket.is_open()) {
    Result<FileDescriptor> socket = helper_.start_supervisor(box);
    if (!socket) return socket.error();
    slot.socket = std::move(*socket);
  }
  const Result<Message> message = receive_message(slot.socket.get());
  const Result<Ready> ready =
      message ? decode_ready(message->text) : Result<Ready>(message.error());
  if (!ready || !ready->failure.empty()) {
    slot.socket.close();
    return ready ? Error(ErrorCode::unavailable, "sandbox: " + ready->failure) : ready.error();
  }
  slot.ready = true;
  return {};
}

void Pool::give_back(int box) {
  {
    const std::lock_guard lock(mutex_);
    slots_[static_cast<std::size_t>(box)].lent = false;
  }
  given_back_.notify_all();
}

}  // namespace proctor::sandbox
