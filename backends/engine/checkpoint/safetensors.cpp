#include "backends/engine/checkpoint/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "backends/engine/checkpoint/json_fields.h"

namespace proctor::engine {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kHighestRank = 8;

// Where a tensor says that its bytes lie, relative to the end of the header.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string name;
};

struct Entry {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  Extent extent;
};

Error wrong(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

Error wrong_tensor(const std::string& name, const std::string& message) {
  return wrong("tensor \"" + name + "\": " + message);
}

Result<std::string_view> header_of(std::span<const std::byte> image) {
  std::uint64_t length = 0;
  if (image.size() < sizeof length) {
    return wrong("expected 8 bytes of header length, found " + std::to_string(image.size()));
  }
  std::memcpy(&length, image.data(), sizeof length);
  const std::uint64_t most = std::min<std::uint64_t>(image.size() - sizeof length, kLongestHeader);
  if (length > most) {
    return wrong("expected a header of at most " + std::to_string(most) + " bytes, found " +
                 std::to_string(length));
  }
  return std::string_view(reinterpret_cast<const char*>(image.data()) + sizeof length, length);
}

std::optional<DType> dtype_named(std::string_view name) {
  for (const DType type : {DType::f32, DType::bf16, DType::f16, DType::e4m3}) {
    if (name_of(type) == name) return type;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> bytes_of(DType dtype, std::span<const std::int64_t> shape) {
  std::uint64_t bytes = size_of(dtype);
  for (const std::int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      return std::nullopt;
    }
  }
  return bytes;
}

Result<Entry> read_entry(const std::string& name, JsonFields& fields) {
  const std::string dtype_name = fields.required_text("dtype");
  const std::optional<DType> dtype = dtype_named(dtype_name);
  if (!dtype)
    fields.fail("dtype", "expected F32, BF16, F16 or F8_E4M3, found \"" + dtype_name + "\"");
  Entry entry{.dtype = dtype.value_or(DType::f32), .shape = fields.integers("shape"), .extent = {}};
  if (!fields.has("shape")) fields.fail("shape", "expected a list of sizes, found nothing");
  const std::vector<std::int64_t> offsets = fields.integers("data_offsets");
  if (offsets.size() != 2) fields.fail("data_offsets", "expected two numbers");
  if (const Result<void> read = fields.finish(); !read) {
    return wrong_tensor(name, read.error().message());
  }
  if (entry.shape.size() > kHighestRank) {
    return wrong_tensor(
        name, "expected at most 8 dimensions, found " + std::to_string(entry.shape.size()));
  }
  entry.extent = {static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1]),
                  name};
  return entry;
}

Result<void> check_entry(const Entry& entry, std::uint64_t data_size) {
  const auto& [begin, end, name] = entry.extent;
  const std::string place = std::to_string(begin) + " to " + std::to_string(end);
  if (begin > end || end > data_size) {
    return wrong_tensor(name, "its bytes " + place + " are not inside the " +
                                  std::to_string(data_size) + " that there are");
  }
  const std::optional<std::uint64_t> bytes = bytes_of(entry.dtype, entry.shape);
  if (!bytes) {
    return wrong_tensor(name, "the shape " + format_shape(entry.shape) + " is too large");
  }
  if (*bytes != end - begin) {
    return wrong_tensor(name, std::string(name_of(entry.dtype)) + " " + format_shape(entry.shape) +
                                  " takes " + std::to_string(*bytes) + " bytes, found " +
                                  std::to_string(end - begin));
  }
  return {};
}

// The tensors must cover the data exactly, in any order: what none of them names would be a place
// to hide something, and what two of them name is not what a writer meant.
Result<void> check_cover(std::vector<Extent> extents, std::uint64_t data_size) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != covered) {
      const std::string fault = extent.begin < covered ? "overlaps another" : "follows a hole";
      return wrong_tensor(extent.name, fault + ": begins at byte " + std::to_string(extent.begin) +
                                           ", expected " + std::to_string(covered));
    }
    covered = extent.end;
  }
  if (covered == data_size) return {};
  return wrong("the tensors end at byte " + std::to_string(covered) + " of " +
               std::to_string(data_size) + " bytes of data");
}

bool aligned(const std::byte* start, DType dtype) {
  return reinterpret_cast<std::uintptr_t>(start) % size_of(dtype) == 0;
}

}  // namespace

Result<TensorMap> parse_safetensors(std::span<const std::byte> image) {
  const Result<std::string_view> text = header_of(image);
  if (!text) return text.error();
  Result<JsonFields> header = JsonFields::parse(*text);
  if (!header) return header.error().within("header");
  const std::span<const std::byte> data = image.subspan(sizeof(std::uint64_t) + text->size());

  TensorMap tensors;
  std::vector<Extent> extents;
  for (const std::string& name : header->names()) {
    if (name == "__metadata__") continue;
    std::optional<JsonFields> fields = header->object(name);
    if (!fields) return wrong_tensor(name, "expected an object");
    const Result<Entry> entry = read_entry(name, *fields);
    if (!entry) return entry.error();
    if (Result<void> good = check_entry(*entry, data.size()); !good) return good.error();
    const auto bytes = data.subspan(entry->extent.begin, entry->extent.end - entry->extent.begin);
    if (!aligned(bytes.data(), entry->dtype)) {
      return wrong_tensor(name,
                          "misaligned: safetensors before 0.3 wrote such files, save it again");
    }
    tensors.emplace(name, TensorView{entry->dtype, entry->shape, bytes});
    extents.push_back(entry->extent);
  }
  if (Result<void> good = check_cover(std::move(extents), data.size()); !good) return good.error();
  return tensors;
}

}  // namespace proctor::engine
