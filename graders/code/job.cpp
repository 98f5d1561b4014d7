#include "graders/code/job.h"

#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "graders/code/excerpt.h"

namespace proctor::graders::code {
namespace {

using nlohmann::json;

Error wrong_field(const std::string& field, const std::string& complaint) {
  return Error(ErrorCode::invalid_input, "field \"" + field + "\": " + complaint);
}

Error wrong_type(const std::string& field, const char* expected, const json& found) {
  return wrong_field(field, std::string("expected ") + expected + ", found " + found.type_name());
}

Result<std::string> text_in(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return wrong_field(field, "missing");
  if (!found->is_string()) return wrong_type(field, "a string", *found);
  return found->get<std::string>();
}

// A number in (0, most], or `otherwise` if it is missing.
Result<double> amount_in(const json& object, const char* field, double most, double otherwise) {
  const auto found = object.find(field);
  if (found == object.end()) return otherwise;
  if (!found->is_number()) return wrong_type(field, "a number", *found);
  const double amount = found->get<double>();
  if (!(amount > 0 && amount <= most)) {
    return wrong_field(
        field, "must be more than 0 and at most " + std::to_string(static_cast<long>(most)));
  }
  return amount;
}

Result<const Language*> language_in(const json& object) {
  const Result<std::string> name = text_in(object, "language");
  if (!name) return name.error();
  const Result<const Language*> language = language_named(*name);
  if (!language) return wrong_field("language", language.error().message());
  return language;
}

Result<std::vector<TestCase>> tests_in(const json& object) {
  const auto found = object.find("tests");
  if (found == object.end()) return wrong_field("tests", "missing");
  if (!found->is_array()) return wrong_type("tests", "an array", *found);
  std::vector<TestCase> tests;
  for (const json& item : *found) {
    const std::string place = "field \"tests\": test " + std::to_string(tests.size());
    if (!item.is_object()) return wrong_type("tests", "objects", item);
    Result<std::string> input = text_in(item, "input");
    if (!input) return input.error().within(place);
    Result<std::string> output = text_in(item, "output");
    if (!output) return output.error().within(place);
    tests.push_back({std::move(*input), std::move(*output)});
  }
  return tests;
}

Result<Job::Mode> mode_in(const json& object) {
  const Result<std::string> name = text_in(object, "mode");
  if (!name) return name.error();
  if (*name == "stdin") return Job::Mode::standard_io;
  if (*name == "function") return Job::Mode::function;
  if (*name == "interactive") return Job::Mode::interactive;
  return wrong_field("mode", "expected stdin, function or interactive, found " + in_quotes(*name));
}

constexpr std::string_view kTestlib = "testlib:";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool holds_number(std::string_view code, std::string_view number) {
  for (std::size_t at = code.find(number); at != std::string_view::npos;
       at = code.find(number, at + 1)) {
    const std::size_t end = at + number.size();
    if ((at == 0 || !is_word(code[at - 1])) && (end == code.size() || !is_word(code[end]))) {
      return true;
    }
  }
  return false;
}

// Whether Python code calls exit() with something.
bool exits_with_a_code(std::string_view code) {
  for (const std::string_view call : {"exit(", "SystemExit("}) {
    for (std::size_t at = code.find(call); at != std::string_view::npos;
         at = code.find(call, at + 1)) {
      const std::size_t argument = code.find_first_not_of(" \t", at + call.size());
      if (argument != std::string_view::npos && code[argument] != ')') return true;
    }
  }
  return false;
}

bool prints(std::string_view code) {
  return code.find("print(") != std::string_view::npos ||
         code.find("stdout") != std::string_view::npos;
}

Convention guessed_convention(const Helper& helper, bool interacts) {
  if (holds_number(helper.code, "42") && holds_number(helper.code, "43")) return Convention::kattis;
  const bool python = !helper.language->compiled;
  if (python && !interacts && prints(helper.code) && !exits_with_a_code(helper.code)) {
    return Convention::open_r1;
  }
  return Convention::testlib;
}

Result<Convention> convention_in(const json& object, const Helper& helper, bool interacts) {
  if (!object.contains("convention")) return guessed_convention(helper, interacts);
  const Result<std::string> name = text_in(object, "convention");
  if (!name) return name.error();
  if (*name == "testlib") return Convention::testlib;
  if (*name == "kattis") return Convention::kattis;
  if (*name == "open-r1" && !interacts) return Convention::open_r1;
  return wrong_field("convention", "unknown: " + in_quotes(*name));
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string_view::npos;
}

Result<std::vector<sandbox::BoxFile>> files_in(const json& object) {
  std::vector<sandbox::BoxFile> files;
  const auto found = object.find("files");
  if (found == object.end()) return files;
  if (!found->is_object()) return wrong_type("files", "an object", *found);
  for (const auto& [name, content] : found->items()) {
    if (!content.is_string()) return wrong_type("files", "strings", content);
    if (!is_file_name(name)) return wrong_field("files", "not a file name: " + in_quotes(name));
    files.push_back({name, content.get<std::string>(), false});
  }
  return files;
}

Result<Helper> helper_in(const json& object, bool interacts) {
  if (!object.is_object()) {
    return Error(ErrorCode::invalid_input,
                 std::string("expected an object, found ") + object.type_name());
  }
  Helper helper;
  const Result<const Language*> language = language_in(object);
  if (!language) return language.error();
  helper.language = *language;
  Result<std::string> code = text_in(object, "code");
  if (!code) return code.error();
  helper.code = std::move(*code);
  Result<std::vector<sandbox::BoxFile>> files = files_in(object);
  if (!files) return files.error();
  helper.files = std::move(*files);
  const Result<Convention> convention = convention_in(object, helper, interacts);
  if (!convention) return convention.error();
  helper.convention = *convention;
  return helper;
}

Result<void> parse_checker(const json& line, Job& job) {
  const auto found = line.find("checker");
  if (found == line.end()) return {};
  if (!found->is_string()) {
    Result<Helper> helper = helper_in(*found, false);
    if (!helper) return helper.error().within("field \"checker\"");
    job.checker = std::move(*helper);
    return {};
  }
  const std::string_view name = found->get_ref<const std::string&>();
  if (name.starts_with(kTestlib)) {
    const auto native = testlib::checker_named(name.substr(kTestlib.size()));
    if (!native) return wrong_field("checker", native.error().message());
    job.checker = *native;
    return {};
  }
  const Result<Comparison> comparison = parse_comparison(name);
  if (!comparison) return wrong_field("checker", comparison.error().message());
  job.checker = *comparison;
  return {};
}

Result<void> parse_function(const json& line, Job& job) {
  Result<std::string> function = text_in(line, "function");
  if (!function) return function.error();
  job.function = std::move(*function);
  return {};
}

Result<void> parse_interactor(const json& line, Job& job) {
  const auto found = line.find("interactor");
  if (found == line.end()) return wrong_field("interactor", "missing");
  Result<Helper> interactor = helper_in(*found, true);
  if (!interactor) return interactor.error().within("field \"interactor\"");
  job.interactor = std::move(*interactor);
  return {};
}

// The files in place of stdin and stdout, whichever there are.
Result<void> parse_io_files(const json& line, Job& job) {
  for (const auto& [field, file] :
       {std::pair("input_file", &job.input_file), std::pair("output_file", &job.output_file)}) {
    if (!line.contains(field)) continue;
    Result<std::string> name = text_in(line, field);
    if (!name) return name.error();
    if (!is_file_name(*name)) return wrong_field(field, "not a file name: " + in_quotes(*name));
    *file = std::move(*name);
  }
  return {};
}

// Reads what belongs to the job's mode.
Result<void> parse_mode(const json& line, Job& job) {
  switch (job.mode) {
    case Job::Mode::standard_io:
      return parse_io_files(line, job);
    case Job::Mode::function:
      return parse_function(line, job);
    case Job::Mode::interactive:
      break;
  }
  return parse_interactor(line, job);
}

Result<void> parse_limits(const json& line, Job& job) {
  const Result<double> seconds = amount_in(line, "time_limit_s", 3600, 6);
  if (!seconds) return seconds.error();
  job.time_limit = std::chrono::milliseconds(std::lround(std::ceil(*seconds * 1000)));
  const Result<double> megabytes = amount_in(line, "memory_limit_mb", 1 << 20, 1024);
  if (!megabytes) return megabytes.error();
  job.memory_limit = static_cast<sandbox::Bytes>(*megabytes * (1 << 20));
  return {};
}

// Everything but the program and the mode.
Result<void> parse_terms(const json& line, Job& job) {
  if (const Result<void> mode = parse_mode(line, job); !mode) return mode;
  if (const Result<void> limits = parse_limits(line, job); !limits) return limits;
  Result<std::vector<TestCase>> tests = tests_in(line);
  if (!tests) return tests.error();
  job.tests = std::move(*tests);
  return parse_checker(line, job);
}

}  // namespace

Result<Job> parse_job(const json& line) {
  Job job;
  const Result<const Language*> language = language_in(line);
  if (!language) return language.error();
  job.language = *language;
  Result<std::string> code = text_in(line, "code");
  if (!code) return code.error();
  job.code = std::move(*code);
  const Result<Job::Mode> mode = mode_in(line);
  if (!mode) return mode.error();
  job.mode = *mode;
  if (job.mode == Job::Mode::function && job.language->compiled) {
    return wrong_field("language", "functions are called in Python only");
  }
  if (const Result<void> terms = parse_terms(line, job); !terms) return terms.error();
  return job;
}

Result<Job> parse_job_without_program(const json& line) {
  Job job;
  if (line.contains("function")) job.mode = Job::Mode::function;
  if (line.contains("interactor")) job.mode = Job::Mode::interactive;
  if (const Result<void> terms = parse_terms(line, job); !terms) return terms.error();
  return job;
}

void add_judgement(const Judgement& judgement, nlohmann::ordered_json& line) {
  line["verdict"] = short_name(judgement.verdict);
  line["passed"] = judgement.passed;
  line["total"] = judgement.total;
  if (const auto& failure = judgement.first_failure) {
    line["first_failure"] = {{"test", failure->test},
                             {"verdict", short_name(failure->verdict)},
                             {"detail", failure->detail}};
    if (failure->lcb_code) line["first_failure"]["lcb_code"] = *failure->lcb_code;
  }
  line["cpu_ms"] = judgement.cpu.count();
  line["wall_ms"] = judgement.wall.count();
  line["memory_kb"] = judgement.memory >> 10;
  for (const Judgement::Repeat& repeat : judgement.repeats) {
    line["repeats"].push_back({{"test", repeat.test},
                               {"first_cpu_ms", repeat.first_cpu.count()},
                               {"second_cpu_ms", repeat.second_cpu.count()}});
  }
}

}  // namespace proctor::graders::code
