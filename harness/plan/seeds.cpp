#include "harness/plan/seeds.h"

#include <fmt/core.h>

#include "harness/core/sha256.h"

namespace proctor::harness::plan {

std::uint64_t sample_seed(std::uint64_t run_seed, std::string_view task,
                          std::string_view question_id, int repeat) {
  const Sha256::Digest digest = Sha256()
                                    .update(fmt::format("proctor sample seed 1\n{}\n{}\n{}\n{}",
                                                        run_seed, task, question_id, repeat))
                                    .finish();
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed = seed << 8 | digest[i];
  return seed;
}

}  // namespace proctor::harness::plan
