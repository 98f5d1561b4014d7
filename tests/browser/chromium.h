// A headless Chromium that a test drives over the DevTools protocol, by a pair of pipes
// (--remote-debugging-pipe): no port, no other program.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "tests/support/temp_dir.h"

namespace proctor::support {

// One browser with one page. What goes wrong with the browser itself fails the test.
class Chromium {
 public:
  // Whether the machine has one.
  static bool is_there();

  Chromium();
  ~Chromium();
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  // Goes to the address and waits until the page is loaded.
  void open(const std::string& url);

  // The value of an expression in the page; a promise is waited for.
  nlohmann::json evaluate(const std::string& expression);

  // Whether the expression becomes true within ten seconds.
  bool comes_true(const std::string& expression);

  // A key as a user presses it: "j", "Enter", "Escape".
  void press(const std::string& key);

  void prefer(const std::string& colour_scheme);  // "light" or "dark"

  // A PNG of what is in sight.
  void screenshot(const std::filesystem::path& file);

  // Errors and warnings that the page's console had so far, policy violations among them.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  nlohmann::json call(const std::string& method, nlohmann::json parameters, bool of_page = true);
  nlohmann::json next_message();
  void take_event(const nlohmann::json& message);

  TempDir profile_;
  pid_t pid_ = -1;
  FileDescriptor commands_;
  FileDescriptor answers_;
  std::string received_;
  std::string session_;
  int last_id_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace proctor::support
