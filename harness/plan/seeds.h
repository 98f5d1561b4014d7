// Seeds: the same run seed gives the same samples, in any order, on any machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace proctor::harness::plan {

// The seed of one sample: the first eight bytes, big-endian, of
// SHA-256("proctor sample seed 1\n" run_seed "\n" task "\n" question_id "\n" repeat), numbers in
// decimal. Frozen: stored runs depend on it.
std::uint64_t sample_seed(std::uint64_t run_seed, std::string_view task,
                          std::string_view question_id, int repeat);

}  // namespace proctor::harness::plan
