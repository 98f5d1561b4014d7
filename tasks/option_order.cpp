// In which order a repeat shows the options of a multiple choice.
#include <algorithm>
#include <charconv>
#include <numeric>

#include "harness/core/sha256.h"
#include "tasks/simple_evals_order.h"
#include "tasks/task.h"

namespace proctor::tasks {
namespace {

using Order = std::vector<std::uint8_t>;  // at each place, which of the stored options stands there

constexpr std::size_t kMostOptions = 10;  // letters A to J

// What an order is made from.
struct Asked {
  const Protocol& protocol;
  const Question& question;
  std::size_t options;
  std::size_t gold;    // which of the options is right
  std::size_t repeat;  // from 0
};

struct Place {
  std::size_t row = 0;
  std::size_t rows = 1;
};

// "3 of 198". A question that is in no set counts as the only one of its own.
Place place_of(const Question& question) {
  constexpr std::string_view kOf = " of ";
  for (const auto& [name, value] : question.attributes) {
    if (name != kPlaceAttribute) continue;
    std::size_t number = 0;
    std::size_t rows = 0;
    const char* end = value.data() + value.size();
    const auto first = std::from_chars(value.data(), end, number);
    if (first.ec != std::errc() || !std::string_view(first.ptr, end).starts_with(kOf)) break;
    const auto second = std::from_chars(first.ptr + kOf.size(), end, rows);
    constexpr std::size_t kMostRows = 1'000'000;  // more is damage
    if (second.ec != std::errc() || number == 0 || number > rows || rows > kMostRows) break;
    return {number - 1, rows};
  }
  return {};
}

std::uint64_t drawn_number(const Asked& asked, std::size_t repeat) {
  const Sha256::Digest digest = Sha256()
                                    .update("option order\n")
                                    .update(std::to_string(asked.protocol.option_seed) + "\n")
                                    .update(std::to_string(repeat) + "\n")
                                    .update(asked.question.id)
                                    .finish();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | digest[i];
  return number;
}

Order as_stored(const Asked& asked) {
  Order order(asked.options);
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  return order;
}

// The drawn number's digits to the bases n, n-1... 1 say which of those left comes next. There are
// at most 10! permutations, so that the remainder of 64 bits favours none by more than 1 in 10^12.
Order permuted(const Asked& asked, std::size_t repeat) {
  Order left = as_stored(asked);
  Order order;
  std::uint64_t number = drawn_number(asked, repeat);
  while (!left.empty()) {
    const auto next = static_cast<std::ptrdiff_t>(number % left.size());
    number /= left.size();
    order.push_back(left[static_cast<std::size_t>(next)]);
    left.erase(left.begin() + next);
  }
  return order;
}

Order seeded(const Asked& asked) { return permuted(asked, asked.repeat); }

Order fixed(const Asked& asked) { return permuted(asked, 0); }

Order with_gold_drawn(const Asked& asked) {
  Order order = as_stored(asked);
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(asked.gold));
  const std::uint64_t place = drawn_number(asked, asked.repeat) % asked.options;
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(place),
               static_cast<std::uint8_t>(asked.gold));
  return order;
}

Order cyclic(const Asked& asked) {
  Order order = as_stored(asked);
  const std::size_t by = (place_of(asked.question).row + asked.repeat) % asked.options;
  std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(by), order.end());
  return order;
}

Order se(const Asked& asked) {
  const Place place = place_of(asked.question);
  return simple_evals_order(asked.options, asked.repeat * place.rows + place.row);
}

struct OrderRule {
  std::string_view name;
  Order (*order)(const Asked&);
};

constexpr OrderRule kRules[] = {
    {"seeded", seeded}, {"gold", with_gold_drawn}, {"fixed", fixed}, {"cyclic", cyclic}, {"se", se},
};

std::string letter(std::size_t place) { return std::string(1, static_cast<char>('A' + place)); }

}  // namespace

std::span<const std::string_view> option_orders() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const OrderRule& rule : kRules) names.push_back(rule.name);
    return names;
  }();
  return kNames;
}

Result<Protocol> with_option_order(Protocol protocol, std::string_view order) {
  std::string names;
  for (const std::string_view name : option_orders()) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    if (name != order) continue;
    protocol.option_order = order;
    return protocol;
  }
  return Error(ErrorCode::not_found,
               "no order of options is named \"" + std::string(order) + "\"; there are: " + names);
}

Question as_asked(const Protocol& protocol, const Question& question, int repeat) {
  const std::vector<std::string_view> options = options_of(question);
  const std::size_t gold = question.gold.size() == 1
                               ? static_cast<unsigned char>(question.gold[0]) - std::size_t{'A'}
                               : options.size();
  if (gold >= options.size() || options.size() > kMostOptions) return question;
  for (const OrderRule& rule : kRules) {
    if (rule.name != protocol.option_order) continue;
    const Order order =
        rule.order({protocol, question, options.size(), gold, static_cast<std::size_t>(repeat)});
    Question asked = question;
    for (std::size_t place = 0; place < order.size(); ++place) {
      const std::string name = std::string(kOptionPrefix) + std::to_string(place + 1);
      for (auto& [attribute, value] : asked.attributes) {
        if (attribute == name) value = options[order[place]];
      }
      if (order[place] == gold) asked.gold = letter(place);
    }
    return asked;
  }
  return question;
}

}  // namespace proctor::tasks
