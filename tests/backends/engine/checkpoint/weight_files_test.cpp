#include "backends/engine/checkpoint/weight_files.h"

#include <doctest/doctest.h>

#include "tests/backends/engine/checkpoint/tensor_file.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;
using proctor::support::TempDir;

namespace {

constexpr const char* kIndex = "model.safetensors.index.json";

// A shard of one-element tensors.
std::string shard(const std::vector<std::string>& names) {
  std::string header = "{";
  std::size_t size = 0;
  for (const std::string& name : names) {
    if (size > 0) header += ",";
    header += "\"" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" +
              std::to_string(size) + "," + std::to_string(size + 4) + "]}";
    size += 4;
  }
  return tensor_file(header + "}", size);
}

}  // namespace

TEST_CASE("shards are read as one set of tensors") {
  const TempDir folder;
  folder.write("one.safetensors", shard({"a", "b"}));
  folder.write("two.safetensors", shard({"c"}));
  folder.write(kIndex, R"({"metadata":{"total_size":12},"weight_map":
      {"a":"one.safetensors","c":"two.safetensors","b":"one.safetensors"}})");
  Result<WeightFiles> files = WeightFiles::load(folder.path());
  if (!files) FAIL(files.error().message());
  CHECK(files->tensors().size() == 3);
  CHECK(files->place() == (folder / kIndex).string());
  const std::byte* before = files->tensors().at("b").data.data();
  const WeightFiles moved = std::move(*files);
  CHECK(moved.tensors().at("b").data.data() == before);
  CHECK(*before == std::byte{4});
}

TEST_CASE("an index that does not fit its shards is refused") {
  struct Row {
    const char* index;
    const char* complaint;
  };
  constexpr Row kRows[] = {
      {"{", "model.safetensors.index.json: not JSON"},
      {"{}", "field \"weight_map\""},
      {R"({"weight_map":[]})", "field \"weight_map\": expected an object"},
      {R"({"weight_map":{"a":1}})", "field \"weight_map\": field \"a\": expected a text"},
      {R"({"weight_map":{"a":"../one.safetensors"}})", "the same folder"},
      {R"({"weight_map":{"a":"/etc/passwd"}})", "the same folder"},
      {R"({"weight_map":{"a":".."}})", "the same folder"},
      {R"({"weight_map":{"a":""}})", "the same folder"},
      {"{\"weight_map\":{\"a\":\"one.safetensors\\u0000\"}}", "the same folder"},
      {R"({"weight_map":{"a":"one.safetensors","a":"two.safetensors"}})", "names \"a\" twice"},
      {R"({"weight_map":{"a":"three.safetensors"}})", "three.safetensors: No such file"},
      {R"({"weight_map":{"a":"one.safetensors"}})",
       "one.safetensors: tensor \"b\": the index does not name it"},
      {R"({"weight_map":{"a":"one.safetensors","b":"one.safetensors","d":"one.safetensors"}})",
       "one.safetensors: tensor \"d\": the index puts it here"},
      {R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}})",
       "tensor \"b\": the index puts it into two.safetensors"},
      {R"({"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"again.safetensors"}})",
       "again.safetensors: tensor \"b\": the index puts it into one.safetensors"},
      {R"({"weight_map":{"a":"bad.safetensors"}})", "bad.safetensors: expected 8 bytes"},
      {R"({"weight_map":{"a":"empty.safetensors"}})", "empty.safetensors: expected 8 bytes"},
  };
  const TempDir folder;
  folder.write("one.safetensors", shard({"a", "b"}));
  folder.write("two.safetensors", shard({"c"}));
  folder.write("again.safetensors", shard({"b", "c"}));
  folder.write("bad.safetensors", "bad");
  folder.write("empty.safetensors", "");
  for (const Row& row : kRows) {
    CAPTURE(row.index);
    folder.write(kIndex, row.index);
    const Result<WeightFiles> files = WeightFiles::load(folder.path());
    CHECK(!files);
    if (files) continue;
    CAPTURE(files.error().message());
    CHECK(files.error().message().find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("one file comes before an index, and neither is an error") {
  const TempDir folder;
  const Result<WeightFiles> none = WeightFiles::load(folder.path());
  REQUIRE(!none);
  CHECK(none.error().code() == ErrorCode::not_found);
  folder.write(kIndex, "{");
  CHECK(!WeightFiles::load(folder.path()));
  folder.write("model.safetensors", shard({"a"}));
  const Result<WeightFiles> files = WeightFiles::load(folder.path());
  REQUIRE(files);
  CHECK(files->tensors().size() == 1);
  CHECK(files->place() == (folder / "model.safetensors").string());
}

TEST_CASE("a folder in place of a file is an error") {
  const TempDir folder;
  std::filesystem::create_directory(folder / "model.safetensors");
  const Result<WeightFiles> files = WeightFiles::load(folder.path());
  REQUIRE(!files);
  CHECK(files.error().code() == ErrorCode::io);
}

TEST_CASE("an image in memory may lie anywhere") {
  const std::string file = shard({"a", "b"});
  std::vector<std::byte> room(file.size() + 8);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    CAPTURE(shift);
    const std::vector<std::byte> bytes = aligned_bytes(file);
    std::copy(bytes.begin(), bytes.end(), room.begin() + static_cast<std::ptrdiff_t>(shift));
    const Result<WeightFiles> files =
        WeightFiles::from_memory(std::span(room).subspan(shift, file.size()));
    if (!files) FAIL(files.error().message());
    CHECK(files->tensors().at("b").data.front() == std::byte{4});
  }
  const Result<WeightFiles> bad = WeightFiles::from_memory(std::span(room).first(7));
  REQUIRE(!bad);
  CHECK(bad.error().message() == "model.safetensors: expected 8 bytes of header length, found 7");
}
