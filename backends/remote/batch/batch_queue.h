// Requests that wait to be handed in: in memory what tells them apart, on disk what is sent.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/remote/batch/batch_service.h"
#include "backends/remote/batch/request_spool.h"
#include "backends/remote/body_source.h"
#include "harness/core/result.h"

namespace proctor::backends {

// One request on its way to a reply, through as many batches as it takes.
struct BatchRequest {
  std::int64_t ticket = 0;
  std::string id{};    // its custom id
  std::string path{};  // where it goes; a batch has one path
  RequestSpool::Place line{};
  bool started = false;  // the sink knows of it
  int attempts = 0;      // batches that it has been in
  std::string reason{};  // why the last of them has no reply to it
};

// One thread at a time.
class BatchQueue {
 public:
  BatchQueue(RequestSpool spool, BatchLimits limits) : spool_(std::move(spool)), limits_(limits) {}

  // Keeps the line and says where, for a request that is to be added now or later. Errors: the
  // spool's.
  Result<RequestSpool::Place> keep(std::string_view line) { return spool_.add(line); }
  void add(BatchRequest request);

  bool empty() const { return requests_.empty(); }
  // Whether the next batch would have no room for more, or none of the path it begins with.
  bool full() const;
  // From now on no batch has more requests than this; at least one.
  void limit_requests(std::size_t most) { limits_.requests = std::max<std::size_t>(most, 1); }

  // How many requests make up the next batch: those from the first on that have its path, up to the
  // limits, and one at least. None if it is empty.
  std::size_t next_count() const;
  // Their lines, which may be read as long as the queue lives. Its errors: the spool's.
  BodySource lines_of_next(std::size_t count) const;
  std::vector<BatchRequest> take_next(std::size_t count);

 private:
  RequestSpool spool_;
  BatchLimits limits_;
  std::deque<BatchRequest> requests_;
  std::size_t bytes_ = 0;  // of all lines
};

}  // namespace proctor::backends
