#include "graders/code/drivers.h"

#include <sys/random.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "harness/core/check.h"

namespace proctor::embedded {
extern const std::string_view kProgramDriver;
extern const std::string_view kReportDriver;
extern const std::string_view kFunctionDriver;
extern const std::string_view kCompatDriver;
extern const std::string_view kRehearsalDriver;
}  // namespace proctor::embedded

namespace proctor::graders::code {
namespace {

// A driver's script ends in a line of its own, the call of its entry.
sandbox::Program driven(std::string code, std::string_view entry,
                        std::vector<std::string> arguments) {
  sandbox::Program program;
  program.arguments = {"/usr/bin/python3", "-s", "-S", "/box/driver.py"};
  for (std::string& argument : arguments) program.arguments.push_back(std::move(argument));
  program.root = sandbox::Root::python;
  program.files.push_back({.name = "driver.py", .content = driver_prefix().append(entry)});
  program.files.push_back({.name = "main.py", .content = std::move(code)});
  program.warm = true;
  return program;
}

// One record of a report (drivers/report.py).
struct ReportRecord {
  std::string_view kind;
  std::string_view payload;
};

// Takes the next record off the front of `report`; nothing if what is there is not a whole one.
std::optional<ReportRecord> take_record(std::string_view& report, std::string_view nonce) {
  const std::size_t line_end = report.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::string_view line = report.substr(0, line_end);
  const std::size_t kind_at = nonce.size() + 1;
  const std::size_t size_at = line.rfind(' ') + 1;
  if (!line.starts_with(nonce) || size_at <= kind_at) return std::nullopt;
  std::size_t size = 0;
  const auto [end, status] =
      std::from_chars(line.data() + size_at, line.data() + line.size(), size);
  if (status != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  const std::string_view rest = report.substr(line_end + 1);
  if (rest.size() < size) return std::nullopt;
  report = rest.substr(size);
  return ReportRecord{line.substr(kind_at, size_at - 1 - kind_at), rest.substr(0, size)};
}

// The records up to the first bytes that are none.
std::vector<ReportRecord> parse_records(std::string_view report, std::string_view nonce) {
  std::vector<ReportRecord> records;
  while (const std::optional<ReportRecord> record = take_record(report, nonce)) {
    records.push_back(*record);
  }
  return records;
}

struct FunctionKind {
  std::string_view name;
  FunctionEnd::Kind kind;
};
constexpr FunctionKind kFunctionKinds[] = {
    {"value", FunctionEnd::Kind::value},        {"unequal", FunctionEnd::Kind::unequal},
    {"foreign", FunctionEnd::Kind::unreadable}, {"unprintable", FunctionEnd::Kind::unreadable},
    {"left", FunctionEnd::Kind::left},
};

struct CompatKind {
  std::string_view name;
  CompatTest::Kind kind;
};
constexpr CompatKind kCompatKinds[] = {
    {"output", CompatTest::Kind::output},      {"value", CompatTest::Kind::value},
    {"unequal", CompatTest::Kind::unequal},    {"unprintable", CompatTest::Kind::unprintable},
    {"foreign", CompatTest::Kind::unreadable}, {"limit", CompatTest::Kind::time_limit},
    {"error", CompatTest::Kind::error},
};

template <class Table>
auto kind_named(const Table& table, std::string_view name)
    -> std::optional<decltype(table[0].kind)> {
  for (const auto& row : table) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

}  // namespace

std::string driver_prefix() {
  std::string prefix;
  for (const std::string_view part :
       {embedded::kProgramDriver, embedded::kReportDriver, embedded::kFunctionDriver,
        embedded::kCompatDriver, embedded::kRehearsalDriver}) {
    prefix.append(part).append("\n\n");
  }
  return prefix;
}

std::string make_nonce() {
  unsigned char bytes[16];
  check(getrandom(bytes, sizeof bytes, 0) == sizeof bytes);  // so few come at once, getrandom(2)
  std::string nonce;
  for (const unsigned char byte : bytes) nonce.push_back(static_cast<char>('a' + byte % 16));
  return nonce;
}

sandbox::Program stdin_program(std::string code, std::string input, Prelude prelude) {
  sandbox::Program program = driven(
      std::move(code),
      prelude == Prelude::none ? "run_program(prelude=False)\n" : "run_program(prelude=True)\n",
      {});
  program.input = std::move(input);
  return program;
}

sandbox::Program function_program(std::string code, const std::string& function,
                                  std::string arguments, const std::string& nonce) {
  sandbox::Program program = driven(std::move(code), "run_function()\n", {function, nonce});
  program.input = std::move(arguments);
  program.report = true;
  return program;
}

FunctionEnd parse_function_report(std::string_view report, std::string_view nonce) {
  const std::vector<ReportRecord> records = parse_records(report, nonce);
  if (records.empty()) return {};
  const auto kind = kind_named(kFunctionKinds, records.front().kind);
  if (!kind) return {};
  return {.kind = *kind, .text = std::string(records.front().payload)};
}

sandbox::Program compat_program(std::string code, const std::string& function,
                                const std::vector<std::string>& inputs, const std::string& nonce) {
  sandbox::Program program = driven(std::move(code), "run_compat()\n", {nonce, function});
  // An input need not be UTF-8, but upstream's always was text.
  using nlohmann::json;
  program.files.push_back(
      {.name = "tests.json",
       .content = json(inputs).dump(-1, ' ', false, json::error_handler_t::replace)});
  program.report = true;
  return program;
}

CompatReport parse_compat_report(std::string_view report, std::string_view nonce) {
  CompatReport result;
  for (const ReportRecord& record : parse_records(report, nonce)) {
    if (record.kind == "done") {
      result.complete = true;
      return result;
    }
    if (record.kind == "failed") {
      result.failed = true;
      result.message = std::string(record.payload);
      continue;
    }
    const auto kind = kind_named(kCompatKinds, record.kind);
    if (!kind) return result;
    result.tests.push_back({.kind = *kind, .text = std::string(record.payload)});
  }
  return result;
}

}  // namespace proctor::graders::code
