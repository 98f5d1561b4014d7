#include "graders/math/boxed.h"

#include <algorithm>
#include <array>
#include <utility>

#include "graders/math/latex.h"

namespace proctor::graders {
namespace {

// The length of a box command that starts at `at`, its backslashes included; 0 if there is none.
std::size_t box_command_at(std::string_view text, std::size_t at) {
  std::string_view rest = text.substr(at);
  const std::size_t backslashes = rest.starts_with("\\\\") ? 2 : rest.starts_with('\\') ? 1 : 0;
  if (backslashes == 0) return 0;
  rest.remove_prefix(backslashes);
  for (const std::string_view name : {"boxed", "fbox"}) {
    if (!rest.starts_with(name)) continue;
    if (rest.size() > name.size() && is_letter(rest[name.size()])) continue;
    return backslashes + name.size();
  }
  return 0;
}

// The length of what is left of a box command at `at` after damage; its brace must follow, as these
// letters are a word too.
std::size_t damaged_command_at(std::string_view text, std::size_t at) {
  for (const std::string_view rest : {"boxed", "fbox",
                                      "\b"
                                      "oxed",
                                      "\f"
                                      "box"}) {
    if (text.substr(at).starts_with(rest) && text.substr(at + rest.size()).starts_with('{')) {
      return rest.size();
    }
  }
  return 0;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// Whether an argument without braces starts here, and not the next word of a sentence that mentions
// the command ("put it in \boxed and stop").
bool starts_unbraced(std::string_view text, std::size_t at) {
  constexpr std::string_view kStarts = "0123456789\\+-([";
  if (at >= text.size()) return false;
  if (!is_letter(text[at])) return kStarts.find(text[at]) != std::string_view::npos;
  return at + 1 == text.size() || !is_letter(text[at + 1]);
}

// Where the argument of an unbraced `\boxed 5` ends: at a space outside braces, the end of the
// line or of the formula, a brace that closes something else, or the next box.
std::size_t end_of_unbraced(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' || c == '$' || (depth == 0 && is_space(c))) return at;
    if (c == '{') ++depth;
    if (c == '}' && depth-- == 0) return at;
    if (c != '\\') continue;
    if (box_command_at(text, at) > 0) return at;
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == ')' || next == ']') return at;
    if (next == '{' || next == '}' || next == '\\') ++at;
  }
  return at;
}

// What a scan must look at; all other characters only give a box substance.
constexpr auto kIsSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : {'\\', '{', '}', 'b', 'f', '\b', '\f'}) {
    special[static_cast<unsigned char>(c)] = true;
  }
  return special;
}();

// One pass over the text with the open braces on a stack. Each brace knows whether it is a box's
// and whether anything of substance has been seen inside it.
class BoxFinder {
 public:
  BoxFinder(std::string_view text, BoxSpelling spelling) : text_(text), spelling_(spelling) {}

  std::vector<Box> recent() {
    std::size_t at = 0;
    while (at < text_.size()) at = step(at);
    close_at_end();
    if (boxes_.size() > kMostRecentBoxes) {
      boxes_.erase(boxes_.begin(), boxes_.end() - static_cast<std::ptrdiff_t>(kMostRecentBoxes));
    }
    return std::move(boxes_);
  }

 private:
  struct Brace {
    std::size_t whole;  // where it begins, its command included
    std::size_t begin;  // of its content
    bool box;
    bool substance;
    bool phantom;  // what it holds takes room but does not show
  };

  std::size_t step(std::size_t at) {
    at = skip_ordinary(at);
    if (at == text_.size()) return at;
    if (const std::size_t command = command_at(at); command > 0) return open_box(at, at + command);
    switch (text_[at]) {
      case '\\':
        return step_over_command(at);
      case '{':
        open_.push_back({at, at + 1, false, false, std::exchange(phantom_next_, false)});
        return at + 1;
      case '}':
        if (!open_.empty()) close(at, true);
        return at + 1;
      default:
        if (!is_space(text_[at])) see_substance();
        return at + 1;
    }
  }

  std::size_t skip_ordinary(std::size_t at) {
    bool substance = false;
    for (; at < text_.size() && !kIsSpecial[static_cast<unsigned char>(text_[at])]; ++at) {
      substance = substance || !is_space(text_[at]);
    }
    if (substance) see_substance();
    return at;
  }

  std::size_t command_at(std::size_t at) const {
    const std::size_t command = box_command_at(text_, at);
    return command > 0 || spelling_ == BoxSpelling::exact ? command : damaged_command_at(text_, at);
  }

  // The character after a backslash is a command's name or is escaped.
  std::size_t step_over_command(std::size_t at) {
    constexpr std::string_view kPhantom = "\\phantom{";
    phantom_next_ = spelling_ == BoxSpelling::damaged && text_.substr(at).starts_with(kPhantom);
    if (phantom_next_) return at + kPhantom.size() - 1;
    see_substance();
    return std::min(at + 2, text_.size());
  }

  std::size_t open_box(std::size_t command, std::size_t after_command) {
    const std::size_t begin = skip_spaces(text_, after_command);
    if (begin < text_.size() && text_[begin] == '{') {
      open_.push_back({command, begin + 1, true, false, false});
      return begin + 1;
    }
    const std::size_t same_line = text_.find_first_not_of(" \t", after_command);
    if (same_line != begin || !starts_unbraced(text_, begin)) return begin;
    const std::size_t end = end_of_unbraced(text_, begin);
    if (end > begin) {
      keep({{begin, end}, true, {command, end}});
      see_substance();
    }
    return end;
  }

  void see_substance() {
    if (!open_.empty()) open_.back().substance = true;
  }

  void close(std::size_t end, bool closed) {
    const Brace brace = open_.back();
    open_.pop_back();
    if (!brace.substance || brace.phantom) return;
    see_substance();
    if (brace.box) keep({{brace.begin, end}, closed, {brace.whole, closed ? end + 1 : end}});
  }

  // A closed box replaces those inside it, which were kept before. What was never closed counts
  // only if no box begins after it: it may be a slip in the middle of a text.
  void keep(const Box& box) {
    if (!box.closed && !boxes_.empty() && boxes_.back().whole.begin > box.whole.begin) return;
    while (!boxes_.empty() && boxes_.back().whole.begin > box.whole.begin) boxes_.pop_back();
    boxes_.push_back(box);
    if (boxes_.size() < 2 * kMostRecentBoxes) return;
    boxes_.erase(boxes_.begin(), boxes_.begin() + static_cast<std::ptrdiff_t>(kMostRecentBoxes));
  }

  void close_at_end() {
    while (!open_.empty()) close(text_.size(), false);
  }

  std::string_view text_;
  BoxSpelling spelling_;
  std::vector<Brace> open_;
  std::vector<Box> boxes_;  // the last ones, twice as many as asked for before any are forgotten
  bool phantom_next_ = false;
};

}  // namespace

std::optional<Box> last_box(std::string_view text) {
  const std::vector<Box> boxes = recent_boxes(text, BoxSpelling::exact);
  if (boxes.empty()) return std::nullopt;
  return boxes.back();
}

std::vector<Box> recent_boxes(std::string_view text, BoxSpelling spelling) {
  return BoxFinder(text, spelling).recent();
}

std::string without_boxes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::vector<bool> dropped;  // for each open brace: was it a box's
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t command = box_command_at(text, at); command > 0) {
      at = skip_spaces(text, at + command);
      if (at < text.size() && text[at] == '{') {
        dropped.push_back(true);
        ++at;
      }
      continue;
    }
    const char c = text[at];
    if (c == '\\') {
      out += text.substr(at, 2);
      at += 2;
      continue;
    }
    ++at;
    if (c == '{') dropped.push_back(false);
    if (c == '}' && !dropped.empty()) {
      const bool was_box = dropped.back();
      dropped.pop_back();
      if (was_box) continue;
    }
    out += c;
  }
  return out;
}

}  // namespace proctor::graders
