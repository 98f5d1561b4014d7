#include "graders/code/testlib/reader.h"

#include <limits>
#include <utility>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/numbers.h"

namespace proctor::graders::code::testlib {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMostWordBytes = 32U << 20;

}  // namespace

bool Reader::at_end_but_for_blanks() {
  const std::size_t next = text_.find_first_not_of(kBlanks, at_);
  at_ = next == std::string_view::npos ? text_.size() : next;
  return at_end();
}

Finding Reader::blame(std::string complaint) const {
  if (owner_ == Owner::contestant) return {Outcome::presentation, std::move(complaint)};
  return {Outcome::fail, "in the jury's answer: " + complaint};
}

std::nullopt_t Reader::complain(std::string complaint) {
  fault_ = blame(std::move(complaint));
  return std::nullopt;
}

std::nullopt_t Reader::complain_of(std::string_view word, std::string_view what) {
  return complain("expected " + std::string(what) + ", found " + in_quotes(word));
}

std::optional<std::string_view> Reader::word_that_is(std::string_view what) {
  if (at_end_but_for_blanks()) return complain("ended where " + std::string(what) + " was due");
  const std::size_t end = std::min(text_.find_first_of(kBlanks, at_), text_.size());
  const std::string_view word = text_.substr(at_, end - at_);
  if (word.size() > kMostWordBytes) return complain("a word of over 32 MiB");
  at_ = end;
  return word;
}

std::optional<std::string_view> Reader::word() { return word_that_is("a word"); }

std::optional<std::int64_t> Reader::integer() {
  constexpr std::string_view kWhat = "an integer of 64 bits";
  const std::optional<std::string_view> word = word_that_is(kWhat);
  if (!word) return std::nullopt;
  const std::optional<std::int64_t> value = parse_integer(*word);
  if (!value) return complain_of(*word, kWhat);
  return value;
}

std::optional<std::int32_t> Reader::small_integer() {
  constexpr std::string_view kWhat = "an integer of 32 bits";
  const std::optional<std::string_view> word = word_that_is(kWhat);
  if (!word) return std::nullopt;
  const std::optional<std::int64_t> value = parse_integer(*word);
  if (!value || !std::in_range<std::int32_t>(*value)) return complain_of(*word, kWhat);
  return static_cast<std::int32_t>(*value);
}

std::optional<double> Reader::number() {
  constexpr std::string_view kWhat = "a number";
  const std::optional<std::string_view> word = word_that_is(kWhat);
  if (!word) return std::nullopt;
  const std::optional<double> value = parse_number(*word);
  if (!value) return complain_of(*word, kWhat);
  return value;
}

std::string Reader::line() {
  std::string line;
  while (!at_end() && text_[at_] != '\n') {
    const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    line += text_.substr(at_, end - at_);
    at_ = end;
    if (at_end() || text_[at_] == '\n') break;
    ++at_;
    if (!at_end() && text_[at_] == '\n') break;
    // A carriage return within a line is dropped, and the byte behind it taken as it is; behind the
    // last one testlib finds its mark for the end of the file, 255, and takes that.
    line += at_end() ? '\xFF' : text_[at_++];
  }
  if (!at_end()) ++at_;
  return line;
}

}  // namespace proctor::graders::code::testlib
