// A way into a box is a list of named steps, taken in order until one fails.
//
// Nothing here allocates or throws: steps are also taken between vfork and exec.
#pragma once

#include <span>

namespace proctor::sandbox {

// A step that failed, or nothing: `name` is then null.
struct StepFailure {
  const char* name = nullptr;  // a literal
  int error = 0;               // errno
};

// `take` returns 0 or the errno that stopped it.
template <class Subject>
struct Step {
  const char* name;
  int (*take)(const Subject&);
};

template <class Subject, std::size_t N>
StepFailure take_steps(const Step<Subject> (&steps)[N], const Subject& subject) {
  for (const Step<Subject>& step : steps) {
    if (const int error = step.take(subject); error != 0) return {step.name, error};
  }
  return {};
}

}  // namespace proctor::sandbox
