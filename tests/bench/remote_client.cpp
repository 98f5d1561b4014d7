// The remote backend alone: so many requests to a server, replies counted and dropped. Prints one
// JSON object; tests/peers/compare_clients.py runs it beside other harnesses' clients.
//
//   remote_client BASE_URL REQUESTS CONCURRENCY stream|whole
#include <fmt/core.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include "backends/backend.h"

namespace {

using namespace proctor;

class Feed : public backends::RequestFeed {
 public:
  explicit Feed(std::int64_t requests) : left_(requests) {}

  std::optional<backends::Request> next() override {
    if (left_ == 0) return std::nullopt;
    const std::int64_t ticket = left_--;
    return backends::Request{.ticket = ticket,
                             .task = "bench",
                             .question_id = std::to_string(ticket),
                             .repeat = 0,
                             .prompt = {{"user", std::string(300, 'x')}},
                             .sampling = {},
                             .seed = static_cast<std::uint64_t>(ticket)};
  }

 private:
  std::int64_t left_;
};

class Counter : public backends::ReplySink {
 public:
  void started(std::int64_t) override {}
  void streamed(std::int64_t, int) override {}
  void retried(std::int64_t, const Error&) override { ++retries; }
  void noticed(const std::string&) override {}
  void finished(std::int64_t, Result<Generation> reply, int) override {
    if (!reply) return;
    ++answered;
    tokens += reply->usage.completion.value_or(0);
  }

  std::int64_t answered = 0;
  std::int64_t retries = 0;
  std::int64_t tokens = 0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: remote_client BASE_URL REQUESTS CONCURRENCY stream|whole\n");
    return 2;
  }
  backends::BackendOptions options;
  options.base_url = argv[1];
  options.concurrency = std::atoi(argv[3]);
  options.stream = std::string_view(argv[4]) == "stream";
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend("openai-api/instant", options);
  if (!backend) {
    fmt::print(stderr, "{}\n", backend.error().message());
    return 2;
  }
  Feed feed(std::atoll(argv[2]));
  Counter counter;
  const double cpu_before = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  const Result<void> served = (*backend)->serve(feed, counter, {});
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print(R"({{"answered":{},"retries":{},"tokens":{},"wall_s":{:.4f},"cpu_s":{:.4f}}})"
             "\n",
             counter.answered, counter.retries, counter.tokens, wall, cpu_seconds() - cpu_before);
  return served ? 0 : 1;
}
