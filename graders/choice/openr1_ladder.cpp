#include "graders/choice/openr1_ladder.h"

#include <re2/re2.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/core/check.h"

namespace proctor::graders::choice {
namespace {

struct Level {
  int priority;
  const char* pattern;  // LETTER stands for a letter, ANSWER for one that stands alone
};

// A letter stands alone after a space or at the front, before a space, a mark or the end; Python's
// "$" is also met before a line feed that ends the text.
constexpr const char* kAlone = R"re((?:^| )(?:\*\*)?LETTER(?:\*\*)?(?:[.,: ]|\n?$))re";

constexpr Level kLevels[] = {
    {0, R"re((?i:final answer is):?\s*LETTER\.?\s?I hope)re"},
    {50, R"re((?i:final answer.{0,100}?)\s+is:?\s*LETTER)re"},
    {100, R"re((?i:answer):.{0,50}?ANSWER)re"},
    {150, R"re((?i:answer).{0,50}?ANSWER)re"},
    {200, R"re(^(?:\*\*)?LETTER(?:\*\*)?(?:[.,: ]|\n?$))re"},
    {250, "ANSWER"},
    {300, "LETTER"},
};

void replace(std::string& pattern, std::string_view word, std::string_view by) {
  if (const std::size_t at = pattern.find(word); at != std::string::npos) {
    pattern.replace(at, word.size(), by);
  }
}

std::string pattern_of(const Level& level, std::size_t letters) {
  std::string pattern = level.pattern;
  replace(pattern, "ANSWER", kAlone);
  replace(pattern, "LETTER", std::string("([A-") + static_cast<char>('A' + letters - 1) + "])");
  return pattern;
}

// The letter of the last match; nothing without one.
std::optional<Span> last_match(const RE2& expression, std::string_view text) {
  const re2::StringPiece whole(text.data(), text.size());
  std::optional<Span> last;
  std::size_t at = 0;
  std::array<re2::StringPiece, 2> groups;  // the match and its letter, so it is never empty
  while (expression.Match(whole, at, whole.size(), RE2::UNANCHORED, groups.data(), 2)) {
    const auto begin = static_cast<std::size_t>(groups[1].data() - whole.data());
    last = Span{begin, begin + 1};
    at = static_cast<std::size_t>(groups[0].data() - whole.data()) + groups[0].size();
  }
  return last;
}

// The patterns for one number of letters. Compiling them takes longer than reading a reply.
class Ladder {
 public:
  explicit Ladder(std::size_t letters) {
    for (const Level& level : kLevels) {
      rungs_.push_back({level.priority, std::make_unique<RE2>(pattern_of(level, letters))});
      check(rungs_.back().expression->ok());
    }
  }

  std::optional<LadderLetter> find(std::string_view text) const {
    for (const Rung& rung : rungs_) {
      const std::optional<Span> found = last_match(*rung.expression, text);
      if (!found) continue;
      const auto option = static_cast<std::size_t>(text[found->begin] - 'A');
      return LadderLetter{rung.level, *found, option};
    }
    return std::nullopt;
  }

 private:
  struct Rung {
    int level = 0;
    std::unique_ptr<RE2> expression;
  };
  std::vector<Rung> rungs_;
};

const Ladder& ladder_of(std::size_t letters) {
  static std::mutex mutex;
  static std::map<std::size_t, Ladder> ladders;  // guarded by `mutex`; entries stay where they are
  const std::lock_guard lock(mutex);
  return ladders.try_emplace(letters, letters).first->second;
}

}  // namespace

std::optional<LadderLetter> openr1_letter(std::string_view text, std::size_t letters) {
  return ladder_of(letters).find(text);
}

std::optional<FirstLetter> simple_evals_letter(std::string_view text) {
  static const RE2 kAnswer(R"re((?i)answer[ \t]*:[ \t]*\$?([A-D]))re");
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece letter;
  if (!RE2::PartialMatch(whole, kAnswer, &letter)) return std::nullopt;
  const auto begin = static_cast<std::size_t>(letter.data() - whole.data());
  const bool small = letter[0] >= 'a';
  return FirstLetter{
      {begin, begin + 1}, static_cast<std::size_t>(letter[0] - (small ? 'a' : 'A')), small};
}

}  // namespace proctor::graders::choice
