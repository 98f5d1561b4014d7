#include "backends/engine/checkpoint/safetensors.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "tests/backends/engine/checkpoint/tensor_file.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

// The message of the refusal; empty when the file is accepted.
std::string refusal_of(std::string_view file) {
  const std::vector<std::byte> image = aligned_bytes(file);
  const Result<TensorMap> tensors = parse_safetensors(image);
  if (tensors) return "";
  CHECK(tensors.error().code() == ErrorCode::invalid_input);
  return tensors.error().message();
}

}  // namespace

TEST_CASE("a good file is read in place") {
  const std::vector<std::byte> image = aligned_bytes(tensor_file(
      R"({"__metadata__":{"format":"pt"},
          "b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},
          "a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},
          "c":{"dtype":"F16","shape":[],"data_offsets":[20,22]},
          "d":{"dtype":"F16","shape":[0,7],"data_offsets":[22,22]}})",
      22));
  const Result<TensorMap> tensors = parse_safetensors(image);
  REQUIRE(tensors);
  CHECK(tensors->size() == 4);
  const TensorView& a = tensors->at("a");
  CHECK(a.dtype == DType::bf16);
  CHECK(a.shape == std::vector<std::int64_t>{2, 3});
  CHECK(a.data.data() == image.data() + image.size() - 22);
  CHECK(a.data.size() == 12);
  CHECK(tensors->at("b").data.front() == std::byte{12});
  CHECK(tensors->at("c").elements() == 1);
  CHECK(tensors->at("d").elements() == 0);
}

TEST_CASE("a file without tensors is a file") {
  CHECK(refusal_of(tensor_file("{}", 0)).empty());
  CHECK(refusal_of(tensor_file(R"({"__metadata__":{}})", 0)).empty());
}

TEST_CASE("a hostile header is refused and says why") {
  struct Row {
    const char* header;
    std::size_t data_bytes;
    const char* complaint;
  };
  const Row kRows[] = {
      {"", 0, "not JSON at byte"},
      {"[]", 0, "expected an object, found []"},
      {"{", 0, "not JSON at byte"},
      {R"({"a":1} trailing)", 0, "not JSON at byte"},
      {"{\"a\xff\":1}", 0, "not JSON at byte"},
      {R"({"a":1})", 0, "tensor \"a\": expected an object"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
           "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "names \"a\" twice"},
      {R"({"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4,
       "names \"dtype\" twice"},
      {R"({"a":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[0,1]}})", 1, "found \"F8_E5M2\""},
      {R"({"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4, "field \"dtype\""},
      {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "field \"dtype\""},
      {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "field \"shape\""},
      {R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "field \"shape\""},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "field \"shape\""},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "field \"shape\""},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4,
       "field \"shape\""},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       "too large"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", 4,
       "too large"},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4,
       "at most 8 dimensions, found 9"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "field \"data_offsets\""},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "expected two numbers"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 8, "expected two numbers"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4, "field \"data_offsets\""},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "not inside the 4"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 4, "not inside the 4"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}})", 4,
       "not inside the 4"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
       "F32 [2] takes 8 bytes, found 4"},
      {R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}})", 4, "takes 0 bytes, found 4"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
           "b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "tensor \"b\": overlaps another"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
           "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "tensor \"b\": overlaps another"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
           "b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
       12, "tensor \"b\": follows a hole"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "follows a hole"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5, "end at byte 4 of 5"},
      {"{}", 1, "end at byte 0 of 1"},
      {R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},
           "b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       6, "tensor \"b\": misaligned"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.header);
    const std::string refusal = refusal_of(tensor_file(row.header, row.data_bytes));
    CAPTURE(refusal);
    CHECK(refusal.find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("a header that claims more than there is never leads out of the file") {
  const std::string good =
      tensor_file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  REQUIRE(refusal_of(good).empty());
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(!refusal_of(good.substr(0, size)).empty());
  }
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{good.size()}, std::uint64_t{100'000'001},
        std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
    CAPTURE(length);
    std::string bad = good;
    std::memcpy(bad.data(), &length, sizeof length);
    CHECK(!refusal_of(bad).empty());
  }
}

TEST_CASE("a header of brackets is refused at once") {
  CHECK(refusal_of(tensor_file(std::string(20'000'000, '['), 0)).find("nests deeper") !=
        std::string::npos);
}

TEST_CASE("data that begins at an odd byte is refused where it matters") {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} )";
  REQUIRE(header.size() % 2 == 1);
  CHECK(refusal_of(tensor_file(header, 4, false)).find("misaligned") != std::string::npos);
  CHECK(refusal_of(tensor_file(header, 4)).empty());
}

TEST_CASE("any damaged byte of a file is survived") {
  const std::string good =
      tensor_file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                  R"("b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]}})",
                  8);
  REQUIRE(refusal_of(good).empty());
  std::mt19937_64 random(1);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      bad[random() % (bad.size() - 8)] = static_cast<char>(random());
    }
    const std::vector<std::byte> image = aligned_bytes(bad);
    const Result<TensorMap> tensors = parse_safetensors(image);
    refused += !tensors;
    if (!tensors) continue;
    for (const auto& [name, view] : *tensors) {
      CHECK(view.data.data() >= image.data());
      CHECK(view.data.data() + view.data.size() <= image.data() + image.size());
    }
  }
  CHECK(refused > 15'000);
}
