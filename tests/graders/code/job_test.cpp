#include "graders/code/job.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace proctor::graders::code {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json minimal() {
  return {{"language", "python3"},
          {"code", "print(1)"},
          {"mode", "stdin"},
          {"tests", {{{"input", "a"}, {"output", "b"}}}}};
}

json with(const char* field, json value) {
  json line = minimal();
  line[field] = std::move(value);
  return line;
}

TEST_CASE("a line is read with the defaults of LiveCodeBench") {
  const Result<Job> job = parse_job(minimal());
  REQUIRE(job);
  CHECK(job->language->name == "python3");
  CHECK(job->code == "print(1)");
  CHECK(job->mode == Job::Mode::standard_io);
  CHECK(job->runner == Job::Runner::process);
  CHECK(job->time_limit == 6s);
  CHECK(job->memory_limit == 1ULL << 30);
  REQUIRE(job->tests.size() == 1);
  CHECK(job->tests[0].input == "a");
  CHECK(job->tests[0].output == "b");
  CHECK(std::get<Comparison>(job->checker).rule == Comparison::Rule::tokens);

  json line = minimal();
  line.update({{"language", "cpp"},
               {"time_limit_s", 0.25},
               {"memory_limit_mb", 64},
               {"checker", "float:1e-9"},
               {"starter_code", "class Solution"},
               {"unknown", 1}});
  const Result<Job> other = parse_job(line);
  REQUIRE(other);
  CHECK(other->language->name == "cpp17");
  CHECK(other->time_limit == 250ms);
  CHECK(other->memory_limit == 64ULL << 20);
  CHECK(std::get<Comparison>(other->checker).tolerance == 1e-9);
}

TEST_CASE("files and standard checkers are named by a line") {
  json line = minimal();
  line.update(
      {{"input_file", "input.txt"}, {"output_file", "output.txt"}, {"checker", "testlib:wcmp"}});
  const Result<Job> job = parse_job(line);
  REQUIRE(job);
  CHECK(job->input_file == "input.txt");
  CHECK(job->output_file == "output.txt");
  CHECK(std::get<const testlib::NamedChecker*>(job->checker)->name == "wcmp");
  CHECK(parse_job(minimal())->input_file.empty());
}

TEST_CASE("a job without a program has the mode that its fields tell") {
  json line = {{"tests", {{{"input", "a"}, {"output", "b"}}}}, {"time_limit_s", 1.5}};
  const Result<Job> plain = parse_job_without_program(line);
  REQUIRE(plain);
  CHECK(plain->mode == Job::Mode::standard_io);
  CHECK(plain->language == nullptr);
  CHECK(plain->code.empty());
  CHECK(plain->time_limit == 1500ms);
  CHECK(plain->tests.size() == 1);
  line["function"] = "f";
  CHECK(parse_job_without_program(line)->mode == Job::Mode::function);
  line["interactor"] = {{"language", "python"}, {"code", "exit(42)"}};
  CHECK(parse_job_without_program(line)->mode == Job::Mode::interactive);
  line.erase("tests");
  CHECK_FALSE(parse_job_without_program(line));
}

TEST_CASE("a line that cannot be judged is an error that names the field") {
  json no_code = minimal();
  no_code.erase("code");
  json no_tests = minimal();
  no_tests.erase("tests");
  json compiled_function = with("mode", "function");
  compiled_function.update({{"language", "c11"}, {"function", "f"}});
  struct Row {
    json line;
    const char* named;
  };
  const Row rows[] = {
      {no_code, "code"},
      {no_tests, "tests"},
      {with("language", "rust"), "language"},
      {with("language", 17), "language"},
      {with("code", nullptr), "code"},
      {with("mode", "batch"), "mode"},
      {with("mode", "function"), "function"},
      {with("mode", "interactive"), "interactor"},
      {compiled_function, "language"},
      {with("tests", "none"), "tests"},
      {with("tests", {1}), "tests"},
      {with("tests", {{{"input", "a"}}}), "output"},
      {with("tests", {{{"input", 1}, {"output", "b"}}}), "input"},
      {with("time_limit_s", 0), "time_limit_s"},
      {with("time_limit_s", -1), "time_limit_s"},
      {with("time_limit_s", "6"), "time_limit_s"},
      {with("time_limit_s", 1e9), "time_limit_s"},
      {with("memory_limit_mb", 0), "memory_limit_mb"},
      {with("checker", "fuzzy"), "checker"},
      {with("checker", "testlib:fuzzy"), "checker"},
      {with("checker", "testlib:"), "checker"},
      {with("input_file", "../secret"), "input_file"},
      {with("input_file", ""), "input_file"},
      {with("output_file", 1), "output_file"},
      {with("checker", 1), "checker"},
      {with("checker", {{"language", "cpp"}}), "code"},
      {with("checker", {{"language", "cpp"}, {"code", ""}, {"convention", "x"}}), "convention"},
      {with("checker", {{"language", "cpp"}, {"code", ""}, {"files", {{"../x", ""}}}}), "files"},
      {with("checker", {{"language", "cpp"}, {"code", ""}, {"files", {{"x.h", 1}}}}), "files"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line.dump());
    const Result<Job> job = parse_job(row.line);
    REQUIRE_FALSE(job);
    CHECK(job.error().code() == ErrorCode::invalid_input);
    CHECK(job.error().message().find("field \"" + std::string(row.named) + "\"") !=
          std::string::npos);
  }
}

TEST_CASE("a checker's convention is read off its code unless it is said") {
  struct Row {
    const char* language;
    const char* code;
    Convention convention;
  };
  constexpr Row kRows[] = {
      {"cpp", "#include \"testlib.h\"\nquitf(_ok, \"\");", Convention::testlib},
      {"cpp", "return same ? 42 : 43;", Convention::kattis},
      {"cpp", "return 142 + x43;", Convention::testlib},
      {"python3", "print(1 if same else 0)", Convention::open_r1},
      {"python3", "sys.stdout.write('100')\nsys.exit()", Convention::open_r1},
      {"python3", "sys.exit(0 if same else 1)", Convention::testlib},
      {"python3", "print('no')\nraise SystemExit(1)", Convention::testlib},
      {"python3", "print('no')\nsys.exit(42 if same else 43)", Convention::kattis},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.code);
    const Result<Job> job =
        parse_job(with("checker", {{"language", row.language}, {"code", row.code}}));
    REQUIRE(job);
    CHECK(std::get<Helper>(job->checker).convention == row.convention);
  }
  json said = {{"language", "cpp"}, {"code", "42 43"}, {"convention", "testlib"}};
  said["files"] = {{"testlib.h", "// text"}};
  const Result<Job> job = parse_job(with("checker", said));
  REQUIRE(job);
  const Helper& helper = std::get<Helper>(job->checker);
  CHECK(helper.convention == Convention::testlib);
  REQUIRE(helper.files.size() == 1);
  CHECK(helper.files[0].name == "testlib.h");
}

TEST_CASE("a judgement is written with its first failure and its repeats") {
  Judgement judgement;
  judgement.verdict = JudgeVerdict::time_limit;
  judgement.passed = 2;
  judgement.total = 5;
  judgement.first_failure = Judgement::Failure{2, JudgeVerdict::time_limit, "slow", -3};
  judgement.cpu = 6100ms;
  judgement.wall = 6200ms;
  judgement.memory = 2048 << 10;
  judgement.repeats.push_back({2, 5900ms, 6100ms});
  nlohmann::ordered_json line = {{"id", "x"}};
  add_judgement(judgement, line);
  CHECK(line.dump() ==
        R"({"id":"x","verdict":"TLE","passed":2,"total":5,)"
        R"("first_failure":{"test":2,"verdict":"TLE","detail":"slow","lcb_code":-3},)"
        R"("cpu_ms":6100,"wall_ms":6200,"memory_kb":2048,)"
        R"("repeats":[{"test":2,"first_cpu_ms":5900,"second_cpu_ms":6100}]})");
  nlohmann::ordered_json accepted;
  add_judgement({.verdict = JudgeVerdict::accepted, .passed = 1, .total = 1}, accepted);
  CHECK(accepted.dump() ==
        R"({"verdict":"AC","passed":1,"total":1,"cpu_ms":0,"wall_ms":0,"memory_kb":0})");
}

}  // namespace
}  // namespace proctor::graders::code
