#include "harness/exchange/redaction.h"

#include <doctest/doctest.h>

#include "harness/core/sha256.h"

namespace proctor::harness::exchange {

TEST_CASE("the texts of gated tasks are withheld and those of others if the user asks for it") {
  CHECK(withholds_texts("gpqa", false));
  CHECK(!withholds_texts("aime24", false));
  CHECK(withholds_texts("aime24", true));
  CHECK(!withholds_texts("imported from elsewhere", false));
  for (const char* other : {"gpqa_diamond", "gpqa_diamond_zeroshot", "leaderboard_gpqa", "GPQA"}) {
    CAPTURE(other);
    CHECK(withholds_texts(other, false));
  }
}

TEST_CASE("of a reason what a server may have quoted is withheld") {
  CHECK(withheld_reason("HTTP 400: bad prompt \"neon\"") ==
        "HTTP 400: " + withheld(" bad prompt \"neon\""));
  CHECK(withheld_reason("neon is too long") == withheld("neon is too long"));
  CHECK(withheld_reason("which of these gases is noble, neon or radon: neon") ==
        withheld("which of these gases is noble, neon or radon: neon"));
  CHECK(withheld_reason("") == "");
}

TEST_CASE("a text is withheld as its hash and a letter stays") {
  CHECK(withheld("neon") == "sha256:" + sha256_hex("neon"));
  CHECK(withheld("") == "");
  CHECK(withheld("C") == "C");
  CHECK(withheld("c") == "sha256:" + sha256_hex("c"));
  CHECK(withheld("5") == "sha256:" + sha256_hex("5"));
}

TEST_CASE("nothing of a question or a reply can be read where it is withheld") {
  const Question question = withheld(Question{.id = "rec1",
                                              .text = "Which is noble?",
                                              .gold = "B",
                                              .attributes = {{"Subdomain", "Gases"},
                                                             {"option 1", "iron"},
                                                             {"option 2", "neon"},
                                                             {"place", "1 of 2"},
                                                             {"starter_code", "def f"}}});
  CHECK(question == Question{.id = "rec1",
                             .text = withheld("Which is noble?"),
                             .gold = "B",
                             .attributes = {{"Subdomain", "Gases"},
                                            {"option 1", withheld("iron")},
                                            {"option 2", withheld("neon")},
                                            {"place", "1 of 2"},
                                            {"starter_code", withheld("def f")}}});

  const Prompt prompt = withheld(Prompt{{.role = "user", .content = "Which?"}});
  CHECK(prompt == Prompt{{.role = "user", .content = withheld("Which?")}});

  Generation reply;
  reply.text = "neon";
  reply.reasoning = "a gas";
  reply.usage.completion = 7;
  const Generation shared = withheld(reply);
  CHECK(shared.text == withheld("neon"));
  CHECK(shared.reasoning == withheld("a gas"));
  CHECK(shared.usage.completion == 7);

  Score score;
  score.verdict = Verdict::wrong;
  score.extracted = "neon";
  score.canonical = "neon";
  score.span = Span{2, 6};
  score.explanation = "answer line: neon";
  const Score told = withheld(score);
  CHECK(told.verdict == Verdict::wrong);
  CHECK(told.extracted == withheld("neon"));
  CHECK(told.canonical == told.extracted);
  CHECK(told.explanation.empty());
  CHECK(told.span == Span{2, 6});
}

}  // namespace proctor::harness::exchange
