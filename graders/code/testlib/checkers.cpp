#include "graders/code/testlib/checkers.h"

#include <array>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/kinds.h"

namespace proctor::graders::code::testlib {
namespace {

constexpr std::size_t kMostFileBytes = 128U << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::array kCheckers = {
    NamedChecker{"acmp", rcmp},
    NamedChecker{"caseicmp", caseicmp},
    NamedChecker{"casencmp", casencmp},
    NamedChecker{"casewcmp", casewcmp},
    NamedChecker{"dcmp", dcmp},
    NamedChecker{"fcmp", fcmp},
    NamedChecker{"hcmp", hcmp},
    NamedChecker{"icmp", icmp},
    NamedChecker{"lcmp", lcmp},
    NamedChecker{"ncmp", ncmp},
    NamedChecker{"nyesno", nyesno},
    NamedChecker{"pointscmp", pointscmp},
    NamedChecker{"pointsinfo", pointsinfo},
    NamedChecker{"rcmp", rcmp},
    NamedChecker{"rcmp4", rcmp4},
    NamedChecker{"rcmp6", rcmp6},
    NamedChecker{"rcmp9", rcmp9},
    NamedChecker{"rncmp", rncmp},
    NamedChecker{"uncmp", uncmp},
    NamedChecker{"wcmp", wcmp},
    NamedChecker{"yesno", yesno},
};

}  // namespace

std::span<const NamedChecker> all_checkers() { return kCheckers; }

Result<const NamedChecker*> checker_named(std::string_view name) {
  std::string names;
  for (const NamedChecker& checker : kCheckers) {
    if (checker.name == name) return &checker;
    names += (names.empty() ? "" : ", ") + std::string(checker.name);
  }
  return Error(ErrorCode::invalid_input,
               "no checker of testlib is named " + in_quotes(name) + "; there are: " + names);
}

Finding run(const NamedChecker& checker, std::string_view output, std::string_view answer) {
  if (output.size() > kMostFileBytes) return {Outcome::presentation, "an output of over 128 MiB"};
  if (answer.size() > kMostFileBytes) return {Outcome::fail, "an answer of over 128 MiB"};
  if (output.starts_with(kByteOrderMark)) output.remove_prefix(kByteOrderMark.size());
  Reader output_reader(output, Reader::Owner::contestant);
  Reader answer_reader(answer, Reader::Owner::jury);
  Finding finding = checker.check(output_reader, answer_reader);
  const bool content = finding.outcome == Outcome::ok || finding.outcome == Outcome::points;
  if (content && !output_reader.at_end_but_for_blanks()) {
    return output_reader.blame("more than was asked for");
  }
  return finding;
}

}  // namespace proctor::graders::code::testlib
