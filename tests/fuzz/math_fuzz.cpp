// Fuzzes the grader of mathematics: extraction, parser and comparison, under libFuzzer.
//
//   cmake -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DPROCTOR_FUZZ=ON \
//         -DPROCTOR_SANITIZE=address,undefined && ninja -C build/fuzz math_fuzz
//   build/fuzz/tests/fuzz/math_fuzz -max_len=4096 -timeout=5 -max_total_time=600 \
//         CORPUS tests/fuzz/seeds/math
//
// An input is a gold, a zero byte and a reply. Whatever they are there is a verdict, and:
//  - the same two texts get the same verdict again;
//  - an answer that is understood equals itself, or is too large to be compared;
//  - what equals the gold is not different from it when the two change places, if both are numbers.
#include <cstdint>
#include <string>
#include <string_view>

#include "graders/math/equality.h"
#include "graders/math/extraction.h"
#include "graders/math/gold.h"
#include "harness/core/check.h"

namespace {

using proctor::check;
using namespace proctor::graders::math;

bool is_plain_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789-/") == std::string_view::npos;
}

void check_reflexive(const Answer& answer) {
  if (!answer.understood()) return;
  check(compare(answer, answer).equality != Equality::unparsed);
  check(compare(answer, answer).equality != Equality::unequal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = input.find('\0');
  const std::string_view gold_text = input.substr(0, zero);
  const std::string_view reply =
      zero == std::string_view::npos ? std::string_view() : input.substr(zero + 1);

  const std::shared_ptr<const Gold> gold = read_gold(gold_text);
  if (!gold) return 0;
  check_reflexive(gold->answer);
  const auto found = find_answer(reply, {gold->wanted, false});
  if (!found) return 0;
  check(found->span.begin <= found->span.end && found->span.end <= reply.size());

  const Answer answer(found->text);
  check_reflexive(answer);
  const Comparison comparison = compare(gold->answer, answer);
  check(compare(gold->answer, Answer(found->text)).equality == comparison.equality);
  const bool numbers =
      is_plain_number(gold->answer.canonical()) && is_plain_number(answer.canonical());
  if (numbers && comparison.equality == Equality::equal) {
    check(compare(answer, gold->answer).equality == Equality::equal);
  }
  return 0;
}
