#include "graders/math/gold.h"

#include <mutex>
#include <utility>

#include "graders/math/anchors.h"
#include "graders/math/boxed_answer.h"
#include "graders/math/choice.h"
#include "graders/math/expression/parser.h"

namespace proctor::graders::math {
namespace {

Wanted wanted_by(std::string_view gold) {
  Arena arena;
  const Parsed parsed = parse_answer(gold, arena);
  return parsed.root != nullptr && parsed.root->kind == Kind::text ? Wanted::words : Wanted::value;
}

std::shared_ptr<const Gold> make_gold(std::string_view text, std::optional<char> letter) {
  if (letter) {
    return std::make_shared<const Gold>(Gold{Answer(text), Wanted::letter, letter});
  }
  return std::make_shared<const Gold>(Gold{Answer(text), wanted_by(text), {}});
}

// A solution of several sentences, whose last says what the answer is.
std::shared_ptr<const Gold> gold_of_solution(std::string_view text) {
  if (!last_announcement(text, text.size())) return nullptr;
  if (const std::optional<Choice> letter = announced_letter(text)) {
    return make_gold(text.substr(letter->span.begin, 1), letter->letter);
  }
  const std::optional<FoundAnswer> found = find_answer(text, {});
  return found ? make_gold(found->text, choice_letter(found->text)) : nullptr;
}

}  // namespace

std::shared_ptr<const Gold> read_gold(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n$") == std::string_view::npos) return nullptr;
  if (const std::optional<BoxedAnswer> box = boxed_answer(text)) {
    return make_gold(box->text, choice_letter(box->text));
  }
  if (const std::optional<char> letter = choice_letter(text)) return make_gold(text, letter);
  if (std::shared_ptr<const Gold> gold = gold_of_solution(text)) return gold;
  return make_gold(text, {});
}

std::shared_ptr<const Gold> GoldCache::get(const std::string& text) const {
  {
    const std::shared_lock lock(mutex_);
    const auto found = golds_.find(text);
    if (found != golds_.end()) return found->second;
  }
  std::shared_ptr<const Gold> gold = read_gold(text);
  const std::unique_lock lock(mutex_);
  if (golds_.size() < kMostGolds) golds_.try_emplace(text, gold);
  return gold;
}

}  // namespace proctor::graders::math
