// The option orders of openai/simple-evals (gpqa_eval.py at ee3b031): Python's random.Random(0),
// from which every row in turn draws random.sample(range(n), n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctor::tasks {

// The draw-th of these permutations of n options, from 0: the entry at place i is which of the
// options is shown there. Draws are kept, so that asking for one after the other is quick.
// Thread-safe.
std::vector<std::uint8_t> simple_evals_order(std::size_t options, std::size_t draw);

}  // namespace proctor::tasks
