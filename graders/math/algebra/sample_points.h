// Where functions of variables are compared.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "graders/math/algebra/ball.h"

namespace proctor::graders::math {

constexpr int kSamplePoints = 17;

// A point for each index below kSamplePoints: the first are rational, positive, negative or of
// mixed signs (|x| is not x), small or large. The last eight are whole numbers, since (-1)^n has no
// value elsewhere: four in a row, which are even and odd in turn, and four at random. The same
// names, seed and index give the same point.
std::vector<Assignment> sample_point(std::span<const std::string_view> names, std::uint64_t seed,
                                     int index);

}  // namespace proctor::graders::math
