#include "graders/math/expression/repair.h"

#include <algorithm>

#include "graders/math/expression/command_table.h"
#include "graders/math/expression/unicode.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

// What a control character was before a decoder of JSON saw a backslash and this letter; 0 if
// nothing.
char escaped_letter(char c) {
  switch (c) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\v':
      return 'v';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    default:
      return 0;
  }
}

std::string_view letters_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(at, end - at);
}

// Whether every command has two backslashes (or four...), as in JSON that was never decoded.
bool all_doubled(std::string_view text) {
  bool any = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of('\\', at), text.size());
    const std::string_view name = letters_at(text, end);
    if ((end - at) % 2 != 0) return false;
    const bool escapes =
        end < text.size() && std::string_view("{}!$%|,;").find(text[end]) != std::string_view::npos;
    any = any || escapes || (name.size() >= 2 && find_command(name) != nullptr);
    at = end;
  }
  return any;
}

class Repairer {
 public:
  explicit Repairer(std::string_view text) : text_(text), doubled_(all_doubled(text)) {}

  std::string repaired() {
    out_.reserve(text_.size() + text_.size() / 2);
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\\') return backslashes();
    if (static_cast<unsigned char>(c) >= 0x80) return beyond_ascii();
    if (escaped_letter(c) != 0 && restored_command()) return;
    if (c != 0) out_ += c;
    ++at_;
  }

  void backslashes() {
    const std::size_t end = std::min(text_.find_first_not_of('\\', at_), text_.size());
    std::size_t count = end - at_;
    if (doubled_) {
      count /= 2;
    } else if (count % 2 == 0) {
      // The shortest names may well be the first letters of a row.
      const std::string_view name = letters_at(text_, end);
      if (name.size() >= 3 && find_command(name) != nullptr) --count;
    }
    out_.append(count, '\\');
    at_ = end;
    // What follows a backslash belongs to it: \<newline> is a space and no damaged command.
    if (count % 2 != 0 && at_ < text_.size() && is_space(text_[at_])) out_ += text_[at_++];
  }

  bool restored_command() {
    const std::string_view rest = letters_at(text_, at_ + 1);
    // A real line break or tab before a short word is likelier than a damaged command.
    const bool is_white = is_space(text_[at_]);
    if (rest.size() < (is_white ? 2 : 1)) return false;
    const std::string name = escaped_letter(text_[at_]) + std::string(rest);
    if (find_command(name) == nullptr) return false;
    out_ += '\\';
    out_ += name;
    at_ += name.size();
    return true;
  }

  void beyond_ascii() {
    const Character found = character_at(text_, at_);
    if (raised(found.code) != 0) return index("^{", raised);
    if (lowered(found.code) != 0) return index("_{", lowered);
    append_latex(text_.substr(at_, found.size), found.code, out_);
    at_ += found.size;
  }

  void index(std::string_view opening, char (*reader)(std::uint32_t)) {
    out_ += opening;
    while (at_ < text_.size()) {
      const Character next = character_at(text_, at_);
      const char plain = reader(next.code);
      if (plain == 0) break;
      out_ += plain;
      at_ += next.size;
    }
    out_ += '}';
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool doubled_;
  std::string out_;
};

}  // namespace

bool needs_repair(std::string_view text) {
  char last = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20) || byte >= 0x80 || (c == '\\' && last == '\\')) return true;
    last = c;
  }
  return false;
}

std::string repaired(std::string_view text) { return Repairer(text).repaired(); }

}  // namespace proctor::graders::math
