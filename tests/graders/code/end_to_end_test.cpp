// Programs of ours that really run: what each is, and the verdict it must get.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/graders/code/real_judge.h"
#include "tests/support/skip.h"

namespace proctor::graders::code {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNoSandbox = "needs the sandbox: it cannot be made on this machine";

// Two numbers, of which the sum is asked for.
Job sum_job(const char* language, std::string code) {
  Job job;
  job.language = *language_named(language);
  job.code = std::move(code);
  job.tests = {{"1 2\n", "3\n"}, {"40 2\n", "42\n"}};
  job.time_limit = 5s;
  job.memory_limit = 128U << 20;
  return job;
}

TEST_CASE("programs in every language get the verdict they deserve") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  using enum JudgeVerdict;
  struct Row {
    const char* what;
    const char* language;
    const char* code;
    JudgeVerdict verdict;
  };
  constexpr Row kRows[] = {
      {"python", "python3", "print(sum(map(int, input().split())))", accepted},
      {"cpp17", "cpp17",
       "#include <bits/stdc++.h>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
       accepted},
      {"cpp20", "cpp20",
       "#include <iostream>\n#include <span>\n"
       "int main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
       accepted},
      {"c11", "c11",
       "#include <math.h>\n#include <stdio.h>\n"
       "int main() { double a, b; scanf(\"%lf%lf\", &a, &b); printf(\"%.0f\", fma(a, 1, b)); }",
       accepted},
      {"wrong", "python3", "print(sum(map(int, input().split())) + 1)", wrong_answer},
      {"silent", "python3", "", wrong_answer},
      {"leaves with exit()", "python3", "print(sum(map(int, input().split())))\nexit()", accepted},
      {"ends in failure", "python3",
       "import sys\nprint(sum(map(int, input().split())))\nsys.exit(1)", runtime_error},
      {"throws", "python3", "raise ValueError", runtime_error},
      {"no syntax", "python3", "print(", runtime_error},
      {"no prelude", "python3", "print(Counter())", runtime_error},
      {"segfault", "c11", "int main() { *(volatile int*)1 = 0; }", runtime_error},
      {"endless recursion", "c11",
       "int f(int n) { volatile char b[99]; b[0] = n; return f(n + 1) + b[0]; }"
       "int main() { return f(0); }",
       runtime_error},
      {"does not compile", "cpp17", "int main() { return x; }", compile_error},
      {"includes a device", "cpp17", "#include \"/dev/zero\"\nint main() {}", compile_error},
      {"includes itself", "cpp17", "#include __FILE__\nint main() {}", compile_error},
      {"is too large", "c11", "char a[1ull << 40] = {1};\nint main() {}", compile_error},
      {"takes all memory", "c11",
       "#include <stdlib.h>\n#include <string.h>\n"
       "int main() { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }",
       memory_limit},
      {"floods stdout", "c11", "#include <stdio.h>\nint main() { for (;;) puts(\"3\"); }",
       output_limit},
      {"floods stderr", "c11",
       "#include <stdio.h>\nint main() { puts(\"3\"); for (;;) fputs(\"flood\", stderr); }",
       output_limit},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.what));
    const Judgement judgement = real->judge->judge(sum_job(row.language, row.code));
    CAPTURE(judgement.first_failure.value_or(Judgement::Failure{}).detail);
    CHECK(short_name(judgement.verdict) == short_name(row.verdict));
  }
}

TEST_CASE("time is processor time and waiting has its own limit") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  Job loop = sum_job("c11", "int main() { for (volatile int i = 0;; ++i) {} }");
  loop.time_limit = 500ms;
  CHECK(real->judge->judge(loop).verdict == JudgeVerdict::time_limit);

  Job sleeper = sum_job("python3", "import time\ntime.sleep(60)");
  sleeper.time_limit = 300ms;
  const Judgement slept = real->judge->judge(sleeper);
  CHECK(slept.verdict == JudgeVerdict::time_limit);
  CHECK(slept.repeats.size() == 1);  // only the wall clock said so
  CHECK(slept.cpu < 300ms);

  Job nap =
      sum_job("python3", "import time\ntime.sleep(0.7)\nprint(sum(map(int, input().split())))");
  nap.time_limit = 500ms;
  CHECK(real->judge->judge(nap).verdict == JudgeVerdict::accepted);
}

TEST_CASE("pypy runs the same programs where it is installed") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  const Judgement judgement =
      real->judge->judge(sum_job("pypy3", "print(sum(map(int, input().split())))"));
  if (judgement.verdict == JudgeVerdict::internal_error) SKIP("needs pypy3: it is not installed");
  CHECK(judgement.verdict == JudgeVerdict::accepted);
}

Job function_job(const char* code) {
  Job job = sum_job("python3", code);
  job.mode = Job::Mode::function;
  job.function = "total";
  job.tests = {{"[1, 2]\n3", "6"}, {"[]\n0", "0"}};
  return job;
}

TEST_CASE("functions are called and their values compared") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  using enum JudgeVerdict;
  struct Row {
    const char* code;
    JudgeVerdict verdict;
  };
  constexpr Row kRows[] = {
      {"class Solution:\n  def total(self, a: List[int], b: int) -> int:\n    return sum(a) + b",
       accepted},
      {"def total(a, b): return float(sum(a) + b)", accepted},
      {"def total(a, b): return str(sum(a) + b)", wrong_answer},
      {"def total(a, b): print(sum(a) + b)", wrong_answer},
      {"def total(a, b): return [sum(a) + b]", wrong_answer},
      {"def total(a): return 6", runtime_error},
      {"def other(a, b): return 6", runtime_error},
      {"import os\ndef total(a, b): os._exit(0)", runtime_error},
      {"class Same:\n  def __eq__(self, other): return True\ndef total(a, b): return Same()",
       runtime_error},
      {"seen = []\ndef total(a, b):\n  seen.append(1)\n  return sum(a) + b if len(seen) == 1 else "
       "-1",
       accepted},  // each test has a process of its own
  };
  for (const Row& row : kRows) {
    CAPTURE(row.code);
    const Judgement judgement = real->judge->judge(function_job(row.code));
    CAPTURE(judgement.first_failure.value_or(Judgement::Failure{}).detail);
    CHECK(short_name(judgement.verdict) == short_name(row.verdict));
  }
}

TEST_CASE("the two runners differ where upstream's is known to be wrong") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  struct Row {
    const char* code;
    const char* process;
    int upstream;  // its code, 0 for right
  };
  constexpr Row kRows[] = {
      {"print(sum(map(int, input().split())))", "AC", 0},
      {"print(sum(map(int, input().split())) + 1)", "WA", -2},
      {"import sys\nfor line in sys.stdin: print(sum(map(int, line.split())))", "AC", -4},
      {"n = 0\ndef add(k):\n  global n\n  n += k\nadd(sum(map(int, input().split())))\nprint(n)",
       "AC", -4},
      {"if __name__ == '__main__':\n  print(sum(map(int, input().split())))\nx = 1", "AC", -2},
      {"import sys\nprint(sum(map(int, input().split())))\nsys.exit(1)", "RE", 0},
      {"import os\nprint(sum(map(int, input().split())), flush=True)\nos._exit(0)", "AC", -5},
      {"c = Counter(input().split())\nprint(sum(int(k) * v for k, v in c.items()))", "AC", 0},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.code);
    Job job = sum_job("python3", row.code);
    job.checker = Comparison{Comparison::Rule::lcb, 0};
    CHECK(short_name(real->judge->judge(job).verdict) == row.process);
    job.runner = Job::Runner::lcb_compat;
    const Judgement compat = real->judge->judge(job);
    CHECK((compat.verdict == JudgeVerdict::accepted) == (row.upstream == 0));
    const int code = compat.first_failure ? compat.first_failure->lcb_code.value_or(1) : 0;
    CHECK(code == row.upstream);
  }
}

Helper helper(const char* language, const char* code, Convention convention) {
  return {*language_named(language), code, {}, convention};
}

TEST_CASE("checker programs of each convention decide in a box of their own") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  const Helper helpers[] = {
      helper("cpp17",
             "#include <fstream>\nint main(int, char** v) {\n"
             "  std::ifstream out(v[2]), answer(v[3]); int a = 0, b = 0;\n"
             "  out >> a; answer >> b; return a == b ? 0 : 1; }",
             Convention::testlib),
      helper("python3",
             "import sys\nanswer = open(sys.argv[2]).read().split()\n"
             "open(sys.argv[3] + 'judgemessage.txt', 'w').write('differs')\n"
             "sys.exit(42 if sys.stdin.read().split() == answer else 43)",
             Convention::kattis),
      helper("python3",
             "import sys\ngiven, answer, output = [open(p).read().split() for p in sys.argv[1:]]\n"
             "print(1 if answer == output else 0)",
             Convention::open_r1),
  };
  for (const Helper& checker : helpers) {
    CAPTURE(checker.code);
    Job right = sum_job("python3", "print(sum(map(int, input().split())))");
    right.checker = checker;
    CHECK(real->judge->judge(right).verdict == JudgeVerdict::accepted);
    Job wrong = sum_job("python3", "print(0)");
    wrong.checker = checker;
    CHECK(real->judge->judge(wrong).verdict == JudgeVerdict::wrong_answer);
  }
  Job unlucky = sum_job("python3", "print(3)");
  unlucky.checker = helper("python3", "1 / 0", Convention::testlib);
  CHECK(real->judge->judge(unlucky).verdict == JudgeVerdict::wrong_answer);  // exit code 1 is wrong
  unlucky.checker = helper("c11", "int main() { return 3; }", Convention::testlib);
  CHECK(real->judge->judge(unlucky).verdict == JudgeVerdict::internal_error);
}

TEST_CASE("a program and an interactor talk and each is blamed for its own end") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  // Answers guesses of the number in its input file with < > or =, twelve times at most.
  constexpr const char* kInteractor =
      "#include <fstream>\n#include <iostream>\nint main(int, char** v) {\n"
      "  std::ifstream in(v[1]); int n, guess; in >> n;\n"
      "  for (int i = 0; i < 12 && std::cin >> guess; ++i) {\n"
      "    std::cout << (guess < n ? '>' : guess > n ? '<' : '=') << std::endl;\n"
      "    if (guess == n) return 42;\n  }\n  return 43; }";
  struct Row {
    const char* what;
    const char* code;
    const char* verdict;
  };
  constexpr Row kRows[] = {
      {"halves",
       "lo, hi = 1, 1000\nwhile True:\n  m = (lo + hi) // 2\n  print(m, flush=True)\n"
       "  said = input()\n  if said == '=': break\n  if said == '>': lo = m + 1\n"
       "  else: hi = m - 1",
       "AC"},
      {"counts", "for i in range(1, 1001):\n  print(i, flush=True)\n  if input() == '=': break",
       "WA"},
      {"crashes", "print(5, flush=True)\ninput()\n1 / 0", "RE"},
      {"leaves early", "print(5, flush=True)", "WA"},
      {"waits", "input()", "TLE"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    Job job = sum_job("python3", row.code);
    job.mode = Job::Mode::interactive;
    job.interactor = helper("cpp17", kInteractor, Convention::kattis);
    job.tests = {{"637\n", ""}};
    job.time_limit = 500ms;
    if (std::string_view(row.verdict) != "TLE") job.time_limit = 5s;
    const Judgement judgement = real->judge->judge(job);
    CAPTURE(judgement.first_failure.value_or(Judgement::Failure{}).detail);
    CHECK(short_name(judgement.verdict) == row.verdict);
  }
}

}  // namespace
}  // namespace proctor::graders::code
