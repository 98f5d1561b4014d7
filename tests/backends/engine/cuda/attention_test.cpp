#include "backends/engine/cuda/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <utility>

#include "backends/engine/checkpoint/e4m3.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

struct Heads {
  int heads, kv_heads, head_dim;
  Precision precision = Precision::full;

  KvLayout layout() const { return {kv_heads, head_dim, precision}; }
  int group() const { return heads / kv_heads; }
  std::size_t dim() const { return static_cast<std::size_t>(head_dim); }
  std::size_t width() const { return static_cast<std::size_t>(heads * head_dim); }
};

std::size_t size(int value) { return static_cast<std::size_t>(value); }

// Of the channels of all heads, some powers of two; empty for a cache in bf16.
std::vector<float> scales_of(const Heads& heads, std::size_t odd) {
  std::vector<float> scales;
  if (heads.precision == Precision::full) return scales;
  const std::size_t channels = size(heads.kv_heads) * heads.dim();
  for (std::size_t i = 0; i < channels; ++i) {
    scales.push_back(std::ldexp(1.0F, static_cast<int>(i * odd % 9) - 8));
  }
  return scales;
}
constexpr std::size_t kKeyScales = 5;
constexpr std::size_t kValueScales = 7;

// To what E4M3 can hold of it, divided by the scale of its channel.
void round_to_scales(std::vector<bf16>& values, const std::vector<float>& scales) {
  for (std::size_t i = 0; i < values.size() && !scales.empty(); ++i) {
    const float scale = scales[i % scales.size()];
    values[i] = rounded_to_bf16(widened_e4m3(rounded_to_e4m3(widen(values[i]) / scale)) * scale);
  }
}

// The queries, keys and values of a sequence at all its positions.
struct Sequence {
  Heads heads;
  int length;
  std::vector<bf16> queries;       // [length][heads][head_dim]
  std::vector<bf16> keys, values;  // [length][kv_heads][head_dim]

  Sequence(const Heads& heads_, int length_, Random& random, float deviation = 1)
      : heads(heads_),
        length(length_),
        queries(random_values(random, size(length) * heads.width(), deviation)),
        keys(random_values(random, size(length * heads.kv_heads) * heads.dim(), deviation)),
        values(random_values(random, keys.size())) {
    round_to_scales(keys, scales_of(heads, kKeyScales));
    round_to_scales(values, scales_of(heads, kValueScales));
  }
};

// Some of a sequence's positions, to be computed in one slice.
struct Piece {
  const Sequence* sequence;
  int start;
  int tokens;
};

struct Options {
  std::int32_t max_partials = 1 << 20;
  int blocks = 3;
  std::uint64_t page_seed = 1;  // where the pages lie
  int idle = 0;                 // items and merges of no work besides
  int launches = 1;
  int at_a_time = 1 << 20;     // see AttentionRoom
  std::vector<int> over = {};  // the pieces that are over by now
};

// What lies where nothing has been written.
constexpr bf16 kUntouched = {0x7FFF};

// What a step's attention reads, on the host.
struct Step {
  std::vector<bf16> qkv;
  std::vector<std::byte> cache;
  std::vector<AttentionSlice> slices;
  std::vector<std::int32_t> pages;
};

// As the element `at` of a cache, in E4M3 if there are scales.
void put(std::vector<std::byte>& cache, std::size_t at, bf16 value,
         const std::vector<float>& scales, std::size_t channel) {
  if (scales.empty()) {
    std::memcpy(cache.data() + at * sizeof value, &value, sizeof value);
  } else {
    cache[at] = std::byte{rounded_to_e4m3(widen(value) / scales[channel])};
  }
}

void append_pages(Step& step, const Piece& piece, const std::vector<std::int32_t>& pages) {
  const Sequence& sequence = *piece.sequence;
  const Heads& heads = sequence.heads;
  const std::vector<float> key_scales = scales_of(heads, kKeyScales);
  const std::vector<float> value_scales = scales_of(heads, kValueScales);
  const KvLayout layout = heads.layout();
  for (int position = 0; position < piece.start + piece.tokens; ++position) {
    const std::int32_t page = pages[size(position / kPagePositions)];
    for (int head = 0; head < heads.kv_heads; ++head) {
      const std::size_t from = size(position * heads.kv_heads + head) * heads.dim();
      const std::size_t to =
          layout.keys_at(page, head) + size(position % kPagePositions) * heads.dim();
      const std::size_t channel = size(head) * heads.dim();
      for (std::size_t i = 0; i < heads.dim(); ++i) {
        put(step.cache, to + i, sequence.keys[from + i], key_scales, channel + i);
        put(step.cache, to + layout.values_offset() + i, sequence.values[from + i], value_scales,
            channel + i);
      }
    }
  }
}

Step step_of(std::span<const Piece> pieces, const Options& options) {
  Step step;
  const Heads& heads = pieces[0].sequence->heads;
  const std::vector<float> key_scales = scales_of(heads, kKeyScales);
  int total = 1;  // one more page than is used
  for (const Piece& piece : pieces) total += (piece.start + piece.tokens - 1) / kPagePositions + 1;
  std::vector<std::int32_t> free(size(total));
  std::iota(free.begin(), free.end(), 0);
  Random random(options.page_seed);
  std::shuffle(free.begin(), free.end(), random);
  // Slots that nothing has been written to hold NaNs.
  step.cache.assign(size(total) * heads.layout().page_bytes(), std::byte{0x7F});
  std::int32_t row = 0;
  for (const Piece& piece : pieces) {
    const int count = (piece.start + piece.tokens - 1) / kPagePositions + 1;
    const std::vector<std::int32_t> pages(free.end() - count, free.end());
    free.resize(free.size() - size(count));
    append_pages(step, piece, pages);
    step.slices.push_back(
        {row, piece.tokens, piece.start, static_cast<std::int32_t>(step.pages.size())});
    step.pages.insert(step.pages.end(), pages.begin(), pages.end());
    for (int i = 0; i < piece.tokens; ++i, ++row) {
      const auto query = piece.sequence->queries.begin() +
                         (piece.start + i) * static_cast<std::ptrdiff_t>(heads.width());
      step.qkv.insert(step.qkv.end(), query, query + static_cast<std::ptrdiff_t>(heads.width()));
      const auto scaled = std::span(step.qkv).last(heads.width());
      for (std::size_t channel = 0; channel < scaled.size() && !key_scales.empty(); ++channel) {
        const std::size_t kv_head = channel / heads.dim() / size(heads.group());
        const float scale = key_scales[kv_head * heads.dim() + channel % heads.dim()];
        scaled[channel] = rounded_to_bf16(widen(scaled[channel]) * scale);
      }
      // The row's keys and values, which attention does not read here.
      step.qkv.resize(step.qkv.size() + 2 * size(heads.kv_heads) * heads.dim(), bf16{0x7FFF});
    }
  }
  return step;
}

// The outputs of all pieces' tokens, [tokens][heads][head_dim].
std::vector<bf16> run(const std::vector<Piece>& pieces, const Options& options = {}) {
  const Heads& heads = pieces[0].sequence->heads;
  Step step = step_of(pieces, options);
  AttentionPlan plan =
      make_attention_plan(step.slices, {heads.group(), options.max_partials, options.at_a_time});
  plan.items.resize(plan.items.size() + size(options.idle));
  plan.merges.resize(plan.merges.size() + size(options.idle));
  for (const int piece : options.over) step.slices[size(piece)].tokens = 0;

  Stream stream = make_stream();
  const auto qkv = upload(step.qkv, stream);
  const auto cache = upload(step.cache, stream);
  const auto slices = upload(step.slices, stream);
  const auto pages = upload(step.pages, stream);
  const auto items = upload(plan.items, stream);
  const auto merges = upload(plan.merges, stream);
  const auto key_scales = upload(scales_of(heads, kKeyScales), stream);
  const auto value_scales = upload(scales_of(heads, kValueScales), stream);
  const std::size_t partials = size(plan.partials * heads.kv_heads);
  auto sums = room_for<float>(partials * heads.dim());
  auto softmax = room_for<float>(partials * 2);
  auto tickets = upload(std::vector<unsigned>{0, 0}, stream);
  std::size_t rows = 0;
  for (const Piece& piece : pieces) rows += size(piece.tokens);
  auto out = options.over.empty()
                 ? room_for<bf16>(rows * heads.width())
                 : upload(std::vector<bf16>(rows * heads.width(), kUntouched), stream);
  for (int i = 0; i < options.launches; ++i) {
    attention(out.span(), qkv.span(), (heads.heads + 2 * heads.kv_heads) * heads.head_dim,
              cache.span(), {key_scales.span(), value_scales.span()}, heads.heads, heads.layout(),
              {slices.span(), pages.span(), items.span(), merges.span()},
              {sums.span(), softmax.span(), tickets.span()}, options.blocks, stream);
  }
  CHECK(download(tickets, stream) == std::vector<unsigned>{0, 0});
  return download(out, stream);
}

// Of one token and query head.
std::vector<double> truth_of(const Sequence& sequence, int position, int head) {
  const Heads& heads = sequence.heads;
  std::vector<bf16> keys;
  std::vector<bf16> values;
  for (int at = 0; at <= position; ++at) {
    const auto from =
        static_cast<std::ptrdiff_t>(size(at * heads.kv_heads + head / heads.group()) * heads.dim());
    keys.insert(keys.end(), sequence.keys.begin() + from,
                sequence.keys.begin() + from + heads.head_dim);
    values.insert(values.end(), sequence.values.begin() + from,
                  sequence.values.begin() + from + heads.head_dim);
  }
  const auto query = std::span(sequence.queries)
                         .subspan(size(position * heads.heads + head) * heads.dim(), heads.dim());
  std::vector<double> out(heads.dim());
  attention_reference(out, widened(query), widened(keys), widened(values));
  return out;
}

// The weights are rounded to bf16 before the values are added up, each by half a unit at most, and
// so is the result; the values are at most about 4.5.
constexpr double kAbsolute = 4.5 * kBf16Rounding;
constexpr double kRelative = kBf16Rounding;

void check_truth(const Piece& piece, std::span<const bf16> out) {
  const Heads& heads = piece.sequence->heads;
  for (int i = 0; i < piece.tokens; ++i) {
    for (int head = 0; head < heads.heads; ++head) {
      CAPTURE(piece.start + i);
      CAPTURE(head);
      const std::size_t at = size(i * heads.heads + head) * heads.dim();
      CHECK(excess(widened(out.subspan(at, heads.dim())),
                   truth_of(*piece.sequence, piece.start + i, head), kRelative, kAbsolute) <= 0);
    }
  }
}

std::vector<bf16> rows_of(const std::vector<bf16>& out, std::size_t width, int first, int count) {
  const auto begin = out.begin() + static_cast<std::ptrdiff_t>(width) * first;
  return {begin, begin + static_cast<std::ptrdiff_t>(width) * count};
}

}  // namespace

TEST_CASE("a decoding token attends to all before it at every edge of page and chunk") {
  SKIP_WITHOUT_DEVICE();
  Random random(1);
  struct Row {
    Heads heads;
    int position;
  };
  // Every group from 1 to 8, every head_dim.
  constexpr Row kRows[] = {
      {{1, 1, 128}, 0},
      {{2, 1, 128}, 15},
      {{3, 1, 128}, 16},
      {{4, 1, 64}, 63},
      {{10, 2, 64}, 64},
      {{6, 1, 96}, 65},
      {{14, 2, 128}, 511},
      {{8, 1, 32}, 512},
      {{7, 1, 128}, 513},
      {{6, 2, 32}, 1300},
      {{6, 1, 128}, 1091},
      {{16, 1, 32}, 70},
      {{6, 2, 32, Precision::fp8}, 520},
      {{10, 2, 64, Precision::fp8}, 64},
      {{6, 1, 96, Precision::fp8}, 65},
      {{8, 1, 128, Precision::fp8}, 1091},
      {{14, 2, 128, Precision::fp8}, 15},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.heads.heads);
    CAPTURE(row.heads.head_dim);
    const Sequence sequence(row.heads, row.position + 1, random);
    const Piece piece = {&sequence, row.position, 1};
    check_truth(piece, run({piece}));
  }
}

TEST_CASE("a prompt attends causally from its beginning and from its middle") {
  SKIP_WITHOUT_DEVICE();
  Random random(2);
  for (const Precision precision : {Precision::full, Precision::fp8}) {
    const Sequence sequence({6, 2, 64, precision}, 150, random);
    const Piece whole = {&sequence, 0, 150};
    check_truth(whole, run({whole}));
    const Piece end = {&sequence, 120, 30};
    check_truth(end, run({end}));
  }
}

TEST_CASE("a token has the same bits whatever it shares a step with and however work is cut") {
  SKIP_WITHOUT_DEVICE();
  Random random(3);
  for (const Precision precision : {Precision::full, Precision::fp8}) {
    const Sequence sequence({6, 2, 32, precision}, 1100, random);
    const Sequence other({6, 2, 32, precision}, 300, random);
    const std::size_t width = sequence.heads.width();
    // All in one slice: whole items. Tokens by themselves: chunks apart.
    const std::vector<bf16> prompt = run({{&sequence, 0, 1100}});
    for (const int position : {0, 5, 16, 63, 64, 300, 511, 512, 575, 1023, 1024, 1099}) {
      CAPTURE(position);
      const auto expected = rows_of(prompt, width, position, 1);
      CHECK(run({{&sequence, position, 1}}) == expected);
      CHECK(run({{&sequence, position, 1}}, {.max_partials = 0}) == expected);
      CHECK(run({{&sequence, position, 1}}, {.blocks = 2, .at_a_time = 1}) == expected);
      const auto batch = run({{&other, 250, 3}, {&sequence, position, 1}, {&other, 0, 40}},
                             {.blocks = 1, .page_seed = 9, .idle = 2, .launches = 2});
      CHECK(rows_of(batch, width, 3, 1) == expected);
    }
    // Runs of tokens whose packs lie across the edges of chunks, from several starts.
    for (const int start : {505, 509, 510, 511}) {
      CAPTURE(start);
      const auto expected = rows_of(prompt, width, start, 9);
      CHECK(run({{&sequence, start, 9}}) == expected);
      CHECK(run({{&sequence, start, 9}}, {.max_partials = 20}) == expected);
    }
  }
}

TEST_CASE("a slice that is over is passed over and the others are as they were") {
  SKIP_WITHOUT_DEVICE();
  Random random(6);
  const Sequence sequence({6, 2, 32}, 1100, random);
  const std::size_t width = sequence.heads.width();
  const std::vector<Piece> pieces = {
      {&sequence, 1099, 1}, {&sequence, 30, 1}, {&sequence, 700, 1}, {&sequence, 513, 1}};
  const std::vector<bf16> all = run(pieces);
  for (const int over : {0, 1, 2, 3}) {
    for (const int blocks : {1, 5}) {
      CAPTURE(over);
      CAPTURE(blocks);
      std::vector<bf16> expected = all;
      std::fill_n(expected.begin() + over * static_cast<std::ptrdiff_t>(width), width, kUntouched);
      CHECK(run(pieces, {.blocks = blocks, .idle = 3, .launches = 2, .over = {over}}) == expected);
      CHECK(run(pieces, {.blocks = blocks, .at_a_time = 1, .over = {over}}) == expected);
      CHECK(run(pieces, {.max_partials = 0, .blocks = blocks, .over = {over}}) == expected);
    }
  }
}

TEST_CASE("steps at random give each token the bits that it has alone") {
  SKIP_WITHOUT_DEVICE();
  Random random(8);
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int round = 0; round < 12; ++round) {
    const int kv_heads = 1 + below(2);
    const Heads heads = {kv_heads * (1 + below(8)), kv_heads, 32,
                         below(3) == 0 ? Precision::fp8 : Precision::full};
    const Sequence sequences[] = {{heads, 1 + below(70), random}, {heads, 1 + below(1700), random}};
    std::map<std::pair<const Sequence*, int>, std::vector<bf16>> alone;
    for (int step = 0; step < 3; ++step) {
      CAPTURE(round);
      CAPTURE(step);
      std::vector<Piece> pieces;
      std::vector<int> over;
      std::vector<bf16> expected;
      for (int i = 1 + below(5); i > 0; --i) {
        const Sequence& sequence = sequences[below(2)];
        const int start = below(sequence.length);
        const int longest = below(3) == 0 ? std::min(9, sequence.length - start) : 1;
        pieces.push_back({&sequence, start, 1 + below(longest)});
        const bool ended = below(4) == 0;
        if (ended) over.push_back(static_cast<int>(pieces.size()) - 1);
        for (int at = start; at < start + pieces.back().tokens; ++at) {
          std::vector<bf16>& row = alone[{&sequence, at}];
          if (row.empty()) row = run({{&sequence, at, 1}}, {.max_partials = 0});
          const std::vector<bf16> untouched(row.size(), kUntouched);
          const std::vector<bf16>& there = ended ? untouched : row;
          expected.insert(expected.end(), there.begin(), there.end());
        }
      }
      constexpr std::int32_t kPartials[] = {0, 40, 300, 1 << 20};
      CHECK(run(pieces, {.max_partials = kPartials[below(4)],
                         .blocks = 1 + below(12),
                         .page_seed = random(),
                         .idle = below(4),
                         .launches = 2,
                         .at_a_time = 1 + below(6),
                         .over = over}) == expected);
    }
  }
}

TEST_CASE("attention gives the same bits in every order of threads") {
  SKIP_WITHOUT_DEVICE();
  Random random(4);
  for (const Precision precision : {Precision::full, Precision::fp8}) {
    const Sequence sequence({7, 1, 64, precision}, 530, random);
    const std::vector<Piece> pieces = {{&sequence, 529, 1}, {&sequence, 40, 5}};
    const std::vector<bf16> expected = run(pieces);
    in_every_order([&] { CHECK(run(pieces) == expected); });
  }
}

TEST_CASE("scores far apart neither overflow nor lose the largest") {
  SKIP_WITHOUT_DEVICE();
  Random random(5);
  const Sequence sequence({2, 1, 32}, 90, random, 60);
  for (const int position : {0, 33, 89}) {
    const Piece piece = {&sequence, position, 1};
    check_truth(piece, run({piece}));
  }
}

TEST_CASE("heads that no kernel is made for are refused") {
  SKIP_WITHOUT_DEVICE();
  CHECK(attention_takes(28, {4, 128}));
  CHECK(attention_takes(16, {1, 32}));
  CHECK_FALSE(attention_takes(28, {4, 80}));
  CHECK_FALSE(attention_takes(17, {1, 128}));
  CHECK_FALSE(attention_takes(7, {2, 128}));
  for (const int head_dim : {32, 64, 96, 128}) {
    for (const Precision precision : {Precision::full, Precision::fp8}) {
      const proctor::Result<int> blocks = attention_blocks({4, head_dim, precision});
      REQUIRE(blocks);
      CHECK(*blocks > 0);
    }
  }
}
