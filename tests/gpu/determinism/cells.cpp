#include "tests/gpu/determinism/cells.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <random>
#include <utility>

#include "harness/core/check.h"

namespace proctor::engine::determinism {
namespace {

constexpr Cell kCells[] = {
    {.name = "alone, step by step", .batch = 1, .one_behind = false, .graphs = false},
    {.name = "among 64, step by step", .one_behind = false, .graphs = false},
    {.name = "among 64, host behind", .graphs = false},
    {.name = "alone, graphs", .batch = 1},
    {.name = "among 2, graphs", .batch = 2},
    {.name = "among 7, graphs", .batch = 7},
    {.name = "among 64, graphs", .batch = 64},
    {.name = "among 300, graphs", .batch = 300},
    {.name = "among 64, in reverse order", .reversed = true},
    {.name = "among 64, graphs, step by step", .one_behind = false},
    {.name = "prompts cut by 97", .batch = 30, .step_tokens = 97},
    {.name = "prompts cut by 512", .step_tokens = 512},
    {.name = "prompts shared", .shared = 60},
    {.name = "preempted, swapped", .room = 0.5, .swaps = true},
    {.name = "preempted, swapped, host not behind",
     .one_behind = false,
     .room = 0.3,
     .swaps = true},
    {.name = "preempted, recomputed", .room = 0.4},
    {.name = "preempted, recomputed, prompts shared", .shared = 60, .room = 0.2},
    {.name = "all lost at random steps, recomputed", .lost = 4},
    {.name = "from the middle", .from_the_middle = true},
};

constexpr SamplingParameters kSampling[] = {
    {.temperature = 0.6F, .top_p = 0.95F, .logprobs = true},
    {.temperature = 1, .logprobs = true},
    {.temperature = 0, .logprobs = true},
    {.temperature = 0.6F, .top_p = 0.95F, .top_k = 20, .logprobs = true},
    {.temperature = 1, .top_p = 0.5F, .logprobs = true},
    {.temperature = 1.3F, .top_k = 50, .logprobs = true},
    {.temperature = 0.6F, .top_p = 0.95F, .logprobs = false},
};

// Seeds of the samples that are compared are these from here on; those of neighbours lie below.
constexpr std::uint64_t kFirstSeed = std::uint64_t{1} << 40;
constexpr int kRowsOfEach = 4;  // whose logits are asked for: first, last and between

class Randomness {
 public:
  explicit Randomness(std::uint64_t seed) : engine_(seed) {}
  int up_to(int most) { return 1 + static_cast<int>(engine_() % static_cast<unsigned>(most)); }
  std::vector<std::int32_t> ids(int count, int vocab_size) {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(count));
    for (std::int32_t& id : ids) id = up_to(vocab_size) - 1;
    return ids;
  }
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[static_cast<std::size_t>(up_to(static_cast<int>(i)) - 1)]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

// The same in every cell.
std::vector<SequenceRequest> compared(const Load& load, int vocab_size) {
  Randomness random(1);
  std::vector<SequenceRequest> requests;
  for (std::size_t i = 0; i < load.prompts.size(); ++i) {
    requests.push_back({.id = static_cast<std::int64_t>(i),
                        .prompt = random.ids(load.prompts[i], vocab_size),
                        .max_new_tokens = load.new_tokens,
                        .sampling = kSampling[i % std::size(kSampling)],
                        .seed = kFirstSeed + i});
  }
  return requests;
}

// Those of cells in which pages run out have prompts that nearly fill their last page, so that they
// ask for another soon.
int neighbour_length(const Cell& cell, const Load& load, int page_size, Randomness& random) {
  const int length = random.up_to(load.longest_neighbour);
  if (cell.room >= 1) return length;
  const int pages = (length + page_size - 1) / page_size;
  return pages * page_size - random.up_to(std::min(load.new_tokens / 2, page_size - 1));
}

// In the order of submission, with neighbours that no other cell has. How long all are does not
// depend on the vocabulary.
std::vector<SequenceRequest> all_requests(const Cell& cell, const Load& load, int vocab_size,
                                          int page_size, std::vector<SequenceRequest> requests) {
  Hash name;
  for (const char letter : cell.name) name.add(static_cast<unsigned char>(letter));
  Randomness random(name.value());
  const std::size_t samples = requests.size();
  const int batch = std::min(cell.batch, load.most);
  const auto all = static_cast<std::size_t>(cell.batch == 1 ? 0 : batch + batch / 4 + 4);
  while (requests.size() < all) {
    const int shares = random.up_to(100);
    const auto sample = static_cast<std::size_t>(random.up_to(static_cast<int>(samples)) - 1);
    const int length = neighbour_length(cell, load, page_size, random);
    requests.push_back(
        {.id = static_cast<std::int64_t>(requests.size()),
         .prompt = shares <= cell.shared ? requests[sample].prompt : random.ids(length, vocab_size),
         .max_new_tokens = load.new_tokens / 2 + random.up_to(load.new_tokens),
         .sampling = kSampling[requests.size() % std::size(kSampling)],
         .seed = requests.size()});
  }
  random.shuffle(requests);
  if (cell.reversed) std::ranges::reverse(requests);
  return requests;
}

int pages_of(const SequenceRequest& request, int page_size) {
  return (static_cast<int>(request.prompt.size()) + request.max_new_tokens) / page_size + 2;
}

// Of all tokens of all requests; `room` of what those that run at once need, where that is less.
int pages_of(const Cell& cell, const Load& load, const std::vector<SequenceRequest>& requests,
             int page_size) {
  int all = 0;
  int longest = 0;
  for (const SequenceRequest& request : requests) {
    const int pages = pages_of(request, page_size);
    all += pages;
    longest = std::max(longest, pages);
  }
  if (cell.room >= 1) return all;
  const double at_once =
      static_cast<double>(std::min(cell.batch, load.most)) / static_cast<double>(requests.size());
  return std::max(longest + 2, static_cast<int>(cell.room * std::min(at_once, 1.0) * all));
}

// Hands in the first half of the tokens that each wrote alone.
void begin_in_the_middle(const Load& load, const std::vector<Sample>& alone,
                         std::vector<SequenceRequest>& samples) {
  check(alone.size() == samples.size());
  const int half = load.new_tokens / 2;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (int token = 0; token < half; ++token) {
      samples[i].prompt.push_back(alone[i].tokens[static_cast<std::size_t>(token)].id);
    }
    samples[i].max_new_tokens -= half;
  }
}

std::set<TokenPlace> places_of(const Load& load) {
  std::set<TokenPlace> places;
  for (std::size_t i = 0; i < load.prompts.size(); ++i) {
    for (int row = 0; row < kRowsOfEach; ++row) {
      const int after = row * (load.new_tokens - 1) / (kRowsOfEach - 1);
      places.insert({kFirstSeed + i, load.prompts[i] + after});
    }
  }
  return places;
}

class Collector : public SequenceObserver {
 public:
  explicit Collector(std::vector<Sample>& samples) : samples_(samples) {}
  bool token(std::int64_t id, const SampledToken& token) override {
    const auto sample = static_cast<std::size_t>(id);
    if (sample < samples_.size()) samples_[sample].tokens.push_back(token);
    return true;
  }
  void finished(std::int64_t, SequenceEnd) override {}

 private:
  std::vector<Sample>& samples_;
};

bool same(const SampledToken& one, const SampledToken& other) {
  return one.id == other.id &&
         std::bit_cast<std::uint32_t>(one.logprob) == std::bit_cast<std::uint32_t>(other.logprob) &&
         std::bit_cast<std::uint32_t>(one.tempered_logprob) ==
             std::bit_cast<std::uint32_t>(other.tempered_logprob);
}

}  // namespace

std::span<const Cell> all_cells() { return kCells; }

int pages_for(const Load& load, int page_size) {
  int most = 0;
  for (const Cell& cell : kCells) {
    const std::vector<SequenceRequest> requests =
        all_requests(cell, load, 1, page_size, compared(load, 1));
    most = std::max(most, pages_of(cell, load, requests, page_size));
  }
  return most;
}

Result<CellRun> run_cell(const Cell& cell, const Load& load, int vocab_size, Device& device,
                         Fault fault, const std::vector<Sample>& alone) {
  std::vector<SequenceRequest> requests = compared(load, vocab_size);
  CellRun run = {.samples = std::vector<Sample>(requests.size())};
  if (cell.from_the_middle) {
    begin_in_the_middle(load, alone, requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto half = static_cast<std::ptrdiff_t>(load.new_tokens / 2);
      run.samples[i].tokens.assign(alone[i].tokens.begin(), alone[i].tokens.begin() + half);
    }
  }
  requests = all_requests(cell, load, vocab_size, device.page_size(), std::move(requests));
  const int pages = pages_of(cell, load, requests, device.page_size());
  WatchedDevice watched(device, {.vocab_size = vocab_size,
                                 .places = places_of(load),
                                 .pages = std::min(pages, device.pages()),
                                 .swaps = cell.swaps,
                                 .lost = cell.lost,
                                 .fault = fault});
  Scheduler scheduler(watched, {.max_sequences = std::min(cell.batch, load.most),
                                .step_tokens = cell.step_tokens,
                                .max_context = 1 << 20,
                                .reserve = cell.room < 1 ? 0 : 0.05,
                                .one_behind = cell.one_behind});
  for (SequenceRequest& request : requests) {
    if (Result<void> taken = scheduler.submit(std::move(request)); !taken) return taken.error();
  }
  Collector collector(run.samples);
  while (!scheduler.idle()) {
    const Result<void> stepped = scheduler.step(collector);
    if (!stepped && !watched.take_loss()) return stepped.error();
  }
  for (const auto& [place, hash] : watched.rows()) {
    run.samples[place.first - kFirstSeed].rows[place.second] = hash;
  }
  if (cell.from_the_middle) {
    for (std::size_t i = 0; i < run.samples.size(); ++i)
      run.samples[i].rows.merge(std::map(alone[i].rows));
  }
  run.counters = scheduler.counters();
  run.disturbed = watched.disturbed();
  run.contradicted = watched.contradicted();
  return run;
}

std::uint64_t hash_of_tokens(const std::vector<Sample>& samples) {
  Hash hash;
  for (const Sample& sample : samples) {
    hash.add(sample.tokens.size());
    for (const SampledToken& token : sample.tokens) {
      hash.add(static_cast<std::uint64_t>(token.id));
      hash.add(std::bit_cast<std::uint32_t>(token.logprob));
      hash.add(std::bit_cast<std::uint32_t>(token.tempered_logprob));
    }
  }
  return hash.value();
}

std::uint64_t hash_of_rows(const std::vector<Sample>& samples) {
  Hash hash;
  for (const Sample& sample : samples) {
    for (const auto& [position, row] : sample.rows) {
      hash.add(static_cast<std::uint64_t>(position));
      hash.add(row);
    }
  }
  return hash.value();
}

std::optional<Difference> difference(const std::vector<Sample>& one,
                                     const std::vector<Sample>& other, const Load& load) {
  check(one.size() == other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const std::vector<SampledToken>& tokens = one[i].tokens;
    const auto [left, right] = std::ranges::mismatch(tokens, other[i].tokens, same);
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    if (left != tokens.end() || right != other[i].tokens.end()) {
      first = load.prompts[i] + (left - tokens.begin());
    }
    for (const auto& [position, row] : one[i].rows) {
      const auto found = other[i].rows.find(position);
      if (found == other[i].rows.end() || found->second != row) first = std::min(first, position);
    }
    if (first != std::numeric_limits<std::int64_t>::max()) return Difference{i, first};
  }
  return std::nullopt;
}

}  // namespace proctor::engine::determinism
