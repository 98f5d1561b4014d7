#include "tests/browser/chromium.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "harness/core/check.h"

namespace proctor::support {
namespace {

using nlohmann::json;

constexpr const char* kProgram = "/usr/bin/chromium";
constexpr int kPatienceMs = 60'000;  // a busy machine starts a browser slowly

// Both ends above the numbers 3 and 4, which the browser's are to be.
std::pair<FileDescriptor, FileDescriptor> high_pipe() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0);
  const FileDescriptor low[] = {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  return {FileDescriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, 10)),
          FileDescriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, 10))};
}

std::string decoded(const std::string& base64) {
  std::string bytes;
  unsigned group = 0;
  int bits = 0;
  for (const char c : base64) {
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) break;
    group = group << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

}  // namespace

bool Chromium::is_there() { return access(kProgram, X_OK) == 0; }

Chromium::Chromium() {
  auto [their_commands, commands] = high_pipe();
  auto [answers, their_answers] = high_pipe();
  std::vector<std::string> arguments = {kProgram,
                                        "--headless=new",
                                        "--no-sandbox",  // the tests may run as root
                                        "--disable-gpu",
                                        "--disable-dev-shm-usage",
                                        "--no-first-run",
                                        "--disable-background-networking",
                                        "--window-size=1400,900",
                                        "--user-data-dir=" + profile_.path().string(),
                                        "--remote-debugging-pipe"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions) == 0);
  check(posix_spawn_file_actions_adddup2(&actions, their_commands.get(), 3) == 0);
  check(posix_spawn_file_actions_adddup2(&actions, their_answers.get(), 4) == 0);
  check(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0);
  // A group of its own: it has a dozen processes, which end with it.
  posix_spawnattr_t attributes;
  check(posix_spawnattr_init(&attributes) == 0);
  check(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) == 0);
  const int error = posix_spawn(&pid_, kProgram, &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  REQUIRE(error == 0);
  commands_ = std::move(commands);
  answers_ = std::move(answers);

  const json target = call("Target.createTarget", {{"url", "about:blank"}}, false);
  session_ =
      call("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}}, false)
          .at("sessionId");
  for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) {
    call(domain, json::object());
  }
}

Chromium::~Chromium() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

json Chromium::next_message() {
  while (true) {
    if (const std::size_t end = received_.find('\0'); end != std::string::npos) {
      json message = json::parse(received_.substr(0, end), nullptr, false);
      received_.erase(0, end + 1);
      REQUIRE(message.is_object());
      return message;
    }
    pollfd readable{.fd = answers_.get(), .events = POLLIN, .revents = 0};
    REQUIRE(poll(&readable, 1, kPatienceMs) == 1);
    char buffer[65536];
    const ssize_t got = read(answers_.get(), buffer, sizeof buffer);
    REQUIRE(got > 0);
    received_.append(buffer, static_cast<std::size_t>(got));
  }
}

void Chromium::take_event(const json& message) {
  const std::string method = message.value("method", "");
  if (method == "Runtime.exceptionThrown") {
    complaints_.push_back(message.at("params").at("exceptionDetails").dump());
  } else if (method == "Runtime.consoleAPICalled") {
    const std::string type = message.at("params").at("type");
    if (type == "error" || type == "warning") complaints_.push_back(message.at("params").dump());
  } else if (method == "Log.entryAdded") {
    const json& entry = message.at("params").at("entry");
    if (entry.at("level") != "info" && entry.at("level") != "verbose") {
      complaints_.push_back(entry.dump());
    }
  }
}

json Chromium::call(const std::string& method, json parameters, bool of_page) {
  json command = {{"id", ++last_id_}, {"method", method}, {"params", std::move(parameters)}};
  if (of_page) command["sessionId"] = session_;
  const std::string text = command.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t wrote = write(commands_.get(), text.data() + sent, text.size() - sent);
    REQUIRE(wrote > 0);
    sent += static_cast<std::size_t>(wrote);
  }
  while (true) {
    const json message = next_message();
    if (message.value("id", 0) != last_id_) {
      take_event(message);
      continue;
    }
    INFO(method, ": ", message.dump().substr(0, 500));
    REQUIRE(message.contains("result"));
    return message.at("result");
  }
}

void Chromium::open(const std::string& url) {
  call("Page.navigate", {{"url", url}});
  CHECK(comes_true("document.readyState === 'complete'"));
}

json Chromium::evaluate(const std::string& expression) {
  const json answer =
      call("Runtime.evaluate",
           {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  INFO(expression, ": ", answer.dump());
  CHECK_FALSE(answer.contains("exceptionDetails"));
  return answer.at("result").value("value", json());
}

bool Chromium::comes_true(const std::string& expression) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (evaluate("Boolean(" + expression + ")") != true) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void Chromium::press(const std::string& key) {
  json event = {{"type", "keyDown"}, {"key", key}};
  if (key.size() == 1) event["text"] = key;
  if (key == "Enter") event["text"] = "\r";
  call("Input.dispatchKeyEvent", event);
  call("Input.dispatchKeyEvent", {{"type", "keyUp"}, {"key", key}});
}

void Chromium::prefer(const std::string& colour_scheme) {
  call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", colour_scheme}}}}});
}

void Chromium::screenshot(const std::filesystem::path& file) {
  const std::string picture = decoded(call("Page.captureScreenshot", json::object()).at("data"));
  std::ofstream(file, std::ios::binary) << picture;
}

}  // namespace proctor::support
