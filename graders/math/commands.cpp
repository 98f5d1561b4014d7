#include "graders/math/commands.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "graders/math/latex.h"

namespace proctor::graders {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

// Commands by what stands for them in the normal form. " " is white space, which is dropped.
constexpr Replacement kCommands[] = {
    {"left", ""},        {"right", ""},       {"big", ""},         {"Big", ""},
    {"bigg", ""},        {"Bigg", ""},        {"bigl", ""},        {"bigr", ""},
    {"Bigl", ""},        {"Bigr", ""},        {"biggl", ""},       {"biggr", ""},
    {"(", ""},           {")", ""},           {"[", ""},           {"]", ""},
    {"$", ""},           {"%", ""},           {"limits", ""},      {"displaystyle", " "},
    {"textstyle", " "},  {"!", " "},          {",", " "},          {";", " "},
    {":", " "},          {" ", " "},          {"quad", " "},       {"qquad", " "},
    {"dfrac", "\\frac"}, {"tfrac", "\\frac"}, {"cfrac", "\\frac"}, {"le", "\\leq"},
    {"ge", "\\geq"},     {"ne", "\\neq"},     {"lvert", "|"},      {"rvert", "|"},
    {"vert", "|"},
};

constexpr std::string_view kWrappers[] = {
    "text",   "mbox",   "mathrm", "textbf", "mathbf",
    "textrm", "textit", "mathit", "mathsf", "operatorname",
};

class CommandRewriter {
 public:
  explicit CommandRewriter(std::string_view text) : text_(text) {}

  std::string rewritten() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\\') return rewrite_command();
    ++at_;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~') {
      space_ = true;
    } else if (c == '{') {
      unwrapped_.push_back(std::exchange(unwrap_next_, false));
      if (!unwrapped_.back()) emit("{");
    } else if (c == '}') {
      const bool unwrapped = !unwrapped_.empty() && unwrapped_.back();
      if (!unwrapped_.empty()) unwrapped_.pop_back();
      if (!unwrapped) emit("}");
    } else if (c != '$' && c != '%') {
      emit(std::string_view(&c, 1));
    }
  }

  void rewrite_command() {
    const std::string_view name = command_name_at(text_, at_);
    const std::string_view spelled = text_.substr(at_, name.size() + 1);
    at_ += spelled.size();
    if (is_text_wrapper(name)) {
      unwrap_next_ =
          text_.substr(std::min(text_.find_first_not_of(' ', at_), text_.size())).starts_with('{');
      return;
    }
    const auto* known = std::find_if(std::begin(kCommands), std::end(kCommands),
                                     [&](const Replacement& row) { return row.first == name; });
    if (known == std::end(kCommands)) {
      emit(spelled);
    } else if (known->second == " ") {
      space_ = true;
    } else if (!known->second.empty()) {
      emit(known->second);
    }
  }

  // White space counts only between two numbers, and where a command's name would run on.
  void emit(std::string_view token) {
    if (!out_.empty()) {
      const bool splits_numbers = space_ && is_digit(out_.back()) && is_digit(token.front());
      if (splits_numbers || (after_name_ && is_letter(token.front()))) out_ += ' ';
    }
    out_ += token;
    space_ = false;
    after_name_ = token.size() > 1 && is_letter(token.back());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<bool> unwrapped_;  // for each open brace: is it a wrapper's
  bool unwrap_next_ = false;
  bool space_ = false;       // white space was passed since the last token
  bool after_name_ = false;  // the last token was a command's name
};

}  // namespace

bool is_text_wrapper(std::string_view name) {
  return std::find(std::begin(kWrappers), std::end(kWrappers), name) != std::end(kWrappers);
}

std::string with_rewritten_commands(std::string_view text) {
  return CommandRewriter(text).rewritten();
}

}  // namespace proctor::graders
