// SIGINT, SIGTERM and SIGHUP as a stop token. Make one before any other thread: threads inherit its
// mask.
#pragma once

#include <stop_token>
#include <string_view>
#include <thread>

#include "harness/core/file_descriptor.h"

namespace proctor::harness {

// While it lives, the first signal requests a stop; a second one ends the process at once with 130,
// which costs what is in flight and nothing else.
class Interrupts {
 public:
  // `notice` is what the first signal makes the program say. A literal, or at least as long-lived.
  explicit Interrupts(std::string_view notice =
                          "stopping; what is in flight is dropped and resumable (again: at once)");
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch(std::stop_token ended);

  const std::string_view notice_;
  std::stop_source stop_;
  FileDescriptor end_;  // an eventfd that ends the watch
  FileDescriptor signals_;
  std::jthread thread_;
};

}  // namespace proctor::harness
