#include "backends/remote/concurrency_limit.h"

#include <algorithm>
#include <cmath>

namespace proctor::backends {
namespace {

constexpr double kFirst = 8;
// A limit that is known grows by this much for each request served: by 1/32 while all are.
constexpr double kCaution = 1.0 / 32;
// What is left of what was proven when a server that serves refuses: it may have become smaller.
constexpr double kForget = 0.9;
// A first byte is late when it takes this many times as long as usual, and longer than the floor,
// which the noise of a fast server stays under.
constexpr double kLate = 3;
constexpr double kLateFloorMs = 50;
// How much the usual time grows while as many requests are served as may be in flight: it follows a
// server that has become slower, and not a queue, which is noticed before.
constexpr double kDrift = 0.01;
// As much of a queue is left alone: it keeps the server busy.
constexpr std::size_t kShareQueued = 50;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(std::size_t cap, bool adaptive)
    : cap_(static_cast<double>(cap)),
      adaptive_(adaptive),
      limit_(adaptive ? std::min(kFirst, cap_) : cap_),
      usual_first_byte_ms_(-1) {}

std::size_t ConcurrencyLimit::value() const { return static_cast<std::size_t>(limit_); }

void ConcurrencyLimit::served(std::size_t in_flight, std::optional<Milliseconds> first_byte_after) {
  served_since_ = true;
  if (!adaptive_) {
    limit_ = cap_;  // whatever silenced() made of it
    return;
  }
  if (first_byte_after) {
    const double took = static_cast<double>(first_byte_after->count());
    const double usual = usual_first_byte_ms_;
    usual_first_byte_ms_ = usual < 0 ? took : std::min(usual * (1 + kDrift / limit_), took);
  }
  const double together = static_cast<double>(in_flight);
  const bool in_use = together + 1 > limit_;
  // More in flight than the limit are those of a larger one that is being left.
  if (exploring_ || together <= limit_) proven_ = std::max(proven_, together);
  if (in_use) limit_ += exploring_ || limit_ < proven_ ? 1 : kCaution;
  limit_ = std::min(limit_, cap_);
}

void ConcurrencyLimit::refused(std::size_t left_in_flight) {
  if (!adaptive_) return;
  shrink_to(static_cast<double>(left_in_flight));
  // While nothing is served at all this is an outage, which says nothing of the server's size.
  if (served_since_) proven_ = exploring_ ? limit_ : std::max(limit_, kForget * proven_);
  if (served_since_) exploring_ = false;
  served_since_ = false;
}

std::optional<ConcurrencyLimit::Milliseconds> ConcurrencyLimit::patience() const {
  if (!adaptive_ || usual_first_byte_ms_ < 0) return std::nullopt;
  return Milliseconds(std::llround(std::max(kLateFloorMs, kLate * usual_first_byte_ms_)));
}

void ConcurrencyLimit::queued(std::size_t in_flight, std::size_t waiting) {
  if (!adaptive_ || waiting <= std::max<std::size_t>(1, in_flight / kShareQueued)) return;
  shrink_to(static_cast<double>(in_flight - waiting));
  if (served_since_) proven_ = limit_;
  exploring_ = served_since_ = false;
}

void ConcurrencyLimit::silenced() { limit_ = 1; }

void ConcurrencyLimit::shrink_to(double limit) {
  limit_ = std::clamp(std::min(limit_, limit), 1.0, cap_);
}

}  // namespace proctor::backends
