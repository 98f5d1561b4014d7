// An endpoint that costs nothing, to measure a client against: the same completion for every
// request, prepared once. Prints its port, serves until stdin closes, then says what it served.
//
//   instant_server [--tokens N]
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "tests/support/chat_format.h"
#include "tests/support/fake_server.h"

namespace {

using namespace proctor::support;

constexpr int kDefaultTokens = 16;

std::optional<int> parse_tokens(int argc, char** argv) {
  if (argc == 1) return kDefaultTokens;
  if (argc != 3 || std::string_view(argv[1]) != "--tokens") return std::nullopt;
  const std::string_view text = argv[2];
  int tokens = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tokens);
  if (error != std::errc() || end != text.data() + text.size() || tokens < 1) return std::nullopt;
  return tokens;
}

Reply reply_of(int tokens) {
  Reply reply;
  reply.content = "<think>\n</think>\n\n";
  for (int i = 4; i < tokens; ++i) reply.content.append("So ");
  reply.content.append("\\boxed{25}");
  reply.completion_tokens = tokens;
  return reply;
}

// The answer as one run of bytes: the server joins steps, but joining them once is cheaper.
Answer in_one_step(const Answer& answer) {
  Answer joined;
  joined.steps.resize(1);
  for (const Step& step : answer.steps) joined.steps[0].bytes.append(step.bytes);
  return joined;
}

void wait_for_end_of_stdin() {
  char ignored[4096];
  while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<int> tokens = parse_tokens(argc, argv);
  if (!tokens) {
    std::fprintf(stderr, "usage: instant_server [--tokens N]\n");
    return 2;
  }
  const Reply reply = reply_of(*tokens);
  const ChatFormat format = {.id = "chatcmpl-0",
                             .model = "instant",
                             .fingerprint = "fp_instant",
                             .prompt_tokens = 100,
                             .usage_in_stream = true};
  const Answer plain = in_one_step(respond_json(200, completion_body(reply, format)));
  const Answer streamed = in_one_step(stream(completion_events(reply, format)));

  const FakeServer server([&](const HttpRequest& request) {
    const bool wants_stream = request.body.find("\"stream\":true") != std::string_view::npos;
    return wants_stream ? streamed : plain;
  });
  std::printf("%u\n", static_cast<unsigned>(server.port()));
  std::fflush(stdout);
  wait_for_end_of_stdin();

  const ServerCounters counters = server.counters();
  std::fprintf(stderr, "%llu requests on %llu connections, %llu bytes sent\n",
               static_cast<unsigned long long>(counters.requests),
               static_cast<unsigned long long>(counters.connections),
               static_cast<unsigned long long>(counters.bytes_sent));
  return 0;
}
