// What the harness itself costs: whole runs of the proctor binary against an instant server on
// loopback, beside the bare minimum measured in the same run: libcurl alone sending the same
// requests to the same server, storing nothing.
//
//   run_overhead [SAMPLES [CONCURRENCY]]
#include <curl/curl.h>
#include <fmt/core.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace {

using proctor::support::Child;
using proctor::support::ChildEnd;
using proctor::support::ChildOptions;
using proctor::support::TempDir;
using Clock = std::chrono::steady_clock;

constexpr int kQuestions = 500;

struct Measured {
  double wall_s = 0;
  double cpu_s = 0;
  double rss_mb = 0;
};

double seconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e6; }

// 500 questions in the schema of MATH-500, some 200 bytes each.
std::string questions() {
  std::string rows;
  for (int i = 0; i < kQuestions; ++i) {
    rows += fmt::format(
        R"({{"problem":"A shop sells {} apples in the morning and {} in the evening, at the same )"
        R"(price, and counts the boxes that are left. What is the sum of both numbers of apples, )"
        R"(given that nothing is returned?","solution":"Add.","answer":"{}","subject":"Algebra",)"
        R"("level":1,"unique_id":"bench/{}.json"}})"
        "\n",
        i, i + 1, 2 * i + 1, i);
  }
  return rows;
}

// A server in a process of its own, so that its time is not counted.
struct Server {
  Child child;
  std::string base_url;
};

Server start_server() {
  ChildOptions options;
  options.hold_stdin = true;
  proctor::Result<Child> child = Child::start({INSTANT_SERVER_BINARY, "--tokens", "16"}, options);
  proctor::check(static_cast<bool>(child));
  std::string port;
  while ((port = child->out()).find('\n') == std::string::npos) {
  }
  port.resize(port.find('\n'));
  return {std::move(*child), "http://127.0.0.1:" + port + "/v1"};
}

Measured run_proctor(const TempDir& dir, const std::string& base_url, int samples, int concurrency,
                     bool stream) {
  std::vector<std::string> command = {PROCTOR_BINARY,
                                      "run",
                                      "math500",
                                      "--model",
                                      "openai-api/instant",
                                      "--base-url",
                                      base_url,
                                      "--samples",
                                      std::to_string(samples / kQuestions),
                                      "--concurrency",
                                      std::to_string(concurrency),
                                      "--data",
                                      dir.path().string(),
                                      "--db",
                                      (dir / (stream ? "stream.db" : "whole.db")).string(),
                                      "--quiet",
                                      "--no-canary",
                                      "--fresh"};
  if (!stream) command.push_back("--no-stream");
  const Clock::time_point start = Clock::now();
  proctor::Result<Child> child = Child::start(command);
  proctor::check(static_cast<bool>(child));
  const ChildEnd end = child->wait(std::chrono::minutes(30));
  if (end.exit_code != 0) {
    fmt::print(stderr, "{}{}", end.out, end.err);
    std::exit(1);
  }
  return {std::chrono::duration<double>(Clock::now() - start).count(),
          seconds(end.user_cpu) + seconds(end.system_cpu),
          static_cast<double>(end.max_rss_kib) / 1024};
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// libcurl's own multi loop with as many handles, the same body each time.
Measured run_curl(const std::string& url, int samples, int concurrency, bool stream) {
  const std::string body =
      R"({"model":"instant","messages":[{"role":"user","content":")" + std::string(300, 'x') +
      R"("}],"max_tokens":32768,"temperature":0.6,"top_p":0.95,"seed":1)" +
      (stream ? R"(,"stream":true})" : "}");
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  CURLM* multi = curl_multi_init();
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const Clock::time_point start = Clock::now();
  int left = samples;
  std::vector<CURL*> handles;
  for (int i = 0; i < concurrency && left > 0; ++i, --left) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    curl_multi_add_handle(multi, easy);
    handles.push_back(easy);
  }
  for (int running = 1; running > 0 || left > 0;) {
    curl_multi_perform(multi, &running);
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &queued)) {
      CURL* easy = message->easy_handle;
      proctor::check(message->data.result == CURLE_OK);
      curl_multi_remove_handle(multi, easy);
      if (left-- > 0) curl_multi_add_handle(multi, easy);
    }
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  for (CURL* easy : handles) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  const auto cpu = [](const rusage& usage) {
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  };
  return {wall, cpu(after) - cpu(before), 0};
}

void print_row(const char* what, int samples, const Measured& measured) {
  fmt::print("{:<28} {:>10.0f} {:>14.0f} {:>10.1f} {:>10.1f}\n", what, samples / measured.wall_s,
             samples / measured.cpu_s, 1e6 * measured.cpu_s / samples, measured.rss_mb);
}

}  // namespace

int main(int argc, char** argv) {
  const int samples = argc > 1 ? std::atoi(argv[1]) / kQuestions * kQuestions : 100'000;
  const int concurrency = argc > 2 ? std::atoi(argv[2]) : 64;
  const TempDir dir;
  const std::string rows = dir.write("questions.jsonl", questions()).string();
  const proctor::Result<ChildEnd> imported = proctor::support::run_child(
      {PROCTOR_BINARY, "data", "import", rows, "--task", "math500", "--data", dir.path().string()});
  proctor::check(imported && imported->exit_code == 0);
  const Server server = start_server();

  fmt::print("{} samples, {} in flight\n{:<28} {:>10} {:>14} {:>10} {:>10}\n", samples, concurrency,
             "", "per second", "per CPU second", "us CPU", "RSS MB");
  for (const bool stream : {false, true}) {
    const Measured bare =
        run_curl(server.base_url + "/chat/completions", samples, concurrency, stream);
    const Measured whole = run_proctor(dir, server.base_url, samples, concurrency, stream);
    print_row(stream ? "libcurl alone, streamed" : "libcurl alone", samples, bare);
    print_row(stream ? "proctor run, streamed" : "proctor run", samples, whole);
    fmt::print("{:<28} {:>10.2f} {:>14.2f}\n", "ratio", bare.wall_s / whole.wall_s,
               bare.cpu_s / whole.cpu_s);
  }
  return 0;
}
