// Whom the kernel kills first when a box is out of memory: what runs in it. Under version 1 the
// supervisor is in the box's group too, and of a program whose memory belongs to no process, or to
// a tiny one, it would be the largest that is left (proc(5), oom_score_adj).
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "harness/core/file_descriptor.h"

namespace proctor::sandbox {

// The score that the calling process and its children to come have; opened while the host's /proc
// is there. Where it cannot be opened nothing is changed.
class OomScore {
 public:
  static OomScore of_this_process() {
    OomScore score;
    score.file_ = FileDescriptor(open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
    char text[16];
    const ssize_t size = score.file_.is_open() ? pread(score.file_.get(), text, sizeof text, 0) : 0;
    if (size > 0) score.own_.assign(text, static_cast<std::size_t>(size));
    return score;
  }

  void be_first() const { write("1000"); }
  void be_oneself() const { write(own_); }

 private:
  void write(std::string_view value) const {
    if (!own_.empty()) (void)!pwrite(file_.get(), value.data(), value.size(), 0);
  }

  FileDescriptor file_;
  std::string own_;
};

// Children of this scope are killed before their parent.
class BirthOfVictims {
 public:
  explicit BirthOfVictims(const OomScore& score) : score_(score) { score_.be_first(); }
  ~BirthOfVictims() { score_.be_oneself(); }
  BirthOfVictims(const BirthOfVictims&) = delete;
  BirthOfVictims& operator=(const BirthOfVictims&) = delete;

 private:
  const OomScore& score_;
};

}  // namespace proctor::sandbox
