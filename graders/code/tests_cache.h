// The tests of the questions that were graded last: the replies to one question mostly come
// together, and its tests may be megabytes to read.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graders/code/job.h"
#include "harness/core/result.h"

namespace proctor::graders::code {

// Reads a question's tests as a task stores them (tasks::load_tests): a job that has all but its
// language and its code. Errors: invalid_input.
Result<Job> parse_stored_tests(const std::string& text);

// Thread-safe. Keeps about `most_bytes` of tests, and always those that were asked for last.
class TestsCache {
 public:
  using Load = std::function<Result<std::string>()>;

  explicit TestsCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // The tests named `key`, from `load` if they are not at hand. Errors: those of loading and
  // reading.
  Result<std::shared_ptr<const Job>> find(const std::string& key, const Load& load);

 private:
  struct Entry {
    std::string key;
    std::size_t bytes = 0;
    std::shared_ptr<const Job> job;
  };

  std::shared_ptr<const Job> known(const std::string& key);
  void remember(Entry entry);

  const std::size_t most_bytes_;
  std::mutex mutex_;          // guards the rest
  std::list<Entry> entries_;  // the last used first
  std::size_t bytes_ = 0;
};

}  // namespace proctor::graders::code
