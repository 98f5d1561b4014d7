// SIGINT and SIGTERM as a stop token. Make one before any other thread: threads inherit its mask.
#pragma once

#include <stop_token>
#include <thread>

namespace proctor::harness {

// While it lives, the first signal requests a stop; a second one ends the process at once with 130,
// which costs what is in flight and nothing else.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch(std::stop_token ended);

  std::stop_source stop_;
  int end_ = -1;  // an eventfd that ends the watch
  int signals_ = -1;
  std::jthread thread_;
};

}  // namespace proctor::harness
