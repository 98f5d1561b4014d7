// Archives: what we write, libzip reads back; what others write, in all its compressions, we read.
#include "reports/exchange/zip.h"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports::exchange;
using proctor::support::TempDir;

namespace {

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}

// An archive of one member whose compressed bytes are given; APPNOTE.TXT 6.3.10, sections 4.3.7,
// 4.3.12 and 4.3.16.
std::string archive_of(const std::string& name, unsigned method, const std::string& packed,
                       const std::string& text) {
  const std::uint64_t crc =
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  const std::string about = little_endian(20, 2) + little_endian(0, 2) + little_endian(method, 2) +
                            little_endian(0, 4) + little_endian(crc, 4) +
                            little_endian(packed.size(), 4) + little_endian(text.size(), 4) +
                            little_endian(name.size(), 2) + little_endian(0, 2);
  const std::string local = "PK\x03\x04" + about + name + packed;
  const std::string central = "PK\x01\x02" + little_endian(20, 2) + about + little_endian(0, 2) +
                              little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 4) +
                              little_endian(0, 4) + name;
  return local + central + "PK\x05\x06" + little_endian(0, 4) + little_endian(1, 2) +
         little_endian(1, 2) + little_endian(central.size(), 4) + little_endian(local.size(), 4) +
         little_endian(0, 2);
}

std::string zstd_frame(const std::string& text) {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 3));
  return frame;
}

}  // namespace

TEST_CASE("what was written into an archive reads back from it") {
  const TempDir dir;
  const std::string large(300'000, 'x');
  {
    Result<ZipWriter> zip = ZipWriter::create(dir / "a.zip");
    REQUIRE(zip);
    REQUIRE(zip->add("header.json", [] { return Result<std::string>("{}"); }));
    REQUIRE(zip->add("samples/1/A_epoch_1.json", [&] { return Result<std::string>(large); }));
    REQUIRE(zip->add("empty", [] { return Result<std::string>(""); }));
    REQUIRE(zip->close());
  }
  const Result<ZipReader> zip = ZipReader::open(dir / "a.zip");
  REQUIRE(zip);
  CHECK(zip->names() ==
        std::vector<std::string>{"header.json", "samples/1/A_epoch_1.json", "empty"});
  CHECK(*zip->read("header.json") == "{}");
  CHECK(*zip->read("samples/1/A_epoch_1.json") == large);
  CHECK(zip->read("empty")->empty());
  CHECK(std::filesystem::file_size(dir / "a.zip") < 2000);
  CHECK(zip->has("empty"));
  CHECK(!zip->has("Empty"));
  CHECK(zip->read("Empty").error().code() == ErrorCode::not_found);
  CHECK(zip->read("samples/1/A_epoch_1.json", 1000).error().code() == ErrorCode::invalid_input);
}

TEST_CASE("an archive that cannot be filled is not there and the old one stays") {
  const TempDir dir;
  dir.write("a.zip", "old");
  Result<ZipWriter> zip = ZipWriter::create(dir / "a.zip");
  REQUIRE(zip);
  REQUIRE(zip->add("a", [] { return Result<std::string>("fine"); }));
  REQUIRE(zip->add(
      "b", []() -> Result<std::string> { return Error(ErrorCode::corrupt, "sample 7: damaged"); }));
  const Result<void> closed = zip->close();
  REQUIRE(!closed);
  CHECK(closed.error().code() == ErrorCode::corrupt);
  CHECK(closed.error().message() == "sample 7: damaged");
  CHECK(support::read_file(dir / "a.zip") == "old");
}

TEST_CASE("members by zstandard are read in one frame and in several") {
  const TempDir dir;
  const std::string text = "{\"version\":2}" + std::string(500'000, ' ');
  const std::string first = text.substr(0, 5);
  const std::string rest = text.substr(5);
  struct Row {
    const char* name;
    std::string packed;
    unsigned method;
  };
  const Row rows[] = {{"one frame", zstd_frame(text), 93},
                      {"two frames", zstd_frame(first) + zstd_frame(rest), 93},
                      {"stored", text, 0}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    dir.write("a.zip", archive_of("header.json", row.method, row.packed, text));
    const Result<ZipReader> zip = ZipReader::open(dir / "a.zip");
    REQUIRE(zip);
    const Result<std::string> read = zip->read("header.json");
    REQUIRE(read);
    CHECK(*read == text);
    CHECK(zip->read("header.json", 100).error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("damaged members are errors and never texts") {
  const TempDir dir;
  const std::string text = "some text that is long enough to be packed, packed, packed, packed";
  const std::string frame = zstd_frame(text);
  struct Row {
    const char* name;
    std::string packed;
    std::string claimed;  // whose checksum the archive has
    unsigned method;
    ErrorCode code;
  };
  const Row rows[] = {
      {"cut frame", frame.substr(0, frame.size() - 4), text, 93, ErrorCode::corrupt},
      {"no frame", "not zstd at all", text, 93, ErrorCode::corrupt},
      {"zstd of another text", frame, "x" + text.substr(1), 93, ErrorCode::corrupt},
      {"stored text of another checksum", text, "x" + text.substr(1), 0, ErrorCode::corrupt},
      {"bzip2", text, text, 12, ErrorCode::invalid_input}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    dir.write("a.zip", archive_of("a", row.method, row.packed, row.claimed));
    const Result<ZipReader> zip = ZipReader::open(dir / "a.zip");
    REQUIRE(zip);
    const Result<std::string> read = zip->read("a");
    REQUIRE(!read);
    CHECK(read.error().code() == row.code);
  }
  dir.write("b.zip", "no archive");
  CHECK(ZipReader::open(dir / "b.zip").error().code() == ErrorCode::invalid_input);
  CHECK(ZipReader::open(dir / "none.zip").error().code() == ErrorCode::not_found);
}
