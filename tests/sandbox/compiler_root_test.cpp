// Attacks by source code: what a compiler can be made to read, write or wait for
// (reference/code_judging.md, section 3.3). Root::compiler is where it runs.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::sandbox::test {

namespace {

Program compiler(const std::string& source) {
  Program program;
  program.root = Root::compiler;
  program.files = {{.name = "main.cpp", .content = source}};
  program.arguments = {"/usr/bin/g++", "-O1", "-o", "/box/program", "/box/main.cpp"};
  program.outputs = {"program"};
  return program;
}

Limits compile_limits() {
  Limits limits;
  limits.cpu = milliseconds(10'000);
  limits.wall = milliseconds(30'000);
  limits.memory = 1U << 30;
  limits.disk = 64U << 20;
  return limits;
}

bool has_compiler() { return access("/usr/bin/g++", X_OK) == 0; }

#define REQUIRE_COMPILER() \
  if (!has_compiler()) SKIP("needs /usr/bin/g++: it is missing")

}  // namespace

TEST_CASE("a program is compiled in one box and runs in another") {
  REQUIRE_SANDBOX();
  REQUIRE_COMPILER();
  Program compile = compiler("#include <cstdio>\nint main() { std::puts(\"made here\"); }\n");
  compile.arguments.push_back("-static");
  const ProgramRun made = run_then_normal(*shared_sandbox(), compile, compile_limits());
  CAPTURE(made.error_output);
  REQUIRE(made.exit_code == 0);
  REQUIRE(made.files.size() == 1);
  REQUIRE(made.files[0].has_value());
  Program program;
  program.files = {{.name = "program", .content = *made.files[0], .executable = true}};
  program.arguments = {"/box/program"};
  CHECK(run_then_normal(*shared_sandbox(), program).output == "made here\n");
}

TEST_CASE("hostile source does not compile and does not hang the compiler") {
  REQUIRE_SANDBOX();
  REQUIRE_COMPILER();
  struct Row {
    const char* what;
    const char* source;
  };
  constexpr Row kRows[] = {
      {"a device without end", "#include \"/dev/zero\"\n"},
      {"random bytes", "#include \"/dev/urandom\"\n"},
      {"standard input", "#include \"/dev/stdin\"\n"},
      {"its own environment", "#include \"/proc/self/environ\"\n"},
      {"the host's users", "#include \"/etc/passwd\"\n"},
      {"itself", "#include __FILE__\n#include __FILE__\n"},
      {"templates without end",
       "template <int N> struct A { A<N + 1> a; };\nint main() { A<0> a; }\n"},
      {"an array of a terabyte", "char a[1ull << 40] = {1};\nint main() {}\n"},
      {"a loop at compile time",
       "constexpr long f() { long n = 0; for (long i = 0; i < (1L << 60); ++i) n += i; return n; "
       "}\n"
       "constexpr long n = f();\nint main() {}\n"},
      {"bytes of a file", "asm(\".incbin \\\"/etc/shadow\\\"\");\nint main() {}\n"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    const ProgramRun run =
        run_then_normal(*shared_sandbox(), compiler(row.source), compile_limits());
    CHECK((run.ending != Ending::exited || run.exit_code != 0));
    CHECK(!run.files.at(0).has_value());
    CHECK(run.error_output.find("root:") == std::string::npos);
  }
}

TEST_CASE("the compiler cannot see what lies beside it on the host") {
  REQUIRE_SANDBOX();
  REQUIRE_COMPILER();
  const support::TempDir folder;
  const std::string canary = folder.write("canary.h", "int canary = CANARY;\n");
  const ProgramRun included =
      run_then_normal(*shared_sandbox(), compiler("#include \"" + canary + "\"\nint main() {}\n"),
                      compile_limits());
  CHECK(included.exit_code == 1);
  CHECK(included.error_output.find("No such file") != std::string::npos);
  CHECK(included.error_output.find("int canary") == std::string::npos);
  const ProgramRun asked = run_then_normal(
      *shared_sandbox(),
      compiler("#if __has_include(\"" + canary + "\")\n#error SEEN\n#endif\nint main() {}\n"),
      compile_limits());
  CAPTURE(asked.error_output);
  CHECK(asked.exit_code == 0);
}

TEST_CASE("a shared folder can be read and not written to") {
  REQUIRE_COMPILER();
  const support::TempDir folder;
  folder.write("shared.h", "#define ANSWER 42\n");
  chmod(folder.path().c_str(), 0755);
  SandboxOptions options;
  options.warm_python = false;
  options.shared_folder = folder.path();
  const auto sandbox = make_sandbox(options);
  if (!sandbox) SKIP(("needs a sandbox: " + sandbox.error().message()).c_str());
  folder.write("later.h", "static_assert(ANSWER == 42);\n");
  Program program =
      compiler("#include <shared.h>\n#include <later.h>\nint main() { return ANSWER; }\n");
  program.arguments.push_back("-I/shared");
  CHECK(run_then_normal(**sandbox, program, compile_limits()).exit_code == 0);
  program.arguments.insert(program.arguments.end(), {"-MMD", "-MF", "/shared/written"});
  CHECK(run_then_normal(**sandbox, program, compile_limits()).exit_code != 0);
}

}  // namespace proctor::sandbox::test
