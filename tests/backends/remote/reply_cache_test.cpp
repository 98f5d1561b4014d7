#include "backends/remote/reply_cache.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/support/backend_ends.h"

namespace proctor::backends {
namespace {

using support::ListFeed;
using support::RecordingSink;

Generation paid_reply() {
  Generation reply;
  reply.text = "paid";
  reply.usage = {10, 20, std::nullopt, std::nullopt};
  reply.attempts = 3;
  reply.total_ms = 50;
  return reply;
}

// What the backend below sees and says, and where replies lie.
struct World {
  std::vector<std::int64_t> asked;
  std::map<std::string, Generation> kept;
  std::set<std::string> damaged;
  int finds = 0;
  bool full = false;  // nothing more can be kept
  bool keeps_replies = true;
  Generation reply = paid_reply();
  std::optional<Error> failure;
};

// Takes up to two requests before it answers the older one, as backends do.
class PaidBackend : public Backend {
 public:
  explicit PaidBackend(World& world) : world_(world) {}

  std::string identity() const override { return "paid"; }
  std::optional<std::string> wire_text(const Request& request) const override {
    if (!world_.keeps_replies) return std::nullopt;
    return "body of " + request.question_id + " " + std::to_string(request.seed);
  }
  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token) override {
    std::deque<Request> under_way;
    while (true) {
      std::optional<Request> request;
      if (under_way.size() < 2) request = feed.next();
      if (request) {
        world_.asked.push_back(request->ticket);
        sink.started(request->ticket);
        under_way.push_back(std::move(*request));
        continue;
      }
      if (!under_way.empty()) {
        const std::int64_t ticket = under_way.front().ticket;
        under_way.pop_front();
        sink.streamed(ticket, 20);
        if (world_.failure) {
          sink.finished(ticket, *world_.failure, 3);
        } else {
          sink.finished(ticket, world_.reply, 3);
        }
        continue;
      }
      if (feed.pause() == Pause::ended) return sink.stored();
    }
  }

 private:
  World& world_;
};

ReplyKeeper keeper(World& world) {
  return {.find = [&world](const std::string& key) -> Result<std::optional<Generation>> {
            ++world.finds;
            if (world.damaged.contains(key)) return Error(ErrorCode::corrupt, "entry is damaged");
            const auto found = world.kept.find(key);
            if (found == world.kept.end()) return std::optional<Generation>();
            return std::optional(found->second);
          },
          .keep = [&world](const std::string& key, const Generation& reply) -> Result<void> {
            if (world.full) return Error(ErrorCode::disk_full, "no space");
            world.kept[key] = reply;
            world.damaged.erase(key);
            return {};
          }};
}

std::unique_ptr<Backend> cached(World& world, const std::string& server = "") {
  return make_reply_cache(std::make_unique<PaidBackend>(world), keeper(world), server);
}

Request request(std::int64_t ticket, const std::string& question, int repeat = 0,
                std::uint64_t seed = 1) {
  return {.ticket = ticket,
          .task = "sums",
          .question_id = question,
          .repeat = repeat,
          .prompt = {},
          .sampling = {},
          .seed = seed};
}

RecordingSink serve(Backend& backend, std::vector<Request> requests) {
  ListFeed feed(std::move(requests));
  RecordingSink sink;
  REQUIRE(backend.serve(feed, sink, {}));
  CHECK(feed.left() == 0);
  return sink;
}

}  // namespace

TEST_CASE("what was asked before is answered without asking and says so") {
  World world;
  const std::unique_ptr<Backend> backend = cached(world);
  const RecordingSink first = serve(*backend, {request(1, "a"), request(2, "b")});
  CHECK(world.asked == std::vector<std::int64_t>{1, 2});
  CHECK_FALSE(first.entries.at(1).reply->from_cache);
  CHECK(first.entries.at(1).attempts == 3);

  const RecordingSink second =
      serve(*backend, {request(11, "a"), request(12, "c"), request(13, "b"), request(14, "a", 1)});
  CHECK(world.asked == std::vector<std::int64_t>{1, 2, 12, 14});
  REQUIRE(second.entries.size() == 4);
  for (const auto& [ticket, entry] : second.entries) {
    CAPTURE(ticket);
    CHECK(entry.started == 1);
    CHECK(entry.finished == 1);
    REQUIRE(entry.reply);
    CHECK(entry.reply->text == "paid");
    const bool hit = ticket == 11 || ticket == 13;
    CHECK(entry.reply->from_cache == hit);
    CHECK(entry.attempts == (hit ? 0 : 3));
    CHECK(entry.reply->attempts == (hit ? 0 : 3));
    CHECK(entry.reply->total_ms == (hit ? 0 : 50));
    CHECK(entry.reply->usage.completion == 20);
    CHECK(entry.tokens == (hit ? 0 : 20));
  }
}

TEST_CASE("the key is the bytes that are sent and the repeat and the server and nothing else") {
  World world;
  const PaidBackend backend(world);
  const Request base = request(1, "a");
  const std::string key = reply_key(backend, base, "facts").value();
  CHECK(key.size() == 64);
  Request elsewhere = base;
  elsewhere.ticket = 7;
  elsewhere.task = "other";
  elsewhere.limit_includes_prompt = true;
  CHECK(reply_key(backend, elsewhere, "facts") == key);
  CHECK(reply_key(backend, request(1, "b"), "facts") != key);
  CHECK(reply_key(backend, request(1, "a", 1), "facts") != key);
  CHECK(reply_key(backend, request(1, "a", 0, 2), "facts") != key);
  CHECK(reply_key(backend, base, "") != key);
  world.keeps_replies = false;
  CHECK_FALSE(reply_key(backend, base, "facts"));
}

TEST_CASE("an endpoint is its service and its addresses in any order and never its key") {
  const auto key_of = [](const std::string& spec, const std::string& urls, bool stream = true,
                         const std::string& secret = "") {
    BackendOptions options;
    options.base_url = urls;
    options.api_key = secret;
    options.stream = stream;
    const Result<std::unique_ptr<Backend>> backend = make_backend(spec, options);
    REQUIRE_MESSAGE(backend, (backend ? "" : backend.error().message()));
    Request asked = request(1, "a");
    asked.prompt = {{"user", "1+1?"}};
    return reply_key(**backend, asked, "").value();
  };
  const std::string base = key_of("openai-api/m", "http://a/v1 http://b/v1");
  CHECK(key_of("openai-api/m", "http://b/v1/ http://a/v1") == base);
  CHECK(key_of("openai-api/m", "http://a/v1 http://b/v1", true, "secret") == base);
  CHECK(key_of("openai-api/m", "http://a/v1") != base);
  CHECK(key_of("openai-api/m", "http://a/v1 http://b/v2") != base);
  CHECK(key_of("openai-api/n", "http://a/v1 http://b/v1") != base);
  CHECK(key_of("openai-api/m", "http://a/v1 http://b/v1", false) != base);
  CHECK(key_of("deepseek/m", "http://a/v1 http://b/v1", true, "secret") != base);
  const Result<std::unique_ptr<Backend>> tiny = make_backend("tiny", {});
  REQUIRE(tiny);
  CHECK_FALSE(reply_key(**tiny, request(1, "a"), ""));
}

TEST_CASE("another server behind the same address finds nothing of the first") {
  World world;
  serve(*cached(world, "weights 1"), {request(1, "a")});
  serve(*cached(world, "weights 2"), {request(2, "a")});
  serve(*cached(world, "weights 1"), {request(3, "a")});
  CHECK(world.asked == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("only what the model ended itself or its limit of tokens is kept") {
  struct Row {
    FinishReason finish;
    bool kept;
  };
  const Row rows[] = {
      {FinishReason::stop, true},        {FinishReason::length, true},
      {FinishReason::empty, false},      {FinishReason::content_filter, false},
      {FinishReason::repetition, false}, {FinishReason::unknown, false},
  };
  for (const Row& row : rows) {
    CAPTURE(name_of(row.finish));
    World world;
    world.reply.finish = row.finish;
    const RecordingSink sink = serve(*cached(world), {request(1, "a")});
    CHECK(sink.entries.at(1).reply->finish == row.finish);
    CHECK(world.kept.size() == (row.kept ? 1 : 0));
  }
  World world;
  world.failure = Error(ErrorCode::refused, "HTTP 400");
  const RecordingSink sink = serve(*cached(world), {request(1, "a")});
  CHECK(sink.entries.at(1).error->code() == ErrorCode::refused);
  CHECK(world.kept.empty());
}

TEST_CASE("a damaged entry is said and asked again and then is whole") {
  World world;
  const std::unique_ptr<Backend> backend = cached(world);
  std::vector<Request> requests;
  for (int i = 0; i < 9; ++i) requests.push_back(request(i, std::to_string(i)));
  serve(*backend, requests);
  for (const auto& [key, reply] : world.kept) world.damaged.insert(key);
  const RecordingSink sink = serve(*backend, requests);
  CHECK(world.asked.size() == 18);
  for (const auto& [ticket, entry] : sink.entries) CHECK_FALSE(entry.reply->from_cache);
  REQUIRE(sink.notices.size() == 4);  // three in full, then how many there were
  CHECK(sink.notices[0].find("entry is damaged") != std::string::npos);
  CHECK(sink.notices[3].find("9 entries") != std::string::npos);
  const RecordingSink healed = serve(*backend, requests);
  CHECK(world.asked.size() == 18);
  CHECK(healed.notices.empty());
}

TEST_CASE("a keeper that is full is said once and the replies come all the same") {
  World world;
  world.full = true;
  const RecordingSink sink = serve(*cached(world), {request(1, "a"), request(2, "b")});
  CHECK(sink.entries.at(1).reply->text == "paid");
  CHECK(sink.entries.at(2).reply->text == "paid");
  REQUIRE(sink.notices.size() == 1);
  CHECK(sink.notices[0].find("no space") != std::string::npos);
}

TEST_CASE("a feed may ask whether a reply is there before it gives the request") {
  World world;
  const std::unique_ptr<Backend> backend = cached(world);
  CHECK_FALSE(backend->has_reply(request(1, "a")));
  serve(*backend, {request(1, "a")});
  CHECK(backend->has_reply(request(2, "a")));
  CHECK_FALSE(backend->has_reply(request(3, "b")));
  world.finds = 0;
  CHECK(backend->has_reply(request(4, "a")));
  const RecordingSink sink = serve(*backend, {request(4, "a")});
  CHECK(sink.entries.at(4).reply->from_cache);
  CHECK(world.finds == 1);
}

TEST_CASE("a stop ends a long row of kept replies") {
  World world;
  const std::unique_ptr<Backend> backend = cached(world);
  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(request(i, "a"));
  serve(*backend, {request(99, "a")});
  ListFeed feed(requests);
  RecordingSink sink;
  std::stop_source stop;
  sink.on_finished = [&] {
    if (sink.entries.size() == 10) stop.request_stop();
  };
  REQUIRE(backend->serve(feed, sink, stop.get_token()));
  CHECK(sink.entries.size() == 10);
  CHECK(feed.left() == 40);
}

}  // namespace proctor::backends
