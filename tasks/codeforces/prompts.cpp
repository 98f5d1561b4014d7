#include "tasks/codeforces/prompts.h"

#include <vector>

namespace proctor::tasks::codeforces {

std::span<const PromptStyle> prompts() {
  static const std::vector<PromptStyle> kPrompts = {
      {.name = "cf-cpp",
       .prompt = "Solve the following problem of a programming contest in C++17. The program must "
                 "read its input and write its output as the problem says, and keep to its limits "
                 "of time and memory. End your answer with the whole program, in one block that "
                 "begins with ```cpp.\n\n{problem}",
       .language = "cpp17"},
      // The site gives all languages the same time, but runs Python by PyPy; those who run CPython
      // mostly double it (reference/code_judging.md, section 2.5).
      {.name = "cf-python",
       .prompt = "Solve the following problem of a programming contest in Python 3. The program "
                 "must read its input and write its output as the problem says, and keep to its "
                 "limits of time, which are doubled for Python, and memory. End your answer with "
                 "the whole program, in one block that begins with ```python.\n\n{problem}",
       .language = "python3",
       .time_factor = 2},
  };
  return kPrompts;
}

}  // namespace proctor::tasks::codeforces
