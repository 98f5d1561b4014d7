// HTTP/2 and TLS, with nghttpx (Debian: nghttp2-proxy) before the fake server. Its access log says
// which protocol was spoken and over how many connections.
#include <curl/curl.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "tests/support/child.h"
#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

constexpr const char* kProxy = "/usr/sbin/nghttpx";

bool have_proxy() { return access(kProxy, X_OK) == 0; }

// A port that was free a moment ago.
std::string free_port() {
  const FakeServer server([](const HttpRequest&) { return Answer(); });
  return std::to_string(server.port());
}

struct Proxy {
  TempDir dir;
  std::string port = free_port();
  std::optional<Child> child;

  std::string certificate() const { return (dir / "cert.pem").string(); }
  std::string log() const { return (dir / "access.log").string(); }
};

void start(Proxy& proxy, const FakeServer& server, bool tls) {
  std::vector<std::string> command = {kProxy,
                                      "--conf=/dev/null",
                                      "--workers=1",
                                      "--log-level=FATAL",
                                      "--backend=127.0.0.1," + std::to_string(server.port()),
                                      "--frontend=127.0.0.1," + proxy.port + (tls ? "" : ";no-tls"),
                                      "--accesslog-file=" + proxy.log(),
                                      "--accesslog-format=$remote_port $request"};
  if (tls) {
    const std::string key = (proxy.dir / "key.pem").string();
    const Result<ChildEnd> made = run_child(
        {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", proxy.certificate(), "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"});
    REQUIRE((made && made->exit_code == 0));
    command.push_back(key);
    command.push_back(proxy.certificate());
  }
  Result<Child> child = Child::start(command);
  REQUIRE(child);
  proxy.child.emplace(std::move(*child));
}

// How many connections brought HTTP/2 requests; every request must have been one.
std::size_t http2_connections(const Proxy& proxy) {
  std::ifstream file(proxy.log());
  std::set<std::string> ports;
  for (std::string line; std::getline(file, line);) {
    CHECK(line.find("HTTP/2") != std::string::npos);
    ports.insert(line.substr(0, line.find(' ')));
  }
  return ports.size();
}

BackendOptions options_for(const Proxy& proxy, bool tls) {
  BackendOptions options =
      quick_options(std::string(tls ? "https" : "http") + "://127.0.0.1:" + proxy.port + "/v1");
  options.max_attempts = 0;  // until the proxy is up
  options.deadline_s = 60;
  options.concurrency = 32;
  options.idle_timeout_s = 20;
  return options;
}

void check_answered(const Served& served, std::size_t count) {
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.size() == count);
  for (const auto& [ticket, entry] : served.sink.entries) CHECK(entry.reply);
}

}  // namespace

TEST_CASE("many requests share a connection over HTTP 2 with and without TLS") {
  if (!have_proxy()) SKIP("needs nghttpx: nghttp2-proxy is not installed");
  const auto answers = sums(40);
  for (const bool tls : {true, false}) {
    CAPTURE(tls);
    FakeModel model(answers, {.gap = std::chrono::milliseconds(1)});
    FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
    Proxy proxy;
    start(proxy, server, tls);
    BackendOptions options = options_for(proxy, tls);
    if (tls) options.ca_file = proxy.certificate();
    options.http2 = !tls;
    check_answered(serve_by("openai-api/fake-r1", requests_for(answers, 5), options), 200);
    const std::size_t connections = http2_connections(proxy);
    CHECK(connections >= 1);
    const bool shares = tls || curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
    CHECK(connections <= (shares ? 4 : 200));  // for 32 requests at a time
  }
}

TEST_CASE("a certificate that nobody vouches for ends the serving and nothing is sent") {
  if (!have_proxy()) SKIP("needs nghttpx: nghttp2-proxy is not installed");
  const auto answers = sums(2);
  FakeModel model(answers);
  FakeServer server([&](const HttpRequest& request) { return model.answer(request); });
  Proxy proxy;
  start(proxy, server, /*tls=*/true);
  BackendOptions options = options_for(proxy, true);
  options.api_key = "sk-0123456789";
  const Served served = serve_by("openai-api/fake-r1", requests_for(answers, 2), options);
  REQUIRE_FALSE(served.done);
  CHECK(served.done.error().code() == ErrorCode::refused);
  CHECK(served.done.error().message().find("certificate") != std::string::npos);
  CHECK(server.counters().requests == 0);
}
