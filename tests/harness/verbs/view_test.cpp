// `proctor view` and `proctor report --format html`, as a shell calls them.
#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/harness/support/page_fixture.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/support/raw_client.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

// A running `proctor view` and its port.
struct Viewer {
  explicit Viewer(const std::filesystem::path& db, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {PROCTOR_BINARY, "view", "--db", db};
    command.insert(command.end(), more.begin(), more.end());
    Result<support::Child> started = support::Child::start(command);
    REQUIRE(started);
    child.emplace(std::move(*started));
    REQUIRE(comes_true([&] { return child->out().ends_with("/\n"); }));
    const std::string url = child->out();
    REQUIRE(url.starts_with("http://127.0.0.1:"));
    port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  // The whole answer to a GET, head and body.
  std::string get(const std::string& path, std::string host = {}) const {
    if (host.empty()) host = "127.0.0.1:" + std::to_string(port);
    const support::RawClient client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return client.read_until("").bytes;
  }
  json body(const std::string& path) const {
    const std::string answer = get(path);
    REQUIRE(answer.starts_with("HTTP/1.1 200 "));
    return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  }

  std::optional<support::Child> child;
  std::uint16_t port = 0;
};

TEST_CASE("view serves the page and the data of its runs") {
  const support::TempDir dir;
  const std::string run = std::to_string(add_page_run(dir / "t.db"));
  const Viewer viewer(dir / "t.db");
  const std::string page = viewer.get("/");
  CHECK(page.starts_with("HTTP/1.1 200 "));
  CHECK(page.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
  CHECK(page.find("{\"live\":true,\"run\":" + run + "}") != std::string::npos);
  CHECK(viewer.body("/api/runs").size() == 1);
  const json data = viewer.body("/api/run?run=" + run);
  CHECK(data.at("replies") == "live");
  CHECK(data.at("tasks")[0].at("outcome") == "ccwwnnfxpppp");
  const json sample = viewer.body("/api/sample?run=" + run + "&id=3");
  CHECK(sample.at("samples")[0].at("segments").dump().find("window.hacked") != std::string::npos);
}

TEST_CASE("view refuses what is not asked of this machine by name and what makes no sense") {
  const support::TempDir dir;
  add_page_run(dir / "t.db");
  const Viewer viewer(dir / "t.db");
  const std::string port = std::to_string(viewer.port);
  struct Row {
    std::string path;
    std::string host;
    const char* status;
  };
  const Row kRows[] = {
      {"/", "127.0.0.1:" + port, "200"},
      {"/", "localhost:" + port, "200"},
      {"/", "evil.example:" + port, "403"},  // DNS rebinding
      {"/api/runs", "evil.example", "403"},
      {"/api/run?run=1", "127.0.0.1", "403"},
      {"/api/run?run=1", "", "200"},
      {"/api/run?run=2", "", "404"},
      {"/api/run?run=x", "", "400"},
      {"/api/run", "", "400"},
      {"/api/sample?run=1&id=99", "", "404"},
      {"/api/sample?run=1", "", "400"},
      {"/etc/passwd", "", "404"},
      {"/../../etc/passwd", "", "404"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.path);
    CAPTURE(row.host);
    CHECK(viewer.get(row.path, row.host).substr(9, 3) == row.status);
  }
}

TEST_CASE("view listens on loopback alone") {
  const support::TempDir dir;
  add_page_run(dir / "t.db");
  const Viewer viewer(dir / "t.db");
  char suffix[8];
  std::snprintf(suffix, sizeof suffix, ":%04X", viewer.port);
  int listening = 0;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::istringstream lines(support::read_file(table));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::string slot, local, remote, state;
      fields >> slot >> local >> remote >> state;
      if (state != "0A" || !local.ends_with(suffix)) continue;  // 0A is LISTEN
      ++listening;
      CHECK(local.starts_with("0100007F"));
    }
  }
  CHECK(listening == 1);
}

TEST_CASE("a signal ends view in good order") {
  const support::TempDir dir;
  add_page_run(dir / "t.db");
  Viewer viewer(dir / "t.db");
  viewer.get("/");
  viewer.child->kill(SIGINT);
  const support::ChildEnd end = viewer.child->wait(std::chrono::seconds(20));
  CHECK(end.exit_code == 0);
}

TEST_CASE("view says what it cannot do") {
  const support::TempDir dir;
  add_page_run(dir / "t.db");
  const Viewer first(dir / "t.db");
  struct Row {
    std::vector<std::string> arguments;
    int exit_code;
    const char* says;
  };
  const Row kRows[] = {
      {{"view", "7", "--db", dir / "t.db"}, 2, "there is no run 7"},
      {{"view", "--db", dir / "none.db"}, 2, "no such store"},
      {{"view", "--db", dir / "t.db", "--port", std::to_string(first.port)}, 4, "cannot listen on"},
      {{"view", "--db", dir / "t.db", "--port", "70000"}, 2, "port"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.says);
    std::vector<std::string> command = {PROCTOR_BINARY};
    command.insert(command.end(), row.arguments.begin(), row.arguments.end());
    const support::ChildEnd end = run_program(command);
    CHECK(end.exit_code == row.exit_code);
    CHECK(end.err.find(row.says) != std::string::npos);
    CHECK(end.out.empty());
  }
}

TEST_CASE("report writes a page to a file or to stdout") {
  const support::TempDir dir;
  add_page_run(dir / "t.db");
  const support::ChildEnd printed =
      run_program({PROCTOR_BINARY, "report", "--format", "html", "--db", dir / "t.db"});
  CHECK(printed.exit_code == 0);
  CHECK(printed.err.empty());
  CHECK(printed.out.ends_with("</html>\n"));
  const support::ChildEnd stored = run_program({PROCTOR_BINARY, "report", "--format", "html",
                                                "--db", dir / "t.db", "--out", dir / "page.html"});
  CHECK(stored.exit_code == 0);
  CHECK(stored.out.empty());
  CHECK(support::read_file(dir / "page.html") == printed.out);
  const support::ChildEnd redacted =
      run_program({PROCTOR_BINARY, "report", "--format", "html", "--redact", "--db", dir / "t.db"});
  CHECK(redacted.exit_code == 0);
  CHECK(redacted.out != printed.out);
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--list", "--format", "html"}, {"--redact"}}) {
    std::vector<std::string> command = {PROCTOR_BINARY, "report", "--db", dir / "t.db"};
    command.insert(command.end(), flags.begin(), flags.end());
    CHECK(run_program(command).exit_code == 2);
  }
}

}  // namespace
}  // namespace proctor::harness
