// The reference answers of questions, read once.
#pragma once

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "graders/math/equality.h"
#include "graders/math/extraction.h"

namespace proctor::graders::math {

struct Gold {
  Answer answer;
  Wanted wanted = Wanted::value;
  std::optional<char> letter;  // of a multiple choice
};

// The reference answer that a text states: all of it if that is an answer by itself, or else the
// final answer of the solution it is. Null for a text without content.
std::shared_ptr<const Gold> read_gold(std::string_view text);

// Golds by their texts. Thread-safe; keeps up to kMostGolds and reads others anew each time.
class GoldCache {
 public:
  static constexpr std::size_t kMostGolds = 1U << 16;

  // As read_gold.
  std::shared_ptr<const Gold> get(const std::string& text) const;

 private:
  mutable std::shared_mutex mutex_;  // guards golds_
  mutable std::unordered_map<std::string, std::shared_ptr<const Gold>> golds_;
};

}  // namespace proctor::graders::math
