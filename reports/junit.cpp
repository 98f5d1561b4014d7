#include "reports/junit.h"

#include <fmt/core.h>

#include <algorithm>

#include "reports/xml.h"

namespace proctor::reports {
namespace {

using Outcome = JunitCase::Outcome;

std::size_t count_of(std::span<const JunitCase> cases, Outcome outcome) {
  return static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(), [&](const JunitCase& one) { return one.outcome == outcome; }));
}

std::string counts_of(std::span<const JunitCase> cases) {
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", cases.size(),
                     count_of(cases, Outcome::failed), count_of(cases, Outcome::broken),
                     count_of(cases, Outcome::skipped));
}

std::string outcome_element(const JunitCase& one) {
  const std::string message = xml_escape(one.message);
  switch (one.outcome) {
    case Outcome::passed:
      return {};
    case Outcome::failed:
      return fmt::format("      <failure message=\"{}\"/>\n", message);
    case Outcome::broken:
      return fmt::format("      <error message=\"{}\"/>\n", message);
    case Outcome::skipped:
      return fmt::format("      <skipped message=\"{}\"/>\n", message);
  }
  return {};
}

std::string case_element(const JunitSuite& suite, const JunitCase& one) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n",
                                 xml_escape(suite.name), xml_escape(one.name));
  text += outcome_element(one);
  if (!one.output.empty()) {
    text += "      <system-out>" + xml_escape(one.output) + "</system-out>\n";
  }
  return text + "    </testcase>\n";
}

std::string suite_element(const JunitSuite& suite) {
  std::string text =
      fmt::format("  <testsuite name=\"{}\" {}>\n", xml_escape(suite.name), counts_of(suite.cases));
  if (!suite.properties.empty()) {
    text += "    <properties>\n";
    for (const auto& [name, value] : suite.properties) {
      text += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml_escape(name),
                          xml_escape(value));
    }
    text += "    </properties>\n";
  }
  for (const JunitCase& one : suite.cases) text += case_element(suite, one);
  return text + "  </testsuite>\n";
}

}  // namespace

std::string format_junit(std::string_view name, std::span<const JunitSuite> suites) {
  std::vector<JunitCase> all;
  for (const JunitSuite& suite : suites) {
    all.insert(all.end(), suite.cases.begin(), suite.cases.end());
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"{}\" {}>\n", xml_escape(name), counts_of(all));
  for (const JunitSuite& suite : suites) text += suite_element(suite);
  return text + "</testsuites>\n";
}

}  // namespace proctor::reports
