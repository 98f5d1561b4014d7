#include "harness/hub/download.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/files/output_file.h"

namespace proctor::harness::hub {
namespace {

namespace fs = std::filesystem;
using backends::ExchangeAnswer;
using backends::ExchangeRequest;

// The file on the disk with the hash of what it holds, growing together.
class PartialFile {
 public:
  PartialFile(const RemoteFile& file, const fs::path& path, const OnBytes& on_bytes)
      : file_(file), path_(path), on_bytes_(on_bytes), hash_(file.hash_kind, file.size) {}

  std::uint64_t size() const { return size_; }
  bool whole() const { return size_ == file_.size; }

  // Takes up what is there already. Errors: interrupted, as reading much of it takes time.
  Result<void> open(const std::stop_token& stop) {
    fd_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd_.is_open()) return file_error(path_.string(), "cannot create");
    std::vector<char> buffer(std::size_t{1} << 20);
    while (size_ <= file_.size) {
      if (stop.stop_requested()) return Error(ErrorCode::interrupted, "interrupted");
      const ssize_t got = read(fd_.get(), buffer.data(), buffer.size());
      if (got < 0) return file_error(path_.string(), "cannot read");
      if (got == 0) break;
      count({buffer.data(), static_cast<std::size_t>(got)});
    }
    if (size_ > file_.size) return start_anew();
    return {};
  }

  Result<void> start_anew() {
    if (ftruncate(fd_.get(), 0) != 0 || lseek(fd_.get(), 0, SEEK_SET) != 0) {
      return file_error(path_.string(), "cannot write");
    }
    on_bytes_(-static_cast<std::int64_t>(size_));
    size_ = 0;
    hash_ = ContentHash(file_.hash_kind, file_.size);
    return {};
  }

  Result<void> append(std::string_view bytes) {
    if (bytes.size() > file_.size - size_) {
      return Error(ErrorCode::corrupt,
                   fmt::format("{}: the server sends more than {} bytes", file_.path, file_.size));
    }
    const std::string_view all = bytes;
    while (!bytes.empty()) {
      const ssize_t put = write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return file_error(path_.string(), "cannot write");
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    count(all);
    return {};
  }

  // Errors: corrupt.
  Result<void> check_hash() {
    const std::string found = hash_.finish();
    if (found == file_.hash) return {};
    return Error(ErrorCode::corrupt,
                 fmt::format("{}: what was sent has the hash {}, and the hub says {}", file_.path,
                             found, file_.hash));
  }

  Result<void> sync() const {
    if (fsync(fd_.get()) != 0) return file_error(path_.string(), "cannot write");
    return {};
  }

 private:
  void count(std::string_view bytes) {
    hash_.update(bytes);
    size_ += bytes.size();
    on_bytes_(static_cast<std::int64_t>(bytes.size()));
  }

  const RemoteFile& file_;
  const fs::path& path_;
  const OnBytes& on_bytes_;
  ContentHash hash_;
  FileDescriptor fd_;
  std::uint64_t size_ = 0;
};

// Where the part begins that a 206 brings: "bytes 100-199/200".
std::optional<std::uint64_t> begin_of_part(const ExchangeAnswer& head) {
  constexpr std::string_view kUnit = "bytes ";
  const std::string_view range = head.header("content-range").value_or("");
  if (!range.starts_with(kUnit)) return std::nullopt;
  std::uint64_t begin = 0;
  const auto [end, error] =
      std::from_chars(range.data() + kUnit.size(), range.data() + range.size(), begin);
  if (error != std::errc()) return std::nullopt;
  return begin;
}

// Asks for what is missing. No If-Range: the address names a commit, so that what is there never
// becomes another thing, and redirections end at servers with ETags of their own, which differ from
// one to the next. The hash tells in the end.
Result<void> fetch_rest(HubClient& client, const std::string& url, PartialFile& partial) {
  bool begun = false;
  const auto take = [&](const ExchangeAnswer& head, std::string_view bytes) -> Result<void> {
    if (!begun) {
      begun = true;
      const std::uint64_t begin = head.status == 206 ? begin_of_part(head).value_or(0) : 0;
      if (head.status == 206 && begin != partial.size()) {
        return Error(ErrorCode::corrupt,
                     fmt::format("{}: asked for what comes after {} bytes, and was sent \"{}\"",
                                 url, partial.size(), head.header("content-range").value_or("")));
      }
      if (head.status != 206 && partial.size() > 0) {  // the server knows no ranges
        if (const Result<void> anew = partial.start_anew(); !anew) return anew.error();
      }
    }
    return partial.append(bytes);
  };
  const auto request = [&] {
    begun = false;
    ExchangeRequest ask{.url = url, .on_bytes = take};
    if (partial.size() > 0) ask.headers.push_back(fmt::format("Range: bytes={}-", partial.size()));
    return ask;
  };
  const Result<ExchangeAnswer> answer = client.ask(request, [&] { return partial.size(); });
  if (!answer) return answer.error();
  if (!answer->succeeded()) return refusal(client.settings(), url, *answer);
  return {};
}

// Fetches what is missing and checks the whole.
Result<void> complete(HubClient& client, const std::string& url, const RemoteFile& file,
                      PartialFile& partial) {
  if (!partial.whole()) {
    if (const Result<void> fetched = fetch_rest(client, url, partial); !fetched) {
      return fetched.error();
    }
  }
  if (!partial.whole()) {
    return Error(ErrorCode::corrupt, fmt::format("{}: {} bytes were sent, and the hub says {}",
                                                 file.path, partial.size(), file.size));
  }
  return partial.check_hash();
}

}  // namespace

Result<void> download(HubClient& client, const Repository& repository, const RemoteFile& file,
                      const fs::path& path, const OnBytes& on_bytes) {
  const std::string url = file_url(client.settings(), repository, file);
  PartialFile partial(file, path, on_bytes);
  if (const Result<void> opened = partial.open(client.stop()); !opened) return opened.error();
  Result<void> completed = complete(client, url, file, partial);
  if (!completed && completed.error().code() == ErrorCode::corrupt) {
    // The damage may be in what an earlier attempt left.
    if (const Result<void> anew = partial.start_anew(); !anew) return anew.error();
    completed = complete(client, url, file, partial);
    if (!completed && completed.error().code() == ErrorCode::corrupt) unlink(path.c_str());
  }
  return completed ? partial.sync() : completed;
}

}  // namespace proctor::harness::hub
