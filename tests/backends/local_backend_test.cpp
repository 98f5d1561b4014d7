// The built-in engine behind the backend's interface, on the embedded model.
#include "backends/local/local_backend.h"

#include <doctest/doctest.h>

#include "tests/support/backend_ends.h"
#include "tests/support/temp_dir.h"

namespace proctor::backends {
namespace {

Request request(std::int64_t ticket, int max_tokens = 40) {
  return {.ticket = ticket,
          .task = "quickstart-aime",
          .question_id = "1",
          .repeat = static_cast<int>(ticket),
          .prompt = {{.role = "user", .content = "Compute $17 + 26$."}},
          .sampling = {.temperature = 1.0,
                       .top_p = 1.0,
                       .top_k = std::nullopt,
                       .max_tokens = max_tokens},
          .seed = 77 + static_cast<std::uint64_t>(ticket)};
}

// Of the cache and of what it is swapped to. Enough for the model's few requests: sanitizers write
// a shadow of all that is taken.
constexpr double kMemoryGib = 0.0625;

std::unique_ptr<Backend> tiny(int concurrency = 64, const char* device = "cpu") {
  BackendOptions options;
  options.concurrency = concurrency;
  options.cache_gib = kMemoryGib;
  options.swap_gib = kMemoryGib;
  options.device = device;
  options.threads = 1;
  Result<std::unique_ptr<Backend>> backend = make_backend("tiny", options);
  REQUIRE_MESSAGE(backend, (backend ? "" : backend.error().message()));
  return std::move(*backend);
}

TEST_CASE("the embedded model answers each request once, with its cost") {
  std::vector<Request> requests;
  for (std::int64_t ticket = 0; ticket < 20; ++ticket) requests.push_back(request(ticket));
  support::ListFeed feed(requests);
  support::RecordingSink sink;
  REQUIRE(tiny()->serve(feed, sink, {}));
  REQUIRE(sink.entries.size() == 20);
  for (const auto& [ticket, entry] : sink.entries) {
    CAPTURE(ticket);
    CHECK(entry.started == 1);
    CHECK(entry.finished == 1);
    REQUIRE(entry.reply);
    CHECK(entry.reply->usage.completion == entry.tokens);
    CHECK(entry.reply->usage.prompt > 5);
    CHECK(entry.reply->served_by.starts_with("engine/tiny@"));
  }
}

TEST_CASE("a reply depends on its seed and not on how many are in flight") {
  const auto texts = [](int concurrency) {
    std::vector<Request> requests;
    for (std::int64_t ticket = 0; ticket < 12; ++ticket) requests.push_back(request(ticket));
    support::ListFeed feed(requests);
    support::RecordingSink sink;
    REQUIRE(tiny(concurrency)->serve(feed, sink, {}));
    std::vector<std::string> all;
    for (const auto& [ticket, entry] : sink.entries) all.push_back(entry.reply->text);
    return all;
  };
  CHECK(texts(1) == texts(12));
  CHECK(texts(5) == texts(12));
}

TEST_CASE("a limit that the prompt is part of shortens the reply by the prompt") {
  CHECK(tiny()->counts_prompts());
  Request apart = request(1, 30);
  Request together = request(1, 30);
  together.limit_includes_prompt = true;
  Request full = request(2, 5);
  full.limit_includes_prompt = true;
  const auto completion = [](const Request& asked) {
    support::ListFeed feed({asked});
    support::RecordingSink sink;
    REQUIRE(tiny()->serve(feed, sink, {}));
    const auto& entry = sink.entries.at(asked.ticket);
    return entry.reply ? std::pair(*entry.reply->usage.prompt, *entry.reply->usage.completion)
                       : std::pair(std::int64_t{0}, std::int64_t{0});
  };
  const auto [prompt, longer] = completion(apart);
  const auto [same_prompt, shorter] = completion(together);
  CHECK(longer == 30);
  CHECK(prompt == same_prompt);
  CHECK(shorter == 30 - prompt);
  CHECK(completion(full).second == 0);  // no room for a single token: an error of that request
}

TEST_CASE("a request that does not fit fails with the reason, and the others go on") {
  support::ListFeed feed({request(1), request(2, 1'000'000), request(3)});
  support::RecordingSink sink;
  REQUIRE(tiny()->serve(feed, sink, {}));
  CHECK(sink.entries.at(1).reply);
  CHECK(sink.entries.at(3).reply);
  REQUIRE(sink.entries.at(2).error);
  CHECK(sink.entries.at(2).error->message().find("--max-tokens") != std::string::npos);
}

TEST_CASE("several devices share the work and write what one would") {
  const auto run = [](const char* device) {
    std::vector<Request> requests;
    for (std::int64_t ticket = 0; ticket < 30; ++ticket) requests.push_back(request(ticket));
    requests[7].sampling.max_tokens = 1'000'000;  // fails, on whichever device
    support::RecordingSink sink;
    support::ListFeed feed(requests);
    const std::unique_ptr<Backend> backend = tiny(4, device);
    CHECK(backend->identity().ends_with("/cpu-f32"));
    REQUIRE(backend->serve(feed, sink, {}));
    std::map<std::int64_t, std::string> texts;
    for (const auto& [ticket, entry] : sink.entries) {
      CAPTURE(ticket);
      CHECK(entry.started == 1);
      CHECK(entry.finished == 1);
      CHECK(entry.reply.has_value() == (ticket != 7));
      if (!entry.reply) continue;
      CHECK(entry.reply->usage.completion == entry.tokens);
      texts[ticket] = entry.reply->text;
    }
    CHECK(texts.size() == 29);
    return texts;
  };
  const std::map<std::int64_t, std::string> alone = run("cpu");
  CHECK(run("cpu:2") == alone);
  CHECK(run("cpu:3") == alone);
}

TEST_CASE("devices that hesitate for their feed neither lose nor repeat a request") {
  std::vector<Request> requests;
  for (std::int64_t ticket = 0; ticket < 25; ++ticket) requests.push_back(request(ticket));
  support::RecordingSink sink;
  support::HesitantFeed feed(requests, sink, 3);
  REQUIRE(tiny(4, "cpu:2")->serve(feed, sink, {}));
  CHECK(sink.entries.size() == 25);
  for (const auto& [ticket, entry] : sink.entries) CHECK(entry.reply);
  CHECK(feed.most_under_way == 3);
}

TEST_CASE("engines that the caller made answer as the backend's own") {
  const auto made = [](bool loop_stop) {
    Result<engine::Model> model = engine::Model::tiny();
    REQUIRE(model);
    auto kept = std::make_unique<engine::Model>(std::move(*model));
    std::vector<std::unique_ptr<engine::Engine>> engines;
    for (int i = 0; i < 2; ++i) {
      Result<std::unique_ptr<engine::Engine>> engine =
          engine::Engine::make(*kept, {.device = "cpu",
                                       .threads = 1,
                                       .max_sequences = 4,
                                       .cache_gib = kMemoryGib,
                                       .swap_gib = kMemoryGib});
      REQUIRE(engine);
      engines.push_back(std::move(*engine));
    }
    Result<std::unique_ptr<Backend>> backend =
        make_engine_backend(std::move(kept), std::move(engines), "tiny", {.loop_stop = loop_stop});
    REQUIRE(backend);
    return std::move(*backend);
  };
  const auto texts = [](Backend& backend) {
    support::ListFeed feed({request(1), request(2), request(3)});
    support::RecordingSink sink;
    REQUIRE(backend.serve(feed, sink, {}));
    std::vector<std::string> all;
    for (const auto& [ticket, entry] : sink.entries) all.push_back(entry.reply->text);
    return all;
  };
  const std::unique_ptr<Backend> own = tiny();
  const std::unique_ptr<Backend> given = made(false);
  CHECK(given->identity() == own->identity());
  CHECK(made(true)->identity() == own->identity() + "/loop-stop");
  CHECK(texts(*given) == texts(*own));
}

TEST_CASE("what changes replies is named in the identity and given to nobody else") {
  const auto identity = [](auto change) {
    BackendOptions options;
    options.threads = 1;
    options.device = "cpu";
    options.cache_gib = kMemoryGib;
    options.swap_gib = kMemoryGib;
    change(options);
    const Result<std::unique_ptr<Backend>> backend = make_backend("tiny", options);
    REQUIRE_MESSAGE(backend, (backend ? "" : backend.error().message()));
    return (*backend)->identity();
  };
  const std::string plain = identity([](BackendOptions&) {});
  CHECK(plain.ends_with("/cpu-f32"));
  CHECK(identity([](BackendOptions& options) { options.kv_cache = "fp8"; }) == plain + "-kv-e4m3");
  CHECK(identity([](BackendOptions& options) { options.weights = "fp8"; }) ==
        plain + "-weights-e4m3");
  CHECK(identity([](BackendOptions& options) { options.loop_stop = true; }) ==
        plain + "/loop-stop");

  BackendOptions odd;
  odd.kv_cache = "int4";
  const Result<std::unique_ptr<Backend>> unknown = make_backend("tiny", odd);
  REQUIRE(!unknown);
  CHECK(unknown.error().message().find("int4") != std::string::npos);
  BackendOptions looping;
  looping.loop_stop = true;
  const Result<std::unique_ptr<Backend>> remote = make_backend("openai/some", looping);
  REQUIRE(!remote);
  CHECK(remote.error().message().find("--loop-stop") != std::string::npos);
}

TEST_CASE("with a cache in 8 bits replies are others and still depend on their seeds alone") {
  const auto texts = [](const char* kv_cache, int concurrency) {
    BackendOptions options;
    options.threads = 1;
    options.device = "cpu";
    options.cache_gib = kMemoryGib;
    options.swap_gib = kMemoryGib;
    options.kv_cache = kv_cache;
    options.concurrency = concurrency;
    std::vector<Request> requests;
    for (std::int64_t ticket = 0; ticket < 8; ++ticket) requests.push_back(request(ticket, 80));
    support::ListFeed feed(requests);
    support::RecordingSink sink;
    const Result<std::unique_ptr<Backend>> backend = make_backend("tiny", options);
    REQUIRE(backend);
    REQUIRE((*backend)->serve(feed, sink, {}));
    std::vector<std::string> all;
    for (const auto& [ticket, entry] : sink.entries) all.push_back(entry.reply->text);
    return all;
  };
  CHECK(texts("fp8", 1) == texts("fp8", 8));
  CHECK(texts("fp8", 8) != texts("full", 8));
}

TEST_CASE("a stop drops what is in flight") {
  for (const char* device : {"cpu", "cpu:2"}) {
    CAPTURE(device);
    std::stop_source stop;
    std::vector<Request> requests;
    for (std::int64_t ticket = 0; ticket < 50; ++ticket) requests.push_back(request(ticket, 200));
    support::ListFeed feed(requests);
    support::RecordingSink sink;
    sink.on_finished = [&] { stop.request_stop(); };
    const std::unique_ptr<Backend> backend = tiny(2, device);
    REQUIRE(backend->serve(feed, sink, stop.get_token()));
    int finished = 0;
    for (const auto& [ticket, entry] : sink.entries) finished += entry.finished;
    CHECK(finished >= 1);
    CHECK(finished < 50);
    CHECK(feed.left() > 0);

    support::ListFeed another({request(99)});  // nothing of the first run is in the way
    support::RecordingSink after;
    REQUIRE(backend->serve(another, after, {}));
    CHECK(after.entries.size() == 1);
    CHECK(after.entries.at(99).reply);
  }
}

TEST_CASE("lists of devices that are none are refused") {
  for (const char* device : {"cpu:0", "cpu:", "cpu:x", "cpu:65", "cuda:0,", "cuda:0,0", "cuda:a"}) {
    CAPTURE(device);
    BackendOptions options;
    options.device = device;
    const Result<std::unique_ptr<Backend>> backend = make_backend("tiny", options);
    REQUIRE(!backend);
    CHECK(backend.error().message().find(device) != std::string::npos);
    CHECK(backend.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("the embedded model is known to open the thinking itself") {
  CHECK(tiny()->prefills_thinking() == true);
  CHECK(tiny()->identity() == tiny()->identity());
  CHECK(tiny()->identity().ends_with("/cpu-f32"));
}

TEST_CASE("model specs that name no model are refused") {
  const support::TempDir empty;
  const std::string specs[] = {"tiny/", "tinyx", "local/", "local/" + empty.path().string()};
  for (const std::string& spec : specs) {
    CAPTURE(spec);
    CHECK(!make_backend(spec, {}));
  }
}

}  // namespace
}  // namespace proctor::backends
