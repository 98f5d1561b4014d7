#include "graders/math/formulas.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kLongestDisplay = 2000;  // bytes, of an environment

struct Delimiters {
  std::string_view open, close;
};

constexpr Delimiters kDelimiters[] = {{"$$", "$$"}, {"\\[", "\\]"}, {"\\(", "\\)"}, {"$", "$"}};

constexpr std::string_view kDisplays[] = {"equation", "align",       "gather", "multline",
                                          "eqnarray", "displaymath", "math",   "alignat"};

// Whether two words of three letters or more follow one another outside commands and their groups,
// or one stands in what begins with a space, as text between two formulas does.
bool reads_as_prose(std::string_view text) {
  const int most_words = is_space(text[0]) ? 0 : 1;
  int words = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      if (text.substr(at + 1, 1) == "(" || text.substr(at + 1, 1) == "[") return true;
      at += 1 + std::max<std::size_t>(command_name_at(text, at).size(), 1);
      if (at < text.size() && text[at] == '{') at = std::min(text.find('}', at), text.size());
      continue;
    }
    if (!is_letter(text[at])) {
      if (!is_space(text[at])) words = 0;
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_letter(text[at])) ++at;
    words = at - begin >= 3 ? words + 1 : 0;
    if (words > most_words) return true;
  }
  return false;
}

bool is_formula(std::string_view text, const Formula& formula, const Delimiters& delimiters) {
  const std::string_view content =
      text.substr(formula.content.begin, formula.content.end - formula.content.begin);
  const bool blank = content.find_first_not_of(" \t\r\n") == kNone;
  if (blank) return false;
  if (delimiters.open != "$") return true;
  const std::string_view after = text.substr(formula.whole.end);
  const bool money = is_digit(content[0]) && !after.empty() && is_digit(after[0]);
  return !money && !reads_as_prose(content);
}

std::optional<Formula> environment_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kBegin = "\\begin{";
  if (!text.substr(at).starts_with(kBegin)) return std::nullopt;
  const std::string_view rest = text.substr(at + kBegin.size(), kLongestDisplay);
  const auto display = std::find_if(std::begin(kDisplays), std::end(kDisplays),
                                    [&](std::string_view name) { return rest.starts_with(name); });
  if (display == std::end(kDisplays)) return std::nullopt;
  const std::size_t brace = rest.find('}');
  const std::size_t end = rest.find("\\end{" + std::string(*display));
  if (brace == kNone || end == kNone || end < brace) return std::nullopt;
  const std::size_t close = rest.find('}', end);
  if (close == kNone) return std::nullopt;
  const std::size_t base = at + kBegin.size();
  return Formula{{at, base + close + 1}, {base + brace + 1, base + end}};
}

class FormulaFinder {
 public:
  explicit FormulaFinder(std::string_view text) : text_(text) {}

  std::vector<Formula> all() {
    std::vector<Formula> formulas;
    for (std::size_t at = 0; (at = text_.find_first_of("$\\", at)) != kNone;) {
      std::optional<Formula> formula = delimited_at(at);
      if (!formula) formula = environment_at(text_, at);
      if (formula) {
        formulas.push_back(*formula);
        at = formula->whole.end;
      } else {
        at += text_[at] == '\\' ? 2 : 1;  // \$ opens nothing
      }
    }
    return formulas;
  }

 private:
  std::optional<Formula> delimited_at(std::size_t at) {
    for (std::size_t kind = 0; kind < std::size(kDelimiters); ++kind) {
      const Delimiters& delimiters = kDelimiters[kind];
      if (!text_.substr(at).starts_with(delimiters.open)) continue;
      const std::size_t begin = at + delimiters.open.size();
      const std::size_t end = find_close(begin, kind);
      if (end == kNone) continue;
      const Formula formula{{at, end + delimiters.close.size()}, {begin, end}};
      if (is_formula(text_, formula, delimiters)) return formula;
    }
    return std::nullopt;
  }

  // The closing delimiter in the same paragraph. What was searched in vain is not searched again.
  std::size_t find_close(std::size_t from, std::size_t kind) {
    if (from < searched_in_vain_[kind]) return kNone;
    std::size_t at = from;
    for (; at < text_.size(); ++at) {
      const std::string_view rest = text_.substr(at);
      if (rest.starts_with(kDelimiters[kind].close)) return at;
      if (rest.starts_with("\n\n")) break;
      if (text_[at] == '\\') ++at;
    }
    searched_in_vain_[kind] = at;
    return kNone;
  }

  std::string_view text_;
  std::array<std::size_t, std::size(kDelimiters)> searched_in_vain_{};
};

}  // namespace

std::vector<Formula> find_formulas(std::string_view text) { return FormulaFinder(text).all(); }

}  // namespace proctor::graders::math
