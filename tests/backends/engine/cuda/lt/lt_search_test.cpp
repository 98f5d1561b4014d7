// The choice of cuBLASLt's algorithms, with a library of our own making in its place.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "backends/engine/cuda/lt_product.h"
#include "tests/backends/engine/cuda/lt/fake_library.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine::cuda;

namespace {

constexpr int kColumns = 8;
constexpr int kDepth = 64;

DeviceBuffer<bf16> random_buffer(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Result<DeviceBuffer<bf16>> buffer = DeviceBuffer<bf16>::make(size);
  REQUIRE(buffer);
  for (bf16& value : std::span(buffer->span().data(), size))
    value = rounded_to_bf16(normal(random));
  return std::move(*buffer);
}

// A product over a file of choices, and a matrix with a bias.
struct Bench {
  explicit Bench(const std::filesystem::path& file)
      : stream(std::move(*Stream::make())),
        product(std::move(*LtProduct::make("a GPU", file))),
        weight(random_buffer(kColumns * kDepth, 1)),
        bias(random_buffer(kColumns, 2)) {}

  MatmulOperands operands(DeviceSpan<const bf16> x) const {
    return {x, std::as_const(weight).span(), std::as_const(bias).span(), kDepth};
  }
  Result<void> prepare() { return product->prepare(operands({}), false, stream); }
  // Of one row, the last of so many.
  std::vector<bf16> last_row(int rows) {
    const auto padded = static_cast<std::size_t>(product->padded(rows));
    const auto last = static_cast<std::size_t>(rows) - 1;
    const auto x = random_buffer(padded * kDepth, 3 + static_cast<unsigned>(rows));
    const auto row = random_buffer(kDepth, 3);
    copy_on_device(DeviceSpan(const_cast<bf16*>(x.span().data()) + last * kDepth, kDepth),
                   row.span(), stream);
    auto out = random_buffer(padded * kColumns, 4);
    product->multiply(out.span(), operands(x.span()), rows, stream);
    REQUIRE(stream.wait());
    const bf16* const at = out.span().data() + last * kColumns;
    return {at, at + kColumns};
  }

  Stream stream;
  std::unique_ptr<LtProduct> product;
  DeviceBuffer<bf16> weight, bias;
};

bool was_called(const std::function<bool(const FakeCall&)>& which) {
  return std::ranges::any_of(FakeLibrary::calls(), which);
}

}  // namespace

TEST_CASE("a row of a product has the same bits among any number of others") {
  // Of three orders one is proposed everywhere but once, and nowhere first.
  FakeLibrary::reset([](int rows) -> std::vector<FakeAlgorithm> {
    if (rows == 48) return {};
    return {{.order = 5 + rows % 59}, {.order = 2, .place_counts = 1}, {.order = 3}};
  });
  Bench bench("");
  REQUIRE(bench.prepare());
  const std::vector<bf16> alone = bench.last_row(1);
  for (const int rows : {2, 16, 17, 48, 64, 278, 605, 1024, 1025, 2048}) {
    CAPTURE(rows);
    FakeLibrary::forget_calls();
    CHECK(bench.last_row(rows) == alone);
    CHECK_FALSE(was_called([](const FakeCall& call) { return call.algorithm.order != 3; }));
  }
}

TEST_CASE("algorithms that split the depth are not even tried") {
  FakeLibrary::reset([](int) -> std::vector<FakeAlgorithm> {
    return {{.order = 2, .milliseconds = 0.1F, .splits = 4}, {.order = 3}};
  });
  Bench bench("");
  REQUIRE(bench.prepare());
  CHECK_FALSE(was_called([](const FakeCall& call) { return call.algorithm.splits > 1; }));
  CHECK(was_called([](const FakeCall& call) { return call.algorithm.order == 3; }));
}

TEST_CASE("of algorithms with the same bits the fastest is used and rank decides between bits") {
  FakeLibrary::reset([](int rows) -> std::vector<FakeAlgorithm> {
    const float whole = static_cast<float>(rows);
    return {{.order = 2, .milliseconds = 3 * whole},
            {.order = 2, .milliseconds = rows == 64 ? 1000.0F : whole},
            {.order = 4, .milliseconds = 0.5F * whole}};
  });
  Bench bench("");
  REQUIRE(bench.prepare());
  FakeLibrary::forget_calls();
  bench.last_row(128);
  REQUIRE(FakeLibrary::calls().size() == 1);
  CHECK(FakeLibrary::calls()[0].algorithm.order == 2);
  CHECK(FakeLibrary::calls()[0].algorithm.milliseconds == 128);
  FakeLibrary::forget_calls();
  bench.last_row(60);  // that of 96 rows is faster than those of 64
  REQUIRE(FakeLibrary::calls().size() == 1);
  CHECK(FakeLibrary::calls()[0].rows == 96);
}

TEST_CASE("the arithmetic is named by the bits and not by the clock") {
  const auto arithmetic = [](float first, float second, int order) {
    FakeLibrary::reset([=](int) -> std::vector<FakeAlgorithm> {
      return {{.order = order},
              {.order = order, .milliseconds = first},
              {.order = order, .milliseconds = second}};
    });
    Bench bench("");
    REQUIRE(bench.prepare());
    return bench.product->arithmetic();
  };
  CHECK(arithmetic(1, 2, 2) == arithmetic(2, 1, 2));
  CHECK(arithmetic(1, 2, 2) != arithmetic(1, 2, 3));
}

TEST_CASE("what was chosen is read back and what is damaged is chosen anew") {
  const auto one = [](int) { return std::vector<FakeAlgorithm>{{.order = 3}}; };
  FakeLibrary::reset(one);
  const support::TempDir folder;
  const std::filesystem::path file = folder / "products.json";
  Bench first(file);
  REQUIRE(first.prepare());
  REQUIRE(first.product->save());
  const std::string text = support::read_file(file);
  const auto searches = [&](const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
    FakeLibrary::reset(one);
    Bench again(file);
    REQUIRE(again.prepare());
    CHECK(again.product->arithmetic() == first.product->arithmetic());
    return !FakeLibrary::calls().empty();
  };
  CHECK_FALSE(searches(text));
  CHECK(searches(text.substr(0, text.size() / 2)));
  CHECK(searches(""));
  CHECK(searches("[1]"));
  std::string other = text;
  other.replace(other.find("a GPU"), 5, "b GPU");
  CHECK(searches(other));
  other = text;
  other.replace(other.find("\"family\""), 8, "\"fomily\"");
  CHECK(searches(other));
}

TEST_CASE("a number in the file that became another one does not mix algorithms") {
  // As the file has them, orders 3 and 2 differ in a digit.
  const auto both = [](int) { return std::vector<FakeAlgorithm>{{.order = 3}, {.order = 2}}; };
  FakeLibrary::reset(both);
  const support::TempDir folder;
  const std::filesystem::path file = folder / "products.json";
  Bench first(file);
  REQUIRE(first.prepare());
  REQUIRE(first.product->save());
  std::string text = support::read_file(file);
  const std::uint64_t word = std::bit_cast<std::uint64_t>(std::array{3, std::bit_cast<int>(1.0F)});
  const std::size_t at = text.find(std::to_string(word));
  REQUIRE(at != std::string::npos);
  text.replace(at, std::to_string(word).size(), std::to_string(word - 1));
  std::ofstream(file, std::ios::binary) << text;
  Bench again(file);
  REQUIRE(again.prepare());
  FakeLibrary::forget_calls();
  for (const int rows : {16, 32, 64, 1024}) again.last_row(rows);
  CHECK_FALSE(was_called([](const FakeCall& call) { return call.algorithm.order != 3; }));
}

TEST_CASE("algorithms of the file that the library does not take are chosen anew") {
  const auto of = [](int order, int rows) {
    return FakeAlgorithm{.order = order, .milliseconds = static_cast<float>(rows)};
  };
  FakeLibrary::reset([&](int rows) { return std::vector{of(3, rows)}; });
  const support::TempDir folder;
  const std::filesystem::path file = folder / "products.json";
  Bench first(file);
  REQUIRE(first.prepare());
  REQUIRE(first.product->save());
  // All but one it still proposes, though not first.
  FakeLibrary::reset([&](int rows) {
    return std::vector{of(5, rows), of(rows == 640 ? 2 : 3, rows)};
  });
  Bench again(file);
  REQUIRE(again.prepare());
  FakeLibrary::forget_calls();
  for (const int rows : {16, 600}) again.last_row(rows);
  CHECK_FALSE(was_called([](const FakeCall& call) { return call.algorithm.order != 5; }));
}

TEST_CASE("choices that cannot be written are an error and leave nothing behind") {
  FakeLibrary::reset([](int) { return std::vector<FakeAlgorithm>{{.order = 3}}; });
  const support::TempDir folder;
  const std::filesystem::path file = folder / "products.json";
  std::filesystem::create_directory(file);  // where no file can be put
  std::ofstream(file / "another") << "file";
  Bench bench(file);
  REQUIRE(bench.prepare());
  const Result<void> saved = bench.product->save();
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::io);
  const auto entries = std::filesystem::directory_iterator(folder.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("no algorithm at all is an error that names the product") {
  FakeLibrary::reset([](int) { return std::vector<FakeAlgorithm>(); });
  Bench bench("");
  const Result<void> prepared = bench.prepare();
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().message().find("product 8x64 bf16 bias") != std::string::npos);
}
