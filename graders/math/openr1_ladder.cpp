#include "graders/math/openr1_ladder.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graders/math/boxed.h"
#include "harness/core/check.h"

namespace proctor::graders::math {
namespace {

// Every alternative of a formula has its own group; of a number there is one.
constexpr const char* kFormula =
    R"re((?:\$\$((?s:.+?))\$\$|\\\[((?s:.+?))\\\]|\$([^$\n]+)\$|\\\(([^\n]+?)\\\)))re";
constexpr const char* kNumber = R"re(-?\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|-?\d+[.,]\d+|\.\d+|-?\d+)re";
constexpr const char* kOperation =
    R"re(-?\(?-?\d[\d.\s+*×/^()÷-]*[+*×/^()÷-][\d.\s+*×/^()÷-]+\)?)re";
// Plain text states a value only after a space, an equals sign or at its front.
constexpr const char* kBefore = R"re((?:^|\s|=)(?:\*\*)?)re";
constexpr const char* kAfterOperation = R"re((?:\*\*)?(?:[.,:)$]|\s|$))re";

struct Level {
  int level;
  const char* before;  // of a formula
  const char* before_plain;
  const char* after;
};

constexpr Level kAnnounced[] = {
    {0, R"re((?i:final answer is):?\s*)re", R"re((?i:final answer is):?\s*)re",
     R"re(\.?\s?I hope)re"},
    {50, R"re((?i:final answer(?s:.{0,100}?))\s+is:?\s*)re",
     R"re((?i:final answer.{0,100}?)\s+is:?)re", ""},
};
constexpr Level kAfterBoxes[] = {
    {100, R"re((?i:answer):(?s:.{0,50}?))re", R"re((?i:answer):(?:.{0,100}=\s*|.{0,50}?))re", ""},
    {200, R"re((?i:answer)(?s:.{0,50}?))re", R"re((?i:answer)(?:.{0,100}=\s*|.{0,50}?))re", ""},
    {300, "", "", ""},
};
constexpr int kBoxLevel = 55;

struct Match {
  Span whole;
  Span answer;
};

// All matches, one after the other; the answer is the first group that took part.
void add_matches(const RE2& expression, std::string_view text, std::vector<Match>& matches) {
  const re2::StringPiece whole(text.data(), text.size());
  constexpr int kMostGroups = 5;
  std::array<re2::StringPiece, kMostGroups + 1> groups;
  const int count = expression.NumberOfCapturingGroups() + 1;
  std::size_t at = 0;
  while (expression.Match(whole, at, whole.size(), RE2::UNANCHORED, groups.data(), count)) {
    const auto place = [&](const re2::StringPiece& piece) {
      const auto begin = static_cast<std::size_t>(piece.data() - whole.data());
      return Span{begin, begin + piece.size()};
    };
    const Span matched = place(groups[0]);
    for (int group = 1; group < count; ++group) {
      const re2::StringPiece& piece = groups[static_cast<std::size_t>(group)];
      if (piece.data() == nullptr) continue;
      matches.push_back({matched, place(piece)});
      break;
    }
    at = matched.end;
  }
}

class Rung {
 public:
  explicit Rung(const Level& level) : level_(level.level) {
    const std::string after = level.after;
    const std::string plain = std::string(level.before_plain) + kBefore;
    add(level.before + std::string(kFormula) + after);
    add(plain + "(" + kOperation + ")" + kAfterOperation + after);
    add(plain + "[$€£¥]?(" + kNumber + ")" + after);
  }

  int level() const { return level_; }

  // The one that ends last first; of those that end together, the one that begins first.
  std::vector<Match> matches(std::string_view text) const {
    std::vector<Match> found;
    for (const std::unique_ptr<RE2>& expression : expressions_) {
      add_matches(*expression, text, found);
    }
    std::stable_sort(found.begin(), found.end(), [](const Match& one, const Match& other) {
      if (one.whole.end != other.whole.end) return one.whole.end > other.whole.end;
      return one.whole.begin < other.whole.begin;
    });
    return found;
  }

 private:
  void add(const std::string& pattern) {
    expressions_.push_back(std::make_unique<RE2>(pattern));
    check(expressions_.back()->ok());
  }

  int level_;
  std::vector<std::unique_ptr<RE2>> expressions_;
};

template <std::size_t N>
std::vector<Rung> rungs_of(const Level (&levels)[N]) {
  std::vector<Rung> rungs;
  for (const Level& level : levels) rungs.emplace_back(level);
  return rungs;
}

bool offer(const std::vector<Rung>& rungs, std::string_view text,
           const std::function<bool(const LadderAnswer&)>& take) {
  for (const Rung& rung : rungs) {
    for (const Match& match : rung.matches(text)) {
      if (take({rung.level(), match.answer})) return true;
    }
  }
  return false;
}

}  // namespace

bool offer_openr1_answers(std::string_view text,
                          const std::function<bool(const LadderAnswer&)>& take) {
  static const std::vector<Rung> kFirst = rungs_of(kAnnounced);
  static const std::vector<Rung> kLast = rungs_of(kAfterBoxes);
  if (offer(kFirst, text, take)) return true;
  const std::optional<Box> box = last_box(text);
  if (box && take({kBoxLevel, box->content})) return true;
  return offer(kLast, text, take);
}

}  // namespace proctor::graders::math
