#include "graders/reply_traits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

namespace proctor::graders {
namespace {

std::string repeated(std::string_view piece, std::size_t copies) {
  std::string text;
  for (std::size_t i = 0; i < copies; ++i) text += piece;
  return text;
}

// The contract of ends_in_loop() tried out: every length of the end, every length of the piece.
bool loops_by_trial(const std::string& whole) {
  const std::string text = whole.substr(whole.size() - std::min<std::size_t>(whole.size(), 4096));
  for (std::size_t piece = 1; 8 * piece <= text.size(); ++piece) {
    std::size_t same = 0;  // bytes at the end that equal those one piece earlier
    while (same + piece < text.size() &&
           text[text.size() - 1 - same] == text[text.size() - 1 - same - piece]) {
      ++same;
    }
    const std::size_t length = same + piece;
    if (length >= 512 && length >= 8 * piece) return true;
  }
  return false;
}

ReplyTraits traits_of(std::string_view text, std::string_view reasoning = "",
                      bool think_prefilled = false) {
  Generation reply;
  reply.text = text;
  reply.reasoning = reasoning;
  return reply_traits({"q", "What is two and two?", "4", {}}, reply, think_prefilled);
}

}  // namespace

TEST_CASE("a reply that ends in ever the same words loops") {
  struct Row {
    std::string name;
    std::string text;
    bool loops;
  };
  const Row rows[] = {
      {"a sentence again and again", "Let me see. " + repeated("Wait, I should check. ", 40), true},
      {"one byte", repeated("!", 512), true},
      {"one byte too few", repeated("!", 511), false},
      {"seven copies of a long piece",
       std::string("Well. ") + repeated(std::string(99, 'a') + "b", 7), false},
      {"eight copies", repeated(std::string(99, 'a') + "b", 8), true},
      {"cut within a copy", repeated("and so on and on; ", 60) + "and so", true},
      {"a loop that ended well", repeated("Wait. ", 200) + "No: it is plainly 12, so \\boxed{12}.",
       false},
      {"prose", "The sum of the first n odd numbers is n squared, as a drawing shows.", false},
      {"nothing", "", false},
      {"beyond what is looked at", repeated(std::string(700, 'x') + "y", 20), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(ends_in_loop(row.text) == row.loops);
    CHECK(loops_by_trial(row.text) == row.loops);
  }
}

TEST_CASE("loops are found as by trying every piece") {
  std::mt19937_64 random(7);
  int loops = 0;
  for (int round = 0; round < 300; ++round) {
    const std::size_t piece_size = 1 + random() % 600;
    std::string piece;
    for (std::size_t i = 0; i < piece_size; ++i) piece += static_cast<char>('a' + random() % 2);
    std::string text;
    for (std::size_t i = random() % 900; i > 0; --i) text += static_cast<char>('a' + random() % 2);
    text += repeated(piece, random() % 12);
    text += piece.substr(0, random() % (piece_size + 1));
    if (random() % 3 == 0 && !text.empty())
      text[text.size() - 1 - random() % std::min<std::size_t>(text.size(), 700)] = 'c';
    const bool expected = loops_by_trial(text);
    loops += expected ? 1 : 0;
    CHECK(ends_in_loop(text) == expected);
  }
  CHECK(loops > 30);
  CHECK(loops < 270);
}

TEST_CASE("a script is foreign if the question has no letter of it") {
  struct Row {
    std::string name;
    std::string question;
    std::string text;
    bool mixes;
  };
  const std::string latin = repeated("plain words ", 20);
  const Row rows[] = {
      {"Chinese in an English reply", "How many?", latin + repeated("答案是七", 6), true},
      {"a Chinese word or two", "How many?", latin + "答案", false},
      {"a question in Chinese", "有多少？", latin + repeated("答案是七", 6), false},
      {"a wholly Chinese reply", "How many?", repeated("答案是七", 10), true},
      {"formulas in a reply to Chinese", "有多少", repeated("答案是七", 10) + latin, false},
      {"Russian", "How many?", latin + repeated("ответ ", 10), true},
      {"Korean", "How many?", latin + repeated("정답은 ", 10), true},
      {"Greek letters of formulas", "How many?", latin + repeated("α+β=γ ", 40), false},
      {"a share too small", "How many?", repeated(latin, 10) + repeated("答案", 12), false},
      {"accents", "How many?", repeated("déjà vu, süß, žluťoučký ", 20), false},
      {"not UTF-8", "How many?", latin + repeated("\xff\xfe\xe4\xb8", 30), false},
      {"digits and signs", "How many?", repeated("1 + 1 = 2; ", 30), false},
      {"nothing", "How many?", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(mixes_scripts(row.question, row.text) == row.mixes);
  }
}

TEST_CASE("the traits of a reply say its sizes and where its thinking ends") {
  const ReplyTraits tagged = traits_of("<think>two and two</think>It is 4.");
  CHECK(tagged.text_bytes == 34);
  CHECK(tagged.reasoning_bytes == 0);
  CHECK(tagged.thinking_bytes == 26);
  CHECK_FALSE(tagged.loops);
  CHECK_FALSE(tagged.mixes_scripts);
  const ReplyTraits apart = traits_of("It is 4.", "two and two");
  CHECK(apart.text_bytes == 8);
  CHECK(apart.reasoning_bytes == 11);
  CHECK(apart.thinking_bytes == 11);
  CHECK(traits_of("It is 4.").thinking_bytes == 0);
  CHECK(traits_of("", repeated("Hm. ", 200)).loops);
  CHECK(traits_of(repeated("答案是七", 10)).mixes_scripts);
}

TEST_CASE("replies have the same hash only if they are the same") {
  CHECK(traits_of("ab", "c").hash == traits_of("ab", "c").hash);
  CHECK(traits_of("ab", "c").hash != traits_of("c", "ab").hash);
  CHECK(traits_of("abc").hash != traits_of("bc", "a").hash);
  std::vector<std::uint64_t> hashes;
  for (std::size_t length = 0; length < 200; ++length) {
    hashes.push_back(traits_of(std::string(length, 'a')).hash);
    for (std::size_t place = 0; place < length; ++place) {
      std::string text(length, 'a');
      text[place] = 'b';
      hashes.push_back(traits_of(text).hash);
    }
  }
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

}  // namespace proctor::graders
