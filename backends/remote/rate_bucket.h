// A token bucket (Turner, "New directions in communications", IEEE Communications Magazine 1986)
// that keeps what is sent under so many a minute. A pure function of the times it is told.
//
// It holds a second's worth and fills by the rest over a minute, so that no minute whatever, and
// not only one on the clock, sees more than `per_minute`; but a single amount larger than the
// bucket passes when the bucket is full, and is paid back before the next.
#pragma once

#include <algorithm>
#include <chrono>

namespace proctor::backends {

class RateBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: without a limit.
  explicit RateBucket(double per_minute)
      : capacity_(std::max(1.0, per_minute / 60)),
        per_second_((per_minute - capacity_) / 60),
        limited_(per_minute > 0),
        level_(capacity_) {
    if (per_second_ <= 0) per_second_ = per_minute / 60;  // one a minute
  }

  // How long until `amount` may be taken.
  Clock::duration wait(double amount, Clock::time_point now) {
    if (!limited_) return {};
    fill(now);
    const double missing = std::min(amount, capacity_) - level_;
    if (missing <= kNothing) return {};
    return std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(missing / per_second_));
  }

  // Takes it, whether it is there or not; a negative amount gives back.
  void take(double amount, Clock::time_point now) {
    if (!limited_) return;
    fill(now);
    level_ = std::min(level_ - amount, capacity_);
  }

 private:
  static constexpr double kNothing = 1e-9;  // what rounding may leave

  void fill(Clock::time_point now) {
    if (filled_ < now) {
      const std::chrono::duration<double> since = now - filled_;
      if (started_) level_ = std::min(capacity_, level_ + since.count() * per_second_);
      filled_ = now;
    }
    started_ = true;
  }

  double capacity_;
  double per_second_;
  bool limited_;
  double level_;
  bool started_ = false;
  Clock::time_point filled_{};
};

}  // namespace proctor::backends
