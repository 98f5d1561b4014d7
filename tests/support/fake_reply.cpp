#include "tests/support/fake_reply.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace proctor::support {

namespace {

// Beyond ASCII on purpose: replies must survive their journey byte for byte.
constexpr std::string_view kWords[] = {"so",   "√2",     "we",  "≤",  "Wait,", "x²",  "hence",
                                       "the",  "sum",    "π/3", "is", "12",    "→",   "check",
                                       "case", "again",  "mod", "7",  "Hmm,",  "∑aᵢ", "but",
                                       "then", "“even”", "𝑛=4", "or"};
constexpr std::size_t kWrongAnswers = 4;

int count_tokens(std::string_view text) { return static_cast<int>(tokens_of(text).size()); }

// An integer unlike the gold answer, of few: the first ones are the popular mistakes.
std::string wrong_answer(std::string_view gold, Dice& dice) {
  const std::size_t mistake = std::min(dice.below(kWrongAnswers), dice.below(kWrongAnswers));
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(gold.data(), gold.data() + gold.size(), value);
  const bool integer = error == std::errc() && end == gold.data() + gold.size();
  return std::to_string(integer ? (value + 1 + 7 * mistake) % 1000 : 9001 + 7 * mistake);
}

std::string write_thinking(int average_tokens, std::string_view guess, Dice& dice) {
  const auto average = static_cast<std::size_t>(std::max(average_tokens, 2));
  const std::size_t words = average / 2 + dice.below(average + 1);
  const std::size_t guess_at = words / 3 + dice.below(words * 2);
  std::string text = "Okay,";
  for (std::size_t i = 0; i < words; ++i) {
    text.append(i % 15 == 14 ? "\n\n" : " ").append(kWords[dice.below(std::size(kWords))]);
    if (i == guess_at) text.append(" maybe \\boxed{").append(guess).append("}?");
  }
  return text;
}

std::string closing_sentence(std::string_view boxed) {
  if (boxed.empty()) return "I am not able to determine the answer.";
  return std::string("The answer is \\boxed{").append(boxed).append("}.");
}

}  // namespace

std::uint64_t Dice::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Dice::fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::size_t Dice::below(std::size_t bound) {
  return static_cast<std::size_t>(fraction() * static_cast<double>(bound));
}

std::uint64_t hash_of(std::string_view text, std::uint64_t basis) {
  for (const char c : text) basis = (basis ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return basis;
}

std::uint64_t hash_of(std::uint64_t number, std::uint64_t basis) {
  return Dice(basis ^ Dice(number).next()).next();
}

double ease_of(std::string_view problem) { return Dice(hash_of(problem)).fraction(); }

Reply write_reply(std::string_view problem, std::string_view gold, std::uint64_t seed,
                  const ReplyOptions& options) {
  Dice dice(hash_of(seed, hash_of(problem)));
  const bool unclosed = dice.fraction() < options.unclosed_rate;
  const bool no_answer = dice.fraction() < options.no_answer_rate;
  const bool right = dice.fraction() < ease_of(problem);
  const std::string wrong = wrong_answer(gold, dice);
  const std::string thinking = write_thinking(options.thinking_tokens, wrong, dice);

  Reply reply;
  if (unclosed) {
    reply.finish_reason = "length";
  } else if (!no_answer) {
    reply.boxed = right ? std::string(gold) : wrong;
  }
  const std::string answer = unclosed ? "" : closing_sentence(reply.boxed);
  if (options.style == ThinkStyle::apart) {
    reply.reasoning = thinking;
    reply.content = answer;
  } else {
    if (options.style == ThinkStyle::tagged) reply.content = "<think>\n";
    reply.content.append(thinking);
    if (!unclosed) reply.content.append("\n</think>\n\n").append(answer);
  }
  reply.reasoning_tokens = count_tokens(thinking);
  reply.completion_tokens = count_tokens(reply.reasoning) + count_tokens(reply.content);
  return reply;
}

Reply cut_short(const Reply& reply, int tokens) {
  if (tokens >= reply.completion_tokens) return reply;
  Reply kept;
  kept.finish_reason = "length";
  kept.completion_tokens = tokens;
  kept.reasoning_tokens = std::min(reply.reasoning_tokens, tokens);
  auto left = static_cast<std::size_t>(std::max(tokens, 0));
  const auto keep = [&left](std::string_view text, std::string& into) {
    for (const std::string_view token : tokens_of(text)) {
      if (left == 0) return;
      into.append(token);
      --left;
    }
  };
  keep(reply.reasoning, kept.reasoning);
  keep(reply.content, kept.content);
  return kept;
}

std::vector<std::string_view> tokens_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \n";
  std::vector<std::string_view> tokens;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t word = text.find_first_not_of(kBlanks, begin);
    const std::size_t end = std::min(text.find_first_of(kBlanks, word), text.size());
    tokens.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return tokens;
}

}  // namespace proctor::support
