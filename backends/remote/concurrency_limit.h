// How many requests one server is given at a time: a fixed number, or one that is felt out. A pure
// function of what it is told; nothing here reads a clock.
//
// Feeling it out follows congestion control (Jacobson, "Congestion Avoidance and Control", SIGCOMM
// 1988): doubling while nothing speaks against it or up to what has been proven, then by a few per
// cent, and back at once to what the server carried when it refuses (429, 503, 529) or lets
// requests queue. A queue shows as requests that wait for their first byte much longer than others
// did: those that do not wait are what the server carries, so one look finds its limit (Little's
// law the other way round). Replies that are not streamed show no queue; then only refusals limit.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace proctor::backends {

class ConcurrencyLimit {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // Fixed at `cap`, or felt out below it.
  ConcurrencyLimit(std::size_t cap, bool adaptive);

  std::size_t value() const;

  // A request was seen to be served, by its first byte or, if not streamed, by its end. `in_flight`
  // counts it. `first_byte_after` is unset if not streamed.
  void served(std::size_t in_flight, std::optional<Milliseconds> first_byte_after);

  // A request was refused for overload; so many are left in flight.
  void refused(std::size_t left_in_flight);

  // How long a first byte may take before its request counts as queued; unset until known.
  std::optional<Milliseconds> patience() const;

  // Of those in flight, so many have waited for their first byte longer than patience().
  void queued(std::size_t in_flight, std::size_t waiting);

  // Nothing has been served for long: one at a time until something is.
  void silenced();

 private:
  void shrink_to(double limit);

  double cap_;
  bool adaptive_;
  double limit_;
  bool exploring_ = true;       // nothing has spoken against growing yet
  double proven_ = 1;           // in flight while requests were being served
  bool served_since_ = false;   // the last refusal or queue
  double usual_first_byte_ms_;  // the shortest, forgotten slowly; negative: none yet
};

}  // namespace proctor::backends
