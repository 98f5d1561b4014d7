#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tasks/simple_evals_order.h"
#include "tasks/task.h"

namespace proctor::tasks {
namespace {

Question question_of(std::string id, std::string gold = "A", std::string place = "1 of 1") {
  return {.id = std::move(id),
          .text = "Which?",
          .gold = std::move(gold),
          .attributes = {{"option 1", "w"},
                         {"option 2", "x"},
                         {"option 3", "y"},
                         {"option 4", "z"},
                         {"place", std::move(place)}}};
}

Protocol ordered(std::string order, std::uint64_t seed = 1) {
  Protocol protocol;
  protocol.option_order = std::move(order);
  protocol.option_seed = seed;
  return protocol;
}

// The options as shown, and the gold letter: "zxwy C".
std::string shown(const Protocol& protocol, const Question& question, int repeat) {
  const Question asked = as_asked(protocol, question, repeat);
  CHECK(asked.id == question.id);
  CHECK(asked.text == question.text);
  std::string letters;
  for (const std::string_view option : options_of(asked)) letters += option;
  return letters + " " + asked.gold;
}

}  // namespace

TEST_CASE("the right option keeps its text under its new letter") {
  for (const std::string_view order : option_orders()) {
    CAPTURE(order);
    for (const char* gold : {"A", "B", "C", "D"}) {
      const Question question = question_of("q", gold);
      const std::string right(options_of(question)[static_cast<std::size_t>(gold[0] - 'A')]);
      for (int repeat = 0; repeat < 16; ++repeat) {
        const Question asked = as_asked(ordered(std::string(order)), question, repeat);
        const std::vector<std::string_view> options = options_of(asked);
        REQUIRE(options.size() == 4);
        CHECK(options[static_cast<std::size_t>(asked.gold[0] - 'A')] == right);
        CHECK(std::set<std::string_view>(options.begin(), options.end()).size() == 4);
      }
    }
  }
}

TEST_CASE("a seeded order is frozen for its seed, its question and its repeat") {
  // Whoever changes these changes what every stored run was asked.
  CHECK(shown(ordered("seeded"), question_of("rec1"), 0) == "xwyz B");
  CHECK(shown(ordered("seeded"), question_of("rec1"), 1) == "zywx C");
  CHECK(shown(ordered("seeded"), question_of("rec2"), 0) == "wyxz A");
  CHECK(shown(ordered("seeded", 3), question_of("rec1"), 0) == "wyxz A");
  // The place in the set and what else is asked play no part.
  CHECK(shown(ordered("seeded"), question_of("rec1", "A", "7 of 198"), 0) ==
        shown(ordered("seeded"), question_of("rec1"), 0));
}

TEST_CASE("seeded orders favour no permutation") {
  std::map<std::string, int> permutations;
  constexpr int kDraws = 2400;
  for (int i = 0; i < kDraws; ++i) {
    ++permutations[shown(ordered("seeded"), question_of("q" + std::to_string(i / 8)), i % 8)];
  }
  REQUIRE(permutations.size() == 24);
  double chi2 = 0;
  for (const auto& [permutation, count] : permutations) {
    chi2 += (count - kDraws / 24.0) * (count - kDraws / 24.0) / (kDraws / 24.0);
  }
  CHECK(chi2 < 49.7);  // 23 degrees of freedom, p = 0.001
}

TEST_CASE("only the place of the right option is drawn where the others keep their order") {
  std::set<std::string> seen;
  for (int repeat = 0; repeat < 64; ++repeat) {
    seen.insert(shown(ordered("gold"), question_of("q", "B"), repeat));
  }
  CHECK(seen == std::set<std::string>{"xwyz A", "wxyz B", "wyxz C", "wyzx D"});
}

TEST_CASE("a fixed order is the same for all repeats of a question") {
  std::set<std::string> orders;
  for (int i = 0; i < 32; ++i) {
    const Question question = question_of("q" + std::to_string(i));
    const std::string first = shown(ordered("fixed"), question, 0);
    CHECK(first == shown(ordered("seeded"), question, 0));
    for (int repeat = 1; repeat < 4; ++repeat) {
      CHECK(shown(ordered("fixed"), question, repeat) == first);
    }
    orders.insert(first);
  }
  CHECK(orders.size() > 8);
}

TEST_CASE("a cyclic order rotates by row and repeat") {
  struct Row {
    const char* place;
    int repeat;
    const char* shown;
  };
  constexpr Row kRows[] = {
      {"1 of 8", 0, "wxyz A"}, {"2 of 8", 0, "xyzw D"}, {"3 of 8", 0, "yzwx C"},
      {"4 of 8", 0, "zwxy B"}, {"5 of 8", 0, "wxyz A"}, {"1 of 8", 1, "xyzw D"},
      {"4 of 8", 1, "wxyz A"}, {"8 of 8", 3, "yzwx C"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.place);
    CAPTURE(row.repeat);
    CHECK(shown(ordered("cyclic"), question_of("q", "A", row.place), row.repeat) == row.shown);
  }
}

TEST_CASE("the order of simple-evals is that of Python's generator") {
  // random.Random(0), then random.sample(range(4), 4) twelve times and, last, the 1012th time
  using Order = std::vector<std::uint8_t>;
  const Order kOrders[] = {{3, 1, 0, 2}, {3, 1, 2, 0}, {2, 3, 0, 1}, {2, 0, 3, 1},
                           {1, 3, 0, 2}, {2, 1, 0, 3}, {3, 1, 0, 2}, {3, 2, 1, 0},
                           {0, 3, 1, 2}, {3, 1, 0, 2}, {0, 3, 2, 1}, {1, 2, 3, 0}};
  for (std::size_t draw = 0; draw < std::size(kOrders); ++draw) {
    CHECK(simple_evals_order(4, draw) == kOrders[draw]);
  }
  CHECK(simple_evals_order(4, 1011) == Order{0, 1, 3, 2});

  // All questions of one repeat are drawn before those of the next.
  CHECK(shown(ordered("se"), question_of("q", "A", "1 of 3"), 0) == "zxwy C");
  CHECK(shown(ordered("se"), question_of("q", "A", "3 of 3"), 0) == "yzwx C");
  CHECK(shown(ordered("se"), question_of("q", "A", "1 of 3"), 1) == "ywzx B");
  CHECK(shown(ordered("se"), question_of("q", "A", "2 of 3"), 2) == "zyxw D");
}

TEST_CASE("a question without options is asked as it is") {
  const Question plain{.id = "1", .text = "2 + 2?", .gold = "4", .attributes = {{"level", "1"}}};
  CHECK(as_asked(ordered("seeded"), plain, 3) == plain);
  const Question stored = question_of("q", "B");
  CHECK(as_asked(Protocol{}, stored, 3) == stored);
  const Question odd = question_of("q", "E");
  CHECK(as_asked(ordered("seeded"), odd, 3) == odd);
}

TEST_CASE("an order is chosen by name and changes the recipe") {
  const Result<Protocol> r1 = protocol_for("r1", "gpqa");
  REQUIRE(r1);
  std::set<std::string> hashes = {protocol_hash(*r1, "g")};
  for (const char* order : {"se", "cyclic", "fixed", "gold"}) {
    const Result<Protocol> changed = with_option_order(*r1, order);
    REQUIRE(changed);
    CHECK(changed->option_order == order);
    hashes.insert(protocol_hash(*changed, "g"));
    const Result<Protocol> read = parse_protocol(protocol_json(*changed, "g"));
    REQUIRE(read);
    CHECK(protocol_json(*read, "g") == protocol_json(*changed, "g"));
  }
  CHECK(hashes.size() == 5);
  const Result<Protocol> unknown = with_option_order(*r1, "random");
  REQUIRE(!unknown);
  CHECK(unknown.error().message() ==
        "no order of options is named \"random\"; there are: seeded, gold, fixed, cyclic, se");

  Protocol damaged = *r1;
  damaged.option_order = "random";
  const Result<Protocol> read = parse_protocol(protocol_json(damaged, "g"));
  REQUIRE(!read);
  CHECK(read.error().code() == ErrorCode::corrupt);
}

}  // namespace proctor::tasks
