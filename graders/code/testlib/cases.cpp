// Checkers of answers that come case by case, "Case 1: 5": caseicmp, casencmp, casewcmp.
#include <algorithm>
#include <vector>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/kinds.h"
#include "graders/code/testlib/numbers.h"

namespace proctor::graders::code::testlib {
namespace {

constexpr std::string_view kCase = "Case";

// The word that is due; otherwise false and why.
bool take_word(Reader& reader, std::string_view expected, Finding& fault) {
  const auto word = reader.word();
  if (!word) {
    fault = reader.fault();
    return false;
  }
  if (*word == expected) return true;
  fault = reader.blame("expected " + in_quotes(expected) + ", found " + in_quotes(*word));
  return false;
}

// The cases of one text, one after the other.
template <class Item>
class Cases {
 public:
  // What an item is made of a word, if it can be.
  using Parse = std::optional<Item> (*)(std::string_view word);

  Cases(Reader& reader, Parse parse) : reader_(reader), parse_(parse) {}

  // The items of the next case, which must have that number. Nothing and a fault() otherwise.
  std::optional<std::vector<Item>> next(std::size_t number) {
    if (!take_label(number)) return std::nullopt;
    std::vector<Item> items;
    while (!reader_.at_end_but_for_blanks()) {
      const auto word = reader_.word();
      if (!word) return fail_with(reader_.fault());
      if (*word == kCase) {
        case_was_read_ = true;
        break;
      }
      const std::optional<Item> item = parse_(*word);
      if (!item) return fail_with(reader_.blame("expected an integer, found " + in_quotes(*word)));
      items.push_back(*item);
    }
    return items;
  }

  const Finding& fault() const { return fault_; }

 private:
  std::nullopt_t fail_with(Finding fault) {
    fault_ = std::move(fault);
    return std::nullopt;
  }

  // "Case 3:", of which the first word may have been read as the end of the case before. From then
  // on it always has been, even where the text ends.
  bool take_label(std::size_t number) {
    if (!case_was_read_ && !take_word(reader_, kCase, fault_)) return false;
    return take_word(reader_, std::to_string(number) + ":", fault_);
  }

  Reader& reader_;
  const Parse parse_;
  bool case_was_read_ = false;
  Finding fault_{};
};

// The text of a word ends at its first zero byte here, for whoever wrote one.
std::optional<std::int64_t> integer_up_to_zero(std::string_view word) {
  return parse_integer(word.substr(0, word.find('\0')));
}

std::optional<std::string_view> as_it_is(std::string_view word) { return word; }

template <class Item>
Finding compare_cases(Reader& output, Reader& answer, typename Cases<Item>::Parse parse) {
  Cases<Item> expected_cases(answer, parse);
  Cases<Item> actual_cases(output, parse);
  for (std::size_t number = 1; !answer.at_end_but_for_blanks(); ++number) {
    const auto expected = expected_cases.next(number);
    if (!expected) return expected_cases.fault();
    const auto actual = actual_cases.next(number);
    if (!actual) return actual_cases.fault();
    if (*expected != *actual) {
      return {Outcome::wrong, "case " + std::to_string(number) + " differs"};
    }
  }
  return {};
}

// One integer for each case, to the end of the text.
std::optional<std::vector<std::int64_t>> single_integers(Reader& reader, Finding& fault) {
  std::vector<std::int64_t> integers;
  while (!reader.at_end_but_for_blanks()) {
    const std::string label = std::to_string(integers.size() + 1) + ":";
    if (!take_word(reader, kCase, fault) || !take_word(reader, label, fault)) return std::nullopt;
    const std::optional<std::int64_t> integer = reader.integer();
    if (!integer) {
      fault = reader.fault();
      return std::nullopt;
    }
    integers.push_back(*integer);
  }
  return integers;
}

}  // namespace

Finding caseicmp(Reader& output, Reader& answer) {
  Finding fault;
  const auto expected = single_integers(answer, fault);
  if (!expected) return fault;
  const auto actual = single_integers(output, fault);
  if (!actual) return fault;
  for (std::size_t i = 0; i < std::min(expected->size(), actual->size()); ++i) {
    if ((*expected)[i] == (*actual)[i]) continue;
    return {Outcome::wrong,
            mismatch("case", i, std::to_string((*expected)[i]), std::to_string((*actual)[i]))};
  }
  if (expected->size() == actual->size()) return {};
  return output.blame(wrong_count("cases", expected->size(), actual->size()));
}

Finding casencmp(Reader& output, Reader& answer) {
  return compare_cases<std::int64_t>(output, answer, integer_up_to_zero);
}

Finding casewcmp(Reader& output, Reader& answer) {
  return compare_cases<std::string_view>(output, answer, as_it_is);
}

}  // namespace proctor::graders::code::testlib
