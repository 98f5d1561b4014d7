#include "tasks/simple_evals_order.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <numeric>
#include <random>

#include "harness/core/check.h"

namespace proctor::tasks {
namespace {

// Seeds a std::mt19937 with the state that CPython's random.Random(0) starts from: init_by_array()
// of Matsumoto and Nishimura's mt19937ar.c, with the one word 0 as its key. The standard engine
// takes whatever generate() leaves as its state.
struct PythonSeedZero {
  using result_type = std::uint32_t;

  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    const auto size = static_cast<std::uint32_t>(end - begin);
    std::vector<std::uint32_t> state(size);
    state[0] = 19'650'218U;
    for (std::uint32_t i = 1; i < size; ++i) {
      state[i] = 1'812'433'253U * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    }
    std::uint32_t i = 1;
    const auto advance = [&] {
      if (++i < size) return;
      state[0] = state[size - 1];
      i = 1;
    };
    for (std::uint32_t k = 0; k < size; ++k) {
      state[i] ^= (state[i - 1] ^ (state[i - 1] >> 30)) * 1'664'525U;  // plus the key's word, 0
      advance();
    }
    for (std::uint32_t k = 1; k < size; ++k) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1'566'083'941U)) - i;
      advance();
    }
    state[0] = 0x8000'0000U;
    std::copy(state.begin(), state.end(), begin);
  }
};

// The draws for one number of options, made as they are asked for.
class Draws {
 public:
  explicit Draws(std::size_t options) : options_(options) {
    PythonSeedZero zero;
    engine_.seed(zero);
  }

  std::vector<std::uint8_t> at(std::size_t draw) {
    while (drawn_.size() <= draw) drawn_.push_back(sample());
    return drawn_[draw];
  }

 private:
  // Random._randbelow_with_getrandbits: as many high bits as n needs, again until they are below.
  std::size_t below(std::size_t n) {
    const auto bits = static_cast<int>(std::bit_width(n));
    while (true) {
      const std::size_t drawn = engine_() >> (32 - bits);
      if (drawn < n) return drawn;
    }
  }

  // Random.sample() of a whole small population: what is drawn is replaced by the last.
  std::vector<std::uint8_t> sample() {
    std::vector<std::uint8_t> pool(options_);
    std::iota(pool.begin(), pool.end(), std::uint8_t{0});
    std::vector<std::uint8_t> drawn;
    for (std::size_t left = options_; left > 0; --left) {
      const std::size_t at = below(left);
      drawn.push_back(pool[at]);
      pool[at] = pool[left - 1];
    }
    return drawn;
  }

  std::size_t options_;
  std::mt19937 engine_;
  std::vector<std::vector<std::uint8_t>> drawn_;
};

}  // namespace

std::vector<std::uint8_t> simple_evals_order(std::size_t options, std::size_t draw) {
  constexpr std::size_t kMostOptions = 21;  // sample() works otherwise for more
  check(options > 0 && options <= kMostOptions);
  static std::mutex mutex;
  static std::map<std::size_t, Draws> draws;  // guarded by `mutex`
  const std::lock_guard lock(mutex);
  return draws.try_emplace(options, options).first->second.at(draw);
}

}  // namespace proctor::tasks
