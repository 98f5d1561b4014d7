#include "graders/math/algebra/sample_points.h"

#include <iterator>

#include "graders/math/algebra/hash.h"

namespace proctor::graders::math {
namespace {

enum class Sign { positive, negative, mixed };

struct Pattern {
  Sign sign;
  std::int64_t range;          // numerators run to this
  std::uint64_t denominators;  // and denominators from 101 to 101 + this; 0: whole numbers
};

constexpr Pattern kPatterns[] = {
    {Sign::positive, 599, 97}, {Sign::negative, 599, 97}, {Sign::mixed, 599, 97},
    {Sign::positive, 83, 41},  {Sign::mixed, 599, 97},    {Sign::positive, 9973, 97},
    {Sign::mixed, 83, 41},     {Sign::positive, 299, 41}, {Sign::negative, 4999, 97},
    {Sign::positive, 11, 0},   {Sign::positive, 11, 0},   {Sign::positive, 11, 0},
    {Sign::positive, 11, 0},   {Sign::positive, 29, 0},   {Sign::positive, 29, 0},
    {Sign::positive, 29, 0},   {Sign::positive, 29, 0},
};
static_assert(std::size(kPatterns) == kSamplePoints);

constexpr int kFirstOfRow = 9;  // of whole numbers in a row
constexpr int kLastOfRow = 12;

}  // namespace

std::vector<Assignment> sample_point(std::span<const std::string_view> names, std::uint64_t seed,
                                     int index) {
  const Pattern& pattern = kPatterns[index];
  std::vector<Assignment> point;
  point.reserve(names.size());
  for (const std::string_view name : names) {
    const bool in_row = index >= kFirstOfRow && index <= kLastOfRow;
    const int drawn = in_row ? kFirstOfRow : index;
    const std::uint64_t random = mixed(seed + hash_of(name) + static_cast<std::uint64_t>(drawn));
    auto numerator =
        static_cast<std::int64_t>(1 + random % static_cast<std::uint64_t>(pattern.range));
    const bool negative = pattern.sign == Sign::negative ||
                          (pattern.sign == Sign::mixed && ((random >> 60) & 1) != 0);
    if (negative) numerator = -numerator;
    if (in_row) numerator += index - kFirstOfRow;
    if (pattern.denominators == 0) {
      point.push_back({name, Rational(numerator)});
      continue;
    }
    Rational value(numerator);
    const auto denominator = static_cast<std::int64_t>(101 + (random >> 32) % pattern.denominators);
    point.push_back({name, value * Rational(denominator).inverse()});
  }
  return point;
}

}  // namespace proctor::graders::math
