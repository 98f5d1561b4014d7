#include "graders/math/boxed_answer.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "graders/math/box_attachment.h"
#include "graders/math/boxed.h"
#include "graders/math/latex.h"
#include "graders/math/skip.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kMostJoined = 16;
constexpr std::size_t kMostBetween = 120;  // bytes between two boxes of one sentence

std::string_view part(std::string_view text, std::size_t begin, std::size_t end) {
  return text.substr(begin, end - begin);
}

bool skip_word(std::string_view& text) {
  for (const std::string_view word : {"and", "or", "und", "oder", "et", "ou", "y", "o", "e", "и",
                                      "или", "和", "或", "与", "及", "、", "，"}) {
    if (!text.starts_with(word)) continue;
    if (is_letter(word[0]) && text.size() > word.size() && is_letter(text[word.size()])) continue;
    text.remove_prefix(word.size());
    return true;
  }
  return false;
}

// \text{ and }, and in a formula that goes on also \text{ for the first part and }.
bool skip_text_group(std::string_view& text) {
  std::string_view rest = text;
  if (!skip_any(rest, {"\\text{", "\\mbox{", "\\textrm{", "\\mathrm{"})) return false;
  std::string_view words = rest.substr(0, rest.find('}'));
  if (words.size() == rest.size()) return false;
  rest.remove_prefix(words.size() + 1);
  while (!words.empty() && is_space(words.back())) words.remove_suffix(1);
  const std::size_t space = words.find_last_of(" \t\n~");
  std::string_view last = space == std::string_view::npos ? words : words.substr(space + 1);
  if (!skip_word(last) || !last.empty()) return false;
  text = rest;
  return true;
}

// The length of the name at the end of the text that the box after it is given to, "x=", "y_{1} = "
// or "\alpha=", and 0 if there is none.
std::size_t assigned_name(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0 && is_space(text[end - 1])) --end;
  if (end == 0 || text[end - 1] != '=') return 0;
  --end;
  while (end > 0 && is_space(text[end - 1])) --end;
  std::size_t begin = end;
  const auto in_name = [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '{' || c == '}' || c == '\'' ||
           c == '\\';
  };
  while (begin > 0 && in_name(text[begin - 1])) --begin;
  const bool is_name = begin < end && (is_letter(text[begin]) || text[begin] == '\\') &&
                       (end - begin == 1 || text[begin] == '\\' || text[begin + 1] == '_' ||
                        text[begin + 1] == '\'');
  return is_name ? text.size() - begin : 0;
}

// Whether the boxes on both sides of this text are one answer.
bool joins(std::string_view between) {
  if (between.size() > kMostBetween) return false;
  const std::size_t newline = between.find('\n');
  if (newline != std::string_view::npos) {
    const std::size_t next = between.find_first_not_of(" \t\r", newline + 1);
    if (next != std::string_view::npos && between[next] == '\n') return false;  // a new paragraph
  }
  between.remove_suffix(assigned_name(between));
  while (!between.empty()) {
    if (is_space(between[0])) {
      between.remove_prefix(1);
    } else if (!skip_any(between, {"$", "\\(", "\\)", "\\[", "\\]", ",", ";", "&", "\\\\", "\\quad",
                                   "\\qquad", "\\,", "\\;", "\\ ", "*"}) &&
               !skip_word(between) && !skip_text_group(between)) {
      return false;
    }
  }
  return true;
}

// How many of the last boxes belong together.
std::size_t count_joined(std::string_view text, const std::vector<Box>& boxes) {
  std::size_t joined = 1;
  while (joined < boxes.size()) {
    const Box& before = boxes[boxes.size() - joined - 1];
    const Box& after = boxes[boxes.size() - joined];
    if (!after.closed || !joins(part(text, before.whole.end, after.whole.begin))) break;
    ++joined;
  }
  return joined > kMostJoined ? 1 : joined;
}

// Where the content of a box ends that nobody closed: with its formula, or its line.
std::size_t end_of_unterminated(std::string_view text, const Box& box) {
  std::size_t at = box.content.begin;
  while (at < box.content.end && (is_space(text[at]) || text[at] == '$')) ++at;
  for (; at < box.content.end; ++at) {
    if (text[at] == '\n' || text[at] == '$') return at;
    if (text[at] != '\\') continue;
    const std::string_view next = text.substr(at + 1, 1);
    if (next == ")" || next == "]") return at;
    ++at;
  }
  return box.content.end;
}

// The contents with commas between. The names before the boxes are taken along if all have one and
// there are several: "x=\boxed{1}, y=\boxed{2}" says which is which.
std::string joined_text(std::string_view text, std::span<const Box> boxes) {
  constexpr std::size_t kLongestName = 32;
  const auto name_before = [&](const Box& box) {
    const std::size_t begin = box.whole.begin - std::min(box.whole.begin, kLongestName);
    const std::string_view before = part(text, begin, box.whole.begin);
    return before.substr(before.size() - assigned_name(before));
  };
  const bool named =
      boxes.size() > 1 && std::all_of(boxes.begin(), boxes.end(),
                                      [&](const Box& box) { return !name_before(box).empty(); });
  std::vector<std::string> contents;
  for (const Box& box : boxes) {
    std::string content = without_boxes(part(text, box.content.begin, box.content.end));
    if (named) content.insert(0, name_before(box));
    if (std::find(contents.begin(), contents.end(), content) == contents.end()) {
      contents.push_back(std::move(content));
    }
  }
  std::string joined;
  for (const std::string& content : contents) joined += (joined.empty() ? "" : ", ") + content;
  return joined;
}

}  // namespace

std::optional<BoxedAnswer> boxed_answer(std::string_view text) {
  const std::vector<Box> boxes = recent_boxes(text, BoxSpelling::damaged);
  if (boxes.empty()) return std::nullopt;
  const Box& last = boxes.back();
  if (!last.closed) {
    const Span span{last.content.begin, end_of_unterminated(text, last)};
    return BoxedAnswer{"unterminated box", span, without_boxes(part(text, span.begin, span.end))};
  }
  const std::size_t count = count_joined(text, boxes);
  const std::span<const Box> joined = std::span(boxes).last(count);
  const Attachment attachment = box_attachment(text.substr(last.whole.end));
  const std::size_t end =
      attachment.length > 0 ? last.whole.end + attachment.length : last.content.end;
  return BoxedAnswer{count > 1 ? "joined boxes" : "box",
                     {joined.front().content.begin, end},
                     joined_text(text, joined) + attachment.text};
}

}  // namespace proctor::graders::math
