#include "reports/exchange/zip.h"

#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace proctor::reports::exchange {
namespace {

namespace fs = std::filesystem;

constexpr zip_uint16_t kZstd = 93;  // APPNOTE.TXT 6.3.10, section 4.4.5; libzip 1.7 has no name

Error zip_error(const fs::path& file, ::zip_error_t* error) {
  const int system = zip_error_system_type(error) == ZIP_ET_SYS ? zip_error_code_system(error) : 0;
  ErrorCode code = system == 0 ? ErrorCode::invalid_input : ErrorCode::io;
  const bool missing = zip_error_code_zip(error) == ZIP_ER_NOENT || system == ENOENT;
  if (missing) code = ErrorCode::not_found;
  if (system == ENOSPC || system == EDQUOT) code = ErrorCode::disk_full;
  return Error(code, file.string() + ": " + zip_error_strerror(error));
}

Result<ZipHandle> open_archive(const fs::path& file, int flags) {
  int code = 0;
  ZipHandle archive(zip_open(file.c_str(), flags, &code));
  if (archive) return archive;
  ::zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error what = zip_error(file, &error);
  zip_error_fini(&error);
  return what;
}

// All frames of a zstd stream. Errors: corrupt; invalid_input for more than `most` bytes.
Result<std::string> unpack_zstd(std::string_view packed, std::size_t most) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> decoder(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  std::string text;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  std::size_t left = 0;  // of the frame; 0 at its end
  bool full = false;     // the last piece was, and so there may be more
  while (in.pos < in.size || full) {
    ZSTD_outBuffer out = {piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(decoder.get(), &out, &in);
    if (ZSTD_isError(left)) return Error(ErrorCode::corrupt, ZSTD_getErrorName(left));
    text.append(piece, 0, out.pos);
    if (text.size() > most) return Error(ErrorCode::invalid_input, "larger than is read");
    full = out.pos == out.size;
  }
  if (left != 0) return Error(ErrorCode::corrupt, "ends within a zstd frame");
  return text;
}

Result<std::string> read_bytes(zip_file_t* member, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t read = 0;
  while (read < size) {
    const zip_int64_t got = zip_fread(member, bytes.data() + read, size - read);
    if (got <= 0) return Error(ErrorCode::corrupt, "cannot be read back");
    read += static_cast<std::size_t>(got);
  }
  char past = 0;  // libzip compares the checksum when it is asked for what is not there
  if (zip_fread(member, &past, 1) != 0) return Error(ErrorCode::corrupt, "a wrong checksum");
  return bytes;
}

}  // namespace

void DiscardZip::operator()(zip* archive) const { zip_discard(archive); }

Result<ZipReader> ZipReader::open(const fs::path& file) {
  Result<ZipHandle> archive = open_archive(file, ZIP_RDONLY);
  if (!archive) return archive.error();
  ZipReader reader(file, std::move(*archive));
  const zip_int64_t members = zip_get_num_entries(reader.archive_.get(), 0);
  for (zip_int64_t i = 0; i < members; ++i) {
    const char* name = zip_get_name(reader.archive_.get(), static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr) return zip_error(file, zip_get_error(reader.archive_.get()));
    reader.names_.emplace_back(name);
  }
  return reader;
}

bool ZipReader::has(const std::string& name) const {
  return zip_name_locate(archive_.get(), name.c_str(), 0) >= 0;
}

Result<std::string> ZipReader::read(const std::string& name, std::size_t most) const {
  const std::string place = file_.string() + ": " + name;
  zip_stat_t about;
  if (zip_stat(archive_.get(), name.c_str(), 0, &about) != 0) {
    return Error(ErrorCode::not_found, place + ": no such member");
  }
  const bool zstd = about.comp_method == kZstd;
  if (!zstd && about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE) {
    return Error(ErrorCode::invalid_input, place + ": compressed by a method that is not known");
  }
  if (about.size > most || about.comp_size > most) {
    return Error(ErrorCode::invalid_input, place + ": larger than is read");
  }
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(
      zip_fopen_index(archive_.get(), about.index, zstd ? ZIP_FL_COMPRESSED : 0U), zip_fclose);
  if (!member) return zip_error(file_, zip_get_error(archive_.get())).within(name);
  Result<std::string> bytes = read_bytes(member.get(), zstd ? about.comp_size : about.size);
  if (!bytes) return bytes.error().within(place);
  if (!zstd) return bytes;
  Result<std::string> text = unpack_zstd(*bytes, most);
  if (!text) return text.error().within(place);
  const auto* data = reinterpret_cast<const Bytef*>(text->data());
  if (crc32_z(0, data, text->size()) != about.crc) {
    return Error(ErrorCode::corrupt, place + ": a wrong checksum");
  }
  return text;
}

// What libzip asks for when its turn comes.
struct ZipWriter::Member {
  Content content;
  std::optional<Error>& error;
  std::string text{};
  std::size_t given = 0;

  // zip_source_function(3).
  static zip_int64_t answer(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    auto& member = *static_cast<Member*>(self);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        return member.make() ? 0 : -1;
      case ZIP_SOURCE_READ:
        return member.give(static_cast<char*>(data), size);
      case ZIP_SOURCE_CLOSE:
        std::string().swap(member.text);  // an assignment would keep its memory
        return 0;
      case ZIP_SOURCE_STAT:
        zip_stat_init(static_cast<zip_stat_t*>(data));
        return sizeof(zip_stat_t);
      case ZIP_SOURCE_ERROR: {
        int* codes = static_cast<int*>(data);
        codes[0] = ZIP_ER_INTERNAL;
        codes[1] = 0;
        return 2 * sizeof(int);
      }
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SUPPORTS, -1);
      default:
        return -1;
    }
  }

  bool make() {
    Result<std::string> made = content();
    if (!made) {
      if (!error) error = made.error();
      return false;
    }
    text = std::move(*made);
    given = 0;
    return true;
  }

  zip_int64_t give(char* to, zip_uint64_t size) {
    const std::size_t count = std::min<std::size_t>(size, text.size() - given);
    std::memcpy(to, text.data() + given, count);
    given += count;
    return static_cast<zip_int64_t>(count);
  }
};

ZipWriter::ZipWriter(fs::path file, ZipHandle archive)
    : file_(std::move(file)),
      error_(std::make_unique<std::optional<Error>>()),
      archive_(std::move(archive)) {}
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter::~ZipWriter() = default;

Result<ZipWriter> ZipWriter::create(const fs::path& file) {
  Result<ZipHandle> archive = open_archive(file, ZIP_CREATE | ZIP_TRUNCATE);
  if (!archive) return archive.error();
  return ZipWriter(file, std::move(*archive));
}

Result<void> ZipWriter::add(const std::string& name, Content content) {
  Member& member = members_.emplace_back(Member{std::move(content), *error_});
  zip_source_t* source = zip_source_function(archive_.get(), Member::answer, &member);
  const zip_int64_t index =
      source == nullptr ? -1 : zip_file_add(archive_.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    Error error = zip_error(file_, zip_get_error(archive_.get())).within(name);
    zip_source_free(source);  // the archive did not take it
    return error;
  }
  return {};
}

Result<void> ZipWriter::close() {
  zip* archive = archive_.get();
  if (zip_close(archive) == 0) {
    (void)archive_.release();  // closed and gone
    return {};
  }
  if (*error_) return **error_;
  return zip_error(file_, zip_get_error(archive));
}

}  // namespace proctor::reports::exchange
