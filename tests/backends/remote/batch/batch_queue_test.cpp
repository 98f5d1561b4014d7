// What is sent of the requests that wait on disk.
#include "backends/remote/batch/batch_queue.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace proctor;
using namespace proctor::backends;

namespace {

BatchQueue queue_of(BatchLimits limits) {
  Result<RequestSpool> spool = RequestSpool::make();
  REQUIRE(spool);
  return BatchQueue(std::move(*spool), limits);
}

BatchRequest kept(BatchQueue& queue, const std::string& line, const std::string& path = "/p") {
  const Result<RequestSpool::Place> place = queue.keep(line);
  REQUIRE(place);
  return {.id = line, .path = path, .line = *place};
}

// All of it, read in pieces of this size at most.
std::string text_of(const BodySource& source, std::size_t piece) {
  std::string text;
  std::string buffer(piece, '?');
  while (text.size() < source.size) {
    const std::size_t room = std::min(piece, source.size - text.size());
    const Result<std::size_t> read = source.read(text.size(), {buffer.data(), room});
    REQUIRE(read);
    REQUIRE(*read > 0);
    REQUIRE(*read <= room);
    text += buffer.substr(0, *read);
  }
  return text;
}

}  // namespace

TEST_CASE("the lines of a batch are read in its order wherever they lie in the spool") {
  BatchQueue queue = queue_of({.requests = 10, .bytes = 1000});
  std::vector<BatchRequest> requests;
  for (const char* line : {"a 1\n", "bb 22\n", "ccc 333\n", "d\n", "ee\n"}) {
    requests.push_back(kept(queue, line));
  }
  std::string expected;
  for (const std::size_t i : {2, 3, 0, 4, 1}) {
    queue.add(requests[i]);
    expected += requests[i].id;
  }
  const BodySource all = queue.lines_of_next(5);
  CHECK(all.size == expected.size());
  for (const std::size_t piece : {1, 2, 3, 7, 100}) {
    CAPTURE(piece);
    CHECK(text_of(all, piece) == expected);
  }
  CHECK(text_of(queue.lines_of_next(2), 4) == "ccc 333\nd\n");

  // They can still be read when their requests have left the queue, and more have come.
  CHECK(queue.take_next(5).size() == 5);
  queue.add(kept(queue, "later\n"));
  CHECK(text_of(all, 5) == expected);
  CHECK(text_of(queue.lines_of_next(1), 5) == "later\n");
}

TEST_CASE("a batch ends at its limits and where the path changes") {
  BatchQueue queue = queue_of({.requests = 3, .bytes = 10});
  CHECK(queue.next_count() == 0);
  queue.add(kept(queue, "123456789abc"));  // alone longer than a batch may be
  queue.add(kept(queue, "12345"));
  queue.add(kept(queue, "12345"));
  queue.add(kept(queue, "1"));
  queue.add(kept(queue, "2", "/other"));
  for (const std::size_t count : {1, 2, 1, 1}) {
    CHECK(queue.next_count() == count);
    CHECK(queue.take_next(count).size() == count);
  }
  CHECK(queue.empty());
}
