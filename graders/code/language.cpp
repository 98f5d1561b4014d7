#include "graders/code/language.h"

#include "graders/code/excerpt.h"

namespace proctor::graders::code {
namespace {

// What contest judges use (reference/code_judging.md, section 3.4), without warnings and with
// errors that a person can still read; stripped, since it goes into every test's box.
std::vector<std::string> flags_for(const char* standard) {
  std::vector<std::string> flags = {standard, "-O2", "-DONLINE_JUDGE", "-pipe"};
  flags.insert(flags.end(),
               {"-static", "-s", "-w", "-fmax-errors=20", "-fdiagnostics-color=never"});
  return flags;
}

const std::vector<Language>& languages() {
  static const std::vector<std::string_view> kPython = {"python", "py", "python3", "pypy", "pypy3"};
  static const std::vector<std::string_view> kCpp = {"cpp",   "c++",   "cc",    "cxx",
                                                     "cpp17", "c++17", "cpp20", "c++20"};
  static const std::vector<Language> kLanguages = {
      {"python3", false, "/usr/bin/python3", "main.py", {}, kPython},
      {"pypy3", false, "/usr/bin/pypy3", "main.py", {}, kPython},
      {"cpp17", true, "/usr/bin/g++", "main.cpp", flags_for("-std=gnu++17"), kCpp},
      {"cpp20", true, "/usr/bin/g++", "main.cpp", flags_for("-std=gnu++20"), kCpp},
      {"c11", true, "/usr/bin/gcc", "main.c", flags_for("-std=gnu11"), {"c", "c11"}},
  };
  return kLanguages;
}

}  // namespace

Result<const Language*> language_named(std::string_view name) {
  const std::string_view full = name == "python" ? "python3" : name == "cpp" ? "cpp17" : name;
  std::string names;
  for (const Language& language : languages()) {
    if (language.name == full) return &language;
    names += (names.empty() ? "" : ", ") + std::string(language.name);
  }
  return Error(ErrorCode::invalid_input,
               "no language is named " + in_quotes(name) + "; there are: " + names);
}

}  // namespace proctor::graders::code
