// Requests on disk while they wait for their answers: a batch that fails is asked again, and the
// bodies of a whole plan are too many to be kept in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::backends {

// A file without a name in the system's folder for such; the kernel frees it with its owner.
// One thread at a time.
class RequestSpool {
 public:
  struct Place {
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };

  // Errors: io.
  static Result<RequestSpool> make();

  // Errors: disk_full, io.
  Result<Place> add(std::string_view text);
  // Fills `to`, or the beginning of it, with what was added there, and says how much that is. Never
  // nothing, of what is not empty. Errors: io.
  Result<std::size_t> read(std::uint64_t offset, std::span<char> to) const;

 private:
  explicit RequestSpool(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
  std::uint64_t end_ = 0;
};

}  // namespace proctor::backends
