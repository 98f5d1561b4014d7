#include "graders/math/normal_form.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "graders/math/commands.h"
#include "graders/math/latex.h"

namespace proctor::graders {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

constexpr Replacement kSymbols[] = {
    {"°", ""},       {"−", "-"},      {"π", "\\pi "},    {"∞", "\\infty "},
    {"≤", "\\leq "}, {"≥", "\\geq "}, {"×", "\\times "}, {"·", "\\cdot "},
    {"\u00a0", " "}, {"\u2009", " "}, {"\u202f", " "},
};

constexpr std::string_view kDegrees[] = {
    "^{\\circ}", "^\\circ", "^{\\degree}", "^\\degree", "\\degree",
};

// Words that change what the number before them means, so that they are no unit.
constexpr std::string_view kNotUnits[] = {
    "am",  "a.m.",  "pm",      "p.m.",     "i",       "e",       "pi",       "or",        "and",
    "mod", "dozen", "hundred", "thousand", "million", "billion", "trillion", "factorial",
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string out;
  std::size_t copied = 0;
  for (; at != std::string::npos; at = text.find(from, copied)) {
    out.append(text, copied, at - copied).append(to);
    copied = at + from.size();
  }
  text = out.append(text, copied);
}

// `\\frac` for `\frac`: JSON that was escaped twice. In a matrix \\ ends a row and is left alone.
std::string with_single_backslashes(std::string_view answer) {
  std::string text(answer);
  if (text.find("\\begin") != std::string::npos) return text;
  for (std::size_t at = text.find("\\\\"); at != std::string::npos;
       at = text.find("\\\\", at + 2)) {
    if (at + 2 < text.size() && is_letter(text[at + 2])) {
      replace_all(text, "\\\\", "\\");
      break;
    }
  }
  return text;
}

// Without the formula delimiters, spaces and the one full stop at either end.
std::string_view without_ends(std::string_view text) {
  const auto drop_front = [&](std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
  };
  const auto drop_back = [&](std::string_view what) {
    if (!text.ends_with(what)) return false;
    text.remove_suffix(what.size());
    return true;
  };
  while (drop_front(" ") || drop_front("\n") || drop_front("\t") || drop_front("$") ||
         drop_front("\\(") || drop_front("\\[")) {
  }
  bool stop_dropped = false;
  while (drop_back(" ") || drop_back("\n") || drop_back("\t") || drop_back("$") ||
         drop_back("\\)") || drop_back("\\]") ||
         (!stop_dropped && !text.ends_with("..") && (stop_dropped = drop_back(".")))) {
  }
  return text;
}

bool is_unit(std::string_view words) {
  const std::size_t first = words.find_first_not_of(" ~");
  if (first == std::string_view::npos) return false;
  words = words.substr(first, words.find_last_not_of(" ~") + 1 - first);
  for (const char c : words) {
    if (!is_letter(c) && std::string_view(" ~.-/").find(c) == std::string_view::npos) return false;
  }
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find_first_of(" ~", begin), words.size());
    const std::string_view word = words.substr(begin, end - begin);
    if (std::find(std::begin(kNotUnits), std::end(kNotUnits), word) != std::end(kNotUnits)) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

// 5\text{ cm}^2: 5. The words must be the last thing, and stand right after a number or a formula.
std::string_view without_unit(std::string_view text) {
  std::string_view rest = text;
  for (const std::string_view power : {"^2", "^3", "^{2}", "^{3}"}) {
    if (rest.ends_with(power)) {
      rest.remove_suffix(power.size());
      break;
    }
  }
  if (!rest.ends_with('}')) return text;
  const std::size_t open = rest.rfind('{');
  const std::size_t command = rest.rfind('\\', open);
  if (open == std::string_view::npos || command == std::string_view::npos) return text;
  if (!is_text_wrapper(rest.substr(command + 1, open - command - 1))) return text;
  if (!is_unit(rest.substr(open + 1, rest.size() - open - 2))) return text;

  std::string_view number = rest.substr(0, command);
  while (!number.empty()) {
    if (number.ends_with("\\,") || number.ends_with("\\;") || number.ends_with("\\ ")) {
      number.remove_suffix(2);
    } else if (number.ends_with(' ') || number.ends_with('~')) {
      number.remove_suffix(1);
    } else {
      break;
    }
  }
  if (number.empty() || number.ends_with("\\}")) return text;
  const char last = number.back();
  const bool ends_as_number = is_digit(last) || last == '}' || last == ')' || last == '$';
  return ends_as_number && std::any_of(number.begin(), number.end(), is_digit) ? number : text;
}

// The length of a thousands separator at `at` with three digits, and no more, after it; else 0.
std::size_t group_separator_at(std::string_view text, std::size_t at) {
  for (const std::string_view separator : {",\\!", "{,}", "\\,", "\\!", "\\;", ",", " "}) {
    if (text.substr(at, separator.size()) != separator) continue;
    const std::string_view group = text.substr(at + separator.size(), 4);
    if (group.size() < 3 || !std::all_of(group.begin(), group.begin() + 3, is_digit)) return 0;
    if (group.size() == 4 && is_digit(group[3])) return 0;
    return separator.size();
  }
  return 0;
}

// 1,234: 1234. After one to three digits that start neither with 0 nor behind a decimal point.
std::string with_joined_thousands(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      out += text[at++];
      continue;
    }
    const bool fraction = at > 0 && text[at - 1] == '.';
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    out += text.substr(begin, at - begin);
    if (fraction || at - begin > 3 || text[begin] == '0') continue;
    while (const std::size_t separator = group_separator_at(text, at)) {
      const bool mixed_number = text.substr(at + separator + 3).starts_with('/');  // 1 125/1000
      if (mixed_number && text[at] != ',') break;
      out += text.substr(at + separator, 3);
      at += separator + 3;
    }
  }
  return out;
}

// Braces around the arguments of \frac, \sqrt, ^ and _, where LaTeX lets one leave them out.
std::string with_braced_arguments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  int wanted = 0;          // arguments still to come here
  std::vector<int> outer;  // the same for each open brace's surroundings
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\\') {
      const std::string_view name = command_name_at(text, at);
      out.append("\\").append(name);
      at += name.size() + 1;
      wanted = name == "frac" ? 2 : name == "sqrt" ? 1 : 0;
      if (name != "sqrt" || !text.substr(at).starts_with('[')) continue;
      const std::size_t end = std::min(text.find(']', at), text.size() - 1) + 1;
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if (c == ' ' && wanted > 0) continue;
    if (c == '{') {
      outer.push_back(std::max(wanted - 1, 0));
      wanted = 0;
    } else if (c == '}') {
      wanted = outer.empty() ? 0 : outer.back();
      if (!outer.empty()) outer.pop_back();
    } else if (wanted > 0 && (is_digit(c) || is_letter(c))) {
      out.append("{").append(1, c).append("}");
      --wanted;
      continue;
    } else {
      wanted = c == '^' || c == '_' ? 1 : 0;
    }
    out += c;
  }
  return out;
}

// 1/2: \frac{1}{2}, where nothing next to the whole numbers could bind more tightly.
std::string with_fractions(std::string_view text) {
  constexpr std::string_view kBefore = "+-([{,=;|";
  constexpr std::string_view kAfter = "+-)]},=;|";
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    const std::size_t slash = at;
    const bool starts = begin == 0 || kBefore.find(text[begin - 1]) != std::string_view::npos;
    if (slash > begin && starts && text.substr(slash).starts_with('/')) {
      std::size_t end = slash + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      const bool ends = end == text.size() || kAfter.find(text[end]) != std::string_view::npos;
      if (end > slash + 1 && ends) {
        out.append("\\frac{").append(text.substr(begin, slash - begin)).append("}{");
        out.append(text.substr(slash + 1, end - slash - 1)).append("}");
        at = end;
        continue;
      }
    }
    if (at == begin) ++at;
    out += text.substr(begin, at - begin);
  }
  return out;
}

// .5: 0.5
std::string with_leading_zeros(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool starts = at == 0 || (!is_digit(text[at - 1]) && text[at - 1] != '.');
    if (text[at] == '.' && starts && at + 1 < text.size() && is_digit(text[at + 1])) out += '0';
    out += text[at];
  }
  return out;
}

std::string_view without_single_letter(std::string_view text) {
  const bool assigns = text.size() > 2 && is_letter(text[0]) && text[1] == '=' &&
                       text.find('=', 2) == std::string_view::npos;
  return assigns ? text.substr(2) : text;
}

// {{5}}: 5. As many pairs as enclose the whole text.
std::string_view without_outer_braces(std::string_view text) {
  const std::size_t leading = std::min(text.find_first_not_of('{'), text.size());
  std::size_t enclosing = leading;  // pairs open at every place so far but the closing tail
  std::size_t depth = leading;
  for (std::size_t at = leading; at < text.size() && enclosing > 0; ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '{') {
      ++depth;
    } else if (text[at] == '}') {
      if (depth == 0) return text;
      --depth;
      const std::size_t left = text.size() - at - 1;
      if (left > depth) enclosing = std::min(enclosing, depth);
      if (left < depth) return text;
    }
  }
  if (enclosing == 0 || depth != 0) return text;
  return text.substr(enclosing, text.size() - 2 * enclosing);
}

}  // namespace

std::string normal_form(std::string_view answer) {
  std::string text = with_single_backslashes(answer);
  for (const auto& [symbol, latex] : kSymbols) replace_all(text, symbol, latex);
  text = without_unit(without_ends(text));
  text = with_rewritten_commands(with_joined_thousands(text));
  for (const std::string_view degrees : kDegrees) replace_all(text, degrees, "");
  text = with_braced_arguments(without_ends(text));
  text = with_leading_zeros(with_fractions(text));
  return std::string(without_outer_braces(without_single_letter(without_outer_braces(text))));
}

}  // namespace proctor::graders
