// Feeds that have nothing for a while, in front of each backend.
#include <doctest/doctest.h>

#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"
#include "tests/support/temp_dir.h"

namespace proctor::backends {
namespace {

using support::HesitantFeed;
using support::RecordingSink;

constexpr int kQuestions = 20;
constexpr int kRepeats = 2;

std::vector<Request> some_requests() {
  std::vector<Request> requests = support::requests_for(support::sums(kQuestions), kRepeats);
  for (Request& request : requests) request.sampling.max_tokens = 20;
  return requests;
}

// Serves all requests, no more than `most` at a time, and returns how often the feed had nothing.
int serve_with_pauses(const std::string& spec, BackendOptions options, int most) {
  options.threads = 1;
  const Result<std::unique_ptr<Backend>> backend = make_backend(spec, options);
  REQUIRE_MESSAGE(backend, (backend ? "" : backend.error().message()));
  RecordingSink sink;
  HesitantFeed feed(some_requests(), sink, most);
  REQUIRE((*backend)->serve(feed, sink, {}));
  CHECK(feed.left() == 0);
  CHECK(feed.most_under_way == most);
  CHECK(sink.entries.size() == kQuestions * kRepeats);
  for (const auto& [ticket, entry] : sink.entries) {
    CAPTURE(ticket);
    CHECK(entry.started == 1);
    CHECK(entry.finished == 1);
    CHECK(entry.reply);
  }
  return feed.held_back;
}

}  // namespace

TEST_CASE("a remote backend asks a feed again after a reply and not before") {
  support::FakeModel model(support::sums(kQuestions));
  support::FakeServer server(
      [&](const support::HttpRequest& request) { return model.answer(request); });
  for (const int most : {1, 3, 8}) {
    CAPTURE(most);
    BackendOptions options = support::quick_options(server.base_url());
    options.concurrency = 8;
    const int held_back = serve_with_pauses("openai-api/fake-r1", options, most);
    CHECK(held_back <= kQuestions * kRepeats);
    CHECK((held_back > 0) == (most < 8));
  }
  CHECK(server.counters().requests == 3 * kQuestions * kRepeats);
}

TEST_CASE("the built-in engine goes on with what runs while its feed has nothing") {
  BackendOptions options;
  options.concurrency = 4;
  CHECK(serve_with_pauses("tiny", options, 2) > 0);
}

TEST_CASE("a replay waits for its feed") {
  const support::TempDir dir;
  std::string lines;
  for (const Request& request : some_requests()) {
    lines += R"({"task":"sums","question_id":")" + request.question_id + R"(","repeat":)" +
             std::to_string(request.repeat) + R"(,"text":"1"})" + "\n";
  }
  const std::string file = dir.write("replies.jsonl", lines).string();
  CHECK(serve_with_pauses("replay/" + file, {}, 1) == 0);
}

}  // namespace proctor::backends
