// JUnit XML, which CI systems read: suites of cases, each passed, failed, broken or skipped. Pure.
//
// The elements are those that Jenkins' xUnit schema and GitLab read: testsuites, testsuite,
// testcase, failure, error, skipped, system-out and properties.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proctor::reports {

struct JunitCase {
  enum class Outcome {
    passed,
    failed,   // what was tested is not as it should be
    broken,   // it could not be tested: an <error>
    skipped,  // nothing was found out
  };

  std::string name;
  Outcome outcome = Outcome::passed;
  std::string message{};  // of an outcome other than passed
  std::string output{};   // for people, any outcome
};

struct JunitSuite {
  std::string name;
  std::vector<std::pair<std::string, std::string>> properties{};
  std::vector<JunitCase> cases{};
};

// The whole document, UTF-8.
std::string format_junit(std::string_view name, std::span<const JunitSuite> suites);

}  // namespace proctor::reports
