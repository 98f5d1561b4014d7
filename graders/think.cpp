#include "graders/think.h"

#include <string_view>

namespace proctor::graders {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kWhiteSpace) == std::string_view::npos;
}

// Nothing but white space and tags: the model skipped its thinking.
bool is_hollow(std::string_view thinking) {
  while (!is_blank(thinking)) {
    thinking.remove_prefix(thinking.find_first_not_of(kWhiteSpace));
    if (thinking.starts_with(kOpen)) {
      thinking.remove_prefix(kOpen.size());
    } else if (thinking.starts_with(kClose)) {
      thinking.remove_prefix(kClose.size());
    } else {
      return false;
    }
  }
  return true;
}

// The model did not end its turn itself.
bool was_cut(FinishReason finish) {
  return finish == FinishReason::length || finish == FinishReason::content_filter ||
         finish == FinishReason::repetition;
}

}  // namespace

ThinkSplit split_thinking(const Generation& reply, bool think_prefilled) {
  const std::string_view text = reply.text;
  const Span whole{0, text.size()};
  const ThinkSplit unclosed{Thinking::unclosed, {text.size(), text.size()}};

  const std::size_t open = text.rfind(kOpen);
  const std::size_t close = text.rfind(kClose);
  const bool closes = close != std::string_view::npos;
  if (open != std::string_view::npos && (!closes || open > close)) return unclosed;
  if (closes) {
    const bool hollow = is_hollow(text.substr(0, close)) && is_hollow(reply.reasoning);
    return {hollow ? Thinking::empty : Thinking::closed, {close + kClose.size(), text.size()}};
  }
  if (!reply.reasoning.empty()) {
    if (is_blank(text) && was_cut(reply.finish)) return unclosed;
    return {is_hollow(reply.reasoning) ? Thinking::empty : Thinking::closed, whole};
  }
  if (think_prefilled && was_cut(reply.finish)) return unclosed;
  return {Thinking::absent, whole};
}

std::optional<std::string> why_nothing_is_final(const Generation& reply, const ThinkSplit& split) {
  if (reply.finish == FinishReason::empty) return "empty reply";
  if (split.state == Thinking::unclosed) {
    return reply.finish == FinishReason::length ? "thinking not closed, cut at the token limit"
                                                : "thinking not closed";
  }
  const std::string_view answer = std::string_view(reply.text).substr(split.answer.begin);
  if (is_blank(answer)) {
    return split.state == Thinking::absent ? "empty reply" : "nothing after the thinking";
  }
  return std::nullopt;
}

}  // namespace proctor::graders
