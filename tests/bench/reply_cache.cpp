// What the response cache costs and saves: the same requests to a loopback server three times, past
// the cache, through an empty one that keeps each reply, and through that one again. The replies
// are of 16 KiB, streamed. Prints wall time a request, and each as a share of the first.
//
//   reply_cache [REQUESTS]
#include "backends/remote/reply_cache.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <memory>

#include "reports/reply_file.h"
#include "tests/support/backend_ends.h"
#include "tests/support/chat_format.h"
#include "tests/support/fake_server.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace proctor;

constexpr int kReplyBytes = 16 << 10;

support::Answer long_answer() {
  support::Reply reply;
  // Numbers, which pack as a model's text does and no better.
  while (reply.content.size() < kReplyBytes) {
    reply.content += std::to_string(reply.content.size() * 7919 % 100'003) + " + ";
  }
  reply.completion_tokens = kReplyBytes / 4;
  support::ChatFormat format;
  format.id = "chatcmpl-1";
  format.model = "bench";
  format.usage_in_stream = true;
  support::Answer joined;
  joined.steps.resize(1);
  for (const support::Step& step : support::stream(completion_events(reply, format)).steps) {
    joined.steps[0].bytes += step.bytes;
  }
  return joined;
}

std::vector<backends::Request> requests_of(int count) {
  std::vector<backends::Request> requests;
  for (int i = 0; i < count; ++i) {
    requests.push_back({.ticket = i,
                        .task = "bench",
                        .question_id = std::to_string(i),
                        .repeat = 0,
                        .prompt = {{"user", std::string(1000, 'x')}},
                        .sampling = {},
                        .seed = static_cast<std::uint64_t>(i)});
  }
  return requests;
}

// Microseconds a request; negative if not all were answered.
double serve(backends::Backend& backend, int count) {
  support::ListFeed feed(requests_of(count));
  support::RecordingSink sink;
  const auto begun = std::chrono::steady_clock::now();
  const Result<void> served = backend.serve(feed, sink, {});
  const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - begun;
  std::size_t answered = 0;
  for (const auto& [ticket, entry] : sink.entries) answered += entry.reply ? 1 : 0;
  return served && answered == static_cast<std::size_t>(count) ? wall.count() / count : -1;
}

std::unique_ptr<backends::Backend> backend_at(const std::string& url) {
  backends::BackendOptions options;
  options.base_url = url;
  Result<std::unique_ptr<backends::Backend>> made =
      backends::make_backend("openai-api/bench", options);
  check(static_cast<bool>(made));
  return std::move(*made);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 2000;
  const support::Answer answer = long_answer();
  support::FakeServer server([&](const support::HttpRequest&) { return answer; });
  const support::TempDir dir;
  Result<reports::ReplyFile> file = reports::ReplyFile::open(dir / "replies.db");
  check(static_cast<bool>(file));
  const std::unique_ptr<backends::Backend> bare = backend_at(server.base_url());
  const std::unique_ptr<backends::Backend> cached = backends::make_reply_cache(
      backend_at(server.base_url()),
      {.find = [&](const std::string& key) { return file->find(key); },
       .keep = [&](const std::string& key,
                   const Generation& reply) { return file->keep(key, reply); }},
      "");
  const double past = serve(*bare, count);
  const double keeping = serve(*cached, count);
  const double kept = serve(*cached, count);
  fmt::print(
      "past the cache {:.0f} us a request; keeping {:.0f} us ({:.2f}); kept {:.0f} us ({:.2f})\n",
      past, keeping, keeping / past, kept, kept / past);
  return past > 0 && keeping > 0 && kept > 0 ? 0 : 1;
}
