// The supervisors of a sandbox, lent out to the judge's threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/helper.h"
#include "sandbox/protocol.h"

namespace proctor::sandbox {

class Pool;

// What a box is for. Compilers have boxes of their own, since under version 1 of control groups
// the files that they read would stay charged to the box, and leave the next program less room.
enum class Work { running, compiling };

// A supervisor for one run, given back by the destructor.
class Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  const FileDescriptor& socket() const;
  std::uint64_t run() const { return run_; }  // the number of the run that this lease is for
  void drop();  // it is gone or does not make sense any more: the next lease starts another

 private:
  friend class Pool;
  Lease(Pool& pool, int box, std::uint64_t run) : pool_(&pool), box_(box), run_(run) {}

  Pool* pool_;
  int box_;
  std::uint64_t run_;
};

// Thread-safe.
class Pool {
 public:
  // So many boxes for each kind of work.
  Pool(Helper helper, int boxes);

  // Starts the supervisors for running, and waits for the first to be ready, which says what there
  // is. Those for compiling are started when they are wanted.
  // Errors: unavailable, with what it could not do.
  Result<Ready> start();

  // Waits until `count` boxes for `work` are free, and takes them all at once: first those whose
  // last run was of `series`, if that is not 0, then those whose last was of none, and then those
  // whose series was served longest ago, for it may be over. Errors: unavailable, if there are not
  // so many, or one cannot be started again.
  Result<std::vector<Lease>> lease(int count, Work work = Work::running, std::uint64_t series = 0);

 private:
  friend class Lease;

  struct Slot {
    Work work = Work::running;
    FileDescriptor socket{};
    bool ready = false;  // has said so
    bool lent = false;
    std::uint64_t series = 0;    // of its last run
    std::uint64_t last_run = 0;  // its number
  };

  Result<void> make_ready(int box);
  void give_back(int box);
  int free_count(Work work) const;
  int best_free(Work work, std::uint64_t series) const;

  std::mutex turn_;   // held by the one thread that waits for supervisors
  std::mutex mutex_;  // guards all below
  std::condition_variable given_back_;
  Helper helper_;
  const int boxes_;          // for each kind of work
  std::vector<Slot> slots_;  // for running, then for compiling
  std::uint64_t runs_ = 0;
};

}  // namespace proctor::sandbox
