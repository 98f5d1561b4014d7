#include "graders/code/checker.h"

#include "graders/code/box_run.h"
#include "graders/code/excerpt.h"
#include "graders/code/python_text.h"
#include "graders/code/word_comparison.h"

namespace proctor::graders::code {
namespace {

using sandbox::ProgramRun;

constexpr std::size_t kMessageBytes = 200;

sandbox::Limits checker_limits() {
  sandbox::Limits limits;
  limits.cpu = std::chrono::seconds(10);  // as open-r1 gives its checkers
  limits.wall = std::chrono::seconds(30);
  limits.memory = 1ULL << 30;
  return limits;
}

class ComparingChecker : public Checker {
 public:
  explicit ComparingChecker(const Comparison& comparison) : comparison_(comparison) {}

  Opinion check(const TestCase& test, const std::string& output) const override {
    std::optional<std::string> different = difference(comparison_, test.output, output);
    if (!different) return {JudgeVerdict::accepted};
    return {JudgeVerdict::wrong_answer, std::move(*different)};
  }

 private:
  const Comparison comparison_;
};

// testlib's own checkers, without their programs. Exit codes of a checker program mean the same.
class NativeChecker : public Checker {
 public:
  explicit NativeChecker(const testlib::NamedChecker& checker) : checker_(checker) {}

  Opinion check(const TestCase& test, const std::string& output) const override {
    testlib::Finding finding = testlib::run(checker_, output, test.output);
    switch (finding.outcome) {
      case testlib::Outcome::ok:
        return {JudgeVerdict::accepted};
      case testlib::Outcome::wrong:
      case testlib::Outcome::presentation:
        return {JudgeVerdict::wrong_answer, std::move(finding.detail)};
      case testlib::Outcome::fail:
      case testlib::Outcome::points:
        break;
    }
    return {JudgeVerdict::internal_error,
            "checker " + std::string(checker_.name) + ": " + finding.detail};
  }

 private:
  const testlib::NamedChecker& checker_;
};

// The number that an open-r1 checker prints decides.
Opinion opinion_of_print(const ProgramRun& run) {
  if (!ended_well(run)) return {JudgeVerdict::internal_error, describe_ending(run)};
  const std::string_view printed = strip(run.output);
  if (printed == "1" || printed == "100") return {JudgeVerdict::accepted};
  if (parse_double(printed))
    return {JudgeVerdict::wrong_answer, "checker printed " + std::string(printed)};
  return {JudgeVerdict::internal_error, "printed no number but " + in_quotes(printed)};
}

class CheckerProgram : public Checker {
 public:
  CheckerProgram(sandbox::Program program, Convention convention, sandbox::Sandbox& sandbox)
      : program_(std::move(program)), convention_(convention), sandbox_(sandbox) {}

  Opinion check(const TestCase& test, const std::string& output) const override {
    Answer answer = ask(test, output);
    // open-r1's checkers take it for granted that an output has the right form. One that raises an
    // exception over this output, but accepts the jury's, has met another form.
    if (answer.raised && output != test.output &&
        ask(test, test.output).opinion.verdict == JudgeVerdict::accepted) {
      return {JudgeVerdict::wrong_answer,
              "not of the form that the checker reads: " + answer.opinion.detail};
    }
    if (answer.opinion.verdict == JudgeVerdict::internal_error) {
      answer.opinion.detail = "checker: " + answer.opinion.detail;
    }
    return answer.opinion;
  }

 private:
  struct Answer {
    Opinion opinion;
    bool raised =
        false;  // it ended by itself, and badly, where its convention has no word for that
  };

  Answer ask(const TestCase& test, const std::string& output) const {
    const Result<ProgramRun> run = sandbox_.run(program_for(test, output), checker_limits());
    if (!run) return {{JudgeVerdict::internal_error, run.error().message()}};
    const bool raised = convention_ == Convention::open_r1 &&
                        run->ending == sandbox::Ending::exited && run->exit_code != 0;
    return {opinion_of(*run), raised};
  }

  sandbox::Program program_for(const TestCase& test, const std::string& output) const {
    sandbox::Program program = program_;
    program.files.push_back({"input", test.input, false});
    program.files.push_back({"answer", test.output, false});
    std::vector<std::string> arguments;
    switch (convention_) {
      case Convention::testlib:
        arguments = {"/box/input", "/box/output", "/box/answer"};
        program.files.push_back({"output", output, false});
        break;
      case Convention::kattis:
        arguments = {"/box/input", "/box/answer", "/box/"};
        program.input = output;
        program.outputs = {"judgemessage.txt"};
        break;
      case Convention::open_r1:
        arguments = {"/box/input", "/box/answer", "/box/output"};
        program.files.push_back({"output", output, false});
        break;
    }
    program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
    return program;
  }

  Opinion opinion_of(const ProgramRun& run) const {
    if (convention_ == Convention::open_r1) return opinion_of_print(run);
    const bool wrote_message = !run.files.empty() && run.files[0];
    return opinion_of_exit(convention_, run, wrote_message ? *run.files[0] : run.error_output);
  }

  const sandbox::Program program_;
  const Convention convention_;
  sandbox::Sandbox& sandbox_;
};

// Whether the exit code says wrong (true), right (false), or nothing of the kind.
std::optional<bool> says_wrong(Convention convention, int exit_code) {
  if (convention == Convention::kattis) {
    if (exit_code == 42 || exit_code == 43) return exit_code == 43;
    return std::nullopt;
  }
  // testlib.h (1e4e8a2): ok 0, wrong 1, presentation 2, fail 3, dirt 4, points 7, unexpected end 8.
  switch (exit_code) {
    case 0:
      return false;
    case 1:
    case 2:
    case 4:
    case 8:
      return true;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<sandbox::Program> build_helper(const Helper& helper, Compiler& compiler) {
  sandbox::Program program;
  if (!helper.language->compiled) {
    const std::string file(helper.language->source);
    program.arguments = {std::string(helper.language->tool), "-s", "/box/" + file};
    program.root = sandbox::Root::python;
    program.files = helper.files;
    program.files.push_back({file, helper.code, false});
    return program;
  }
  const Result<Compiled> compiled = compiler.compile(*helper.language, helper.code, helper.files);
  if (!compiled) return compiled.error();
  if (compiled->program == nullptr) {
    return Error(ErrorCode::invalid_input, "does not compile: " + compiled->complaint);
  }
  program.arguments = {"/box/program"};
  program.files.push_back({"program", *compiled->program, true});
  return program;
}

Opinion opinion_of_exit(Convention convention, const ProgramRun& run, std::string_view message) {
  const std::string said = shortened(last_line(message), kMessageBytes);
  const bool exited = run.ending == sandbox::Ending::exited;
  const std::optional<bool> wrong =
      exited ? says_wrong(convention, run.exit_code) : std::optional<bool>();
  if (!wrong) return {JudgeVerdict::internal_error, describe_ending(run)};
  if (!*wrong) return {JudgeVerdict::accepted};
  return {JudgeVerdict::wrong_answer, said};
}

Result<std::unique_ptr<Checker>> make_checker(const Job& job, Compiler& compiler,
                                              sandbox::Sandbox& sandbox) {
  using Made = std::unique_ptr<Checker>;
  if (const Comparison* comparison = std::get_if<Comparison>(&job.checker)) {
    return Made(std::make_unique<ComparingChecker>(*comparison));
  }
  if (const auto* native = std::get_if<const testlib::NamedChecker*>(&job.checker)) {
    return Made(std::make_unique<NativeChecker>(**native));
  }
  const Helper& helper = std::get<Helper>(job.checker);
  Result<sandbox::Program> program = build_helper(helper, compiler);
  if (!program) return program.error().within("checker");
  return Made(std::make_unique<CheckerProgram>(std::move(*program), helper.convention, sandbox));
}

}  // namespace proctor::graders::code
