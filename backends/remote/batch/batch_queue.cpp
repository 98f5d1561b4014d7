#include "backends/remote/batch/batch_queue.h"

#include "harness/core/check.h"

namespace proctor::backends {
namespace {

// Lines that follow each other both in a batch and in the spool.
struct Stretch {
  std::size_t begin = 0;  // in the batch
  std::size_t end = 0;
  std::uint64_t on_disk = 0;
};

}  // namespace

void BatchQueue::add(BatchRequest request) {
  bytes_ += request.line.size;
  requests_.push_back(std::move(request));
}

bool BatchQueue::full() const {
  return requests_.size() >= limits_.requests || bytes_ >= limits_.bytes ||
         (!empty() && requests_.front().path != requests_.back().path);
}

std::size_t BatchQueue::next_count() const {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const BatchRequest& request : requests_) {
    bytes += request.line.size;
    const bool fits = count < limits_.requests && bytes <= limits_.bytes &&
                      request.path == requests_.front().path;
    if (!fits && count > 0) break;
    ++count;
  }
  return count;
}

BodySource BatchQueue::lines_of_next(std::size_t count) const {
  check(count <= requests_.size());
  std::vector<Stretch> stretches;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const RequestSpool::Place& line = requests_[i].line;
    Stretch* const last = stretches.empty() ? nullptr : &stretches.back();
    if (last != nullptr && last->on_disk + (size - last->begin) == line.offset) {
      last->end += line.size;
    } else {
      stretches.push_back({.begin = size, .end = size + line.size, .on_disk = line.offset});
    }
    size += line.size;
  }
  const auto read = [this, stretches = std::move(stretches)](
                        std::size_t offset, std::span<char> to) -> Result<std::size_t> {
    const Stretch& here =
        *std::partition_point(stretches.begin(), stretches.end(),
                              [offset](const Stretch& stretch) { return stretch.end <= offset; });
    const std::size_t most = std::min(to.size(), here.end - offset);
    return spool_.read(here.on_disk + (offset - here.begin), to.first(most));
  };
  return {.size = size, .read = read};
}

std::vector<BatchRequest> BatchQueue::take_next(std::size_t count) {
  check(count <= requests_.size());
  std::vector<BatchRequest> taken;
  for (std::size_t i = 0; i < count; ++i) {
    bytes_ -= requests_.front().line.size;
    taken.push_back(std::move(requests_.front()));
    requests_.pop_front();
  }
  return taken;
}

}  // namespace proctor::backends
