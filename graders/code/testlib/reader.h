// How testlib's checkers read a file, as far as the standard ones need it: a word, a number or a
// line at a time, and whose fault it is when there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctor::graders::code::testlib {

// Values are the exit codes of the checker programs.
enum class Outcome {
  ok = 0,
  wrong = 1,
  presentation = 2,  // the output is not of the form that was asked for
  fail = 3,          // the jury's answer is not: nobody's fault who was examined
  points = 7,        // a number of points where others give a verdict
};

struct Finding {
  Outcome outcome = Outcome::ok;
  std::string detail{};  // for a person; empty for ok
};

// Reads a text from front to end. What cannot be read gives nothing, and fault() says why.
class Reader {
 public:
  enum class Owner { contestant, jury };

  // `text` must outlive the reader.
  Reader(std::string_view text, Owner owner) : text_(text), owner_(owner) {}

  // Whether nothing follows; the first also passes over blanks, line ends among them.
  bool at_end_but_for_blanks();
  bool at_end() const { return at_ == text_.size(); }

  std::optional<std::string_view> word();
  std::optional<std::int64_t> integer();
  std::optional<std::int32_t> small_integer();
  std::optional<double> number();
  // What is left of the line, without its end; empty at the end of the text.
  std::string line();

  // Of the last read that gave nothing.
  const Finding& fault() const { return fault_; }
  // What it means when this text is not as it should be: presentation or fail.
  Finding blame(std::string complaint) const;

 private:
  // The next word, where one is due; `what` is the kind of thing it should be.
  std::optional<std::string_view> word_that_is(std::string_view what);
  std::nullopt_t complain(std::string complaint);
  std::nullopt_t complain_of(std::string_view word, std::string_view what);

  const std::string_view text_;
  const Owner owner_;
  std::size_t at_ = 0;
  Finding fault_{};
};

}  // namespace proctor::graders::code::testlib
