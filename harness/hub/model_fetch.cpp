#include "harness/hub/model_fetch.h"

#include <fmt/core.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "backends/local/model_folder.h"
#include "harness/files/output_file.h"
#include "harness/hub/fetch_lock.h"

namespace proctor::harness::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesAtOnce = 4;

// Where the parts of one model lie in the cache.
struct ModelPlace {
  fs::path root;
  fs::path locks;

  ModelPlace(const fs::path& cache, const std::string& id)
      : root(backends::cached_model(cache, id)), locks(cache / ".locks" / root.filename()) {}

  fs::path blob(const RemoteFile& file) const { return root / "blobs" / file.hash; }
  fs::path incomplete(const RemoteFile& file) const {
    return root / "blobs" / (file.hash + ".incomplete");
  }
  fs::path lock(const RemoteFile& file) const { return locks / (file.hash + ".lock"); }
  fs::path snapshot(const std::string& commit) const { return root / "snapshots" / commit; }
};

std::uint64_t bytes_in(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

bool is_here(const ModelPlace& place, const RemoteFile& file) {
  std::error_code ignored;
  return fs::is_regular_file(place.blob(file), ignored) && bytes_in(place.blob(file)) == file.size;
}

Result<void> check_room(const ModelPlace& place, std::span<const RemoteFile> files) {
  std::uint64_t needed = 0;
  for (const RemoteFile& file : files) {
    if (is_here(place, file)) continue;
    needed += file.size - std::min(file.size, bytes_in(place.incomplete(file)));
  }
  struct statvfs room {};
  if (statvfs(place.root.c_str(), &room) != 0) return file_error(place.root.string(), "no place");
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  if (needed <= free) return {};
  constexpr double kGiB = double(1 << 30);
  return Error(ErrorCode::disk_full,
               fmt::format("{}: {:.2f} GiB are needed, and {:.2f} GiB free; HF_HUB_CACHE names "
                           "another place",
                           place.root.string(), static_cast<double>(needed) / kGiB,
                           static_cast<double>(free) / kGiB));
}

// Fetches the files of one model, several at a time. The first error ends all of them.
class Fetching {
 public:
  Fetching(const HubSettings& settings, const Repository& repository,
           std::span<const RemoteFile> files, const ModelPlace& place, const OnBytes& on_bytes)
      : settings_(settings),
        repository_(repository),
        files_(files),
        place_(place),
        on_bytes_(on_bytes) {}

  // How many bytes were not here before.
  Result<std::uint64_t> run(const std::stop_token& stop) {
    const std::stop_callback forward(stop, [this] { stop_.request_stop(); });
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < std::min(kFilesAtOnce, files_.size()); ++i) {
        threads.emplace_back([this] { work(); });
      }
    }
    if (error_) return *error_;
    return fetched_.load();
  }

 private:
  void work() {
    HubClient client(settings_, stop_.get_token());
    for (std::size_t i = next_++; i < files_.size() && !stop_.stop_requested(); i = next_++) {
      const Result<void> fetched = fetch(client, files_[i]);
      if (fetched) continue;
      const std::lock_guard lock(mutex_);
      // Those that the first one stops say that they were stopped.
      if (!error_) error_ = fetched.error();
      stop_.request_stop();
    }
    const std::lock_guard lock(mutex_);
    if (!error_ && stop_.stop_requested()) error_ = Error(ErrorCode::interrupted, "interrupted");
  }

  Result<void> fetch(HubClient& client, const RemoteFile& file) {
    if (taken_as_here(file)) return {};  // without a lock: the cache may be another's, to be read
    const Result<FileDescriptor> lock = take_fetch_lock(place_.lock(file), client);
    if (!lock) return lock.error();
    if (taken_as_here(file)) return {};  // by whoever had the lock
    const fs::path incomplete = place_.incomplete(file);
    const std::uint64_t before = bytes_in(incomplete);
    if (const Result<void> got = download(client, repository_, file, incomplete, on_bytes_); !got) {
      return got.error();
    }
    if (rename(incomplete.c_str(), place_.blob(file).c_str()) != 0) {
      return file_error(place_.blob(file).string(), "cannot create");
    }
    fetched_ += file.size - std::min(before, file.size);
    return {};
  }

  bool taken_as_here(const RemoteFile& file) const {
    const bool here = is_here(place_, file);
    if (here) on_bytes_(static_cast<std::int64_t>(file.size));
    return here;
  }

  const HubSettings& settings_;
  const Repository& repository_;
  const std::span<const RemoteFile> files_;
  const ModelPlace& place_;
  const OnBytes& on_bytes_;
  std::stop_source stop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::uint64_t> fetched_ = 0;
  std::mutex mutex_;
  std::optional<Error> error_;  // guarded by mutex_ while the threads run
};

// Links are made elsewhere and renamed, so that a name never stands for nothing: under a name of
// this process's own, as another may link the same model, and away from the model's names.
Result<void> link_file(const ModelPlace& place, const std::string& commit, const RemoteFile& file) {
  const fs::path link = place.snapshot(commit) / file.path;
  if (const Result<void> made = make_folder(link.parent_path()); !made) return made.error();
  const fs::path target = place.blob(file).lexically_relative(link.parent_path());
  std::error_code none;
  if (fs::read_symlink(link, none) == target) return {};
  const fs::path fresh = place.locks / fmt::format("{}.link", getpid());
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_symlink(target, fresh, error);
  if (!error) fs::rename(fresh, link, error);
  if (error) return Error(ErrorCode::io, link.string() + ": " + error.message());
  return {};
}

// What a revision stands for; a commit stands for itself.
Result<void> write_reference(const ModelPlace& place, const std::string& revision,
                             const std::string& commit) {
  if (revision == commit) return {};
  const fs::path path = place.root / "refs" / revision;
  if (backends::referenced_commit(place.root, revision) == commit) return {};
  if (const Result<void> made = make_folder(path.parent_path()); !made) return made.error();
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return file.error();
  std::fputs(commit.c_str(), file->stream());
  return file->keep();
}

Result<void> check_request(const ModelRequest& request) {
  const std::string& revision = request.revision;
  if (!backends::is_model_id(request.id)) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("\"{}\" is no model of the hub such as Qwen/Qwen3-0.6B", request.id));
  }
  if (revision.empty() || revision.front() == '/' || revision.find("..") != std::string::npos) {
    return Error(ErrorCode::invalid_input, fmt::format("\"{}\" is no revision", revision));
  }
  return {};
}

}  // namespace

Result<std::vector<RemoteFile>> files_for_engine(std::span<const RemoteFile> files) {
  std::vector<RemoteFile> wanted;
  bool weights = false;
  for (const RemoteFile& file : files) {
    const std::string_view path = file.path;
    if (path.find('/') != std::string_view::npos) continue;
    // Mistral's repositories have their weights a second time under this name.
    const bool second_copy = path.starts_with("consolidated");
    const bool tensors = path.ends_with(".safetensors") && !second_copy;
    const bool other = path == "config.json" || path == "generation_config.json" ||
                       path == "special_tokens_map.json" || path == "added_tokens.json" ||
                       path == "vocab.json" || path == "merges.txt" ||
                       path.starts_with("tokenizer") || path.starts_with("chat_template") ||
                       (path.ends_with(".safetensors.index.json") && !second_copy);
    if (tensors || other) wanted.push_back(file);
    weights = weights || tensors;
  }
  if (weights) return wanted;
  return Error(ErrorCode::not_found,
               "there are no .safetensors, and the engine reads no other weights");
}

Result<FetchedModel> fetch_model(const HubSettings& settings, const ModelRequest& request,
                                 const FetchWatch& watch, const std::stop_token& stop) {
  if (const Result<void> sound = check_request(request); !sound) return sound.error();
  HubClient client(settings, stop);
  const Result<Repository> repository =
      list_repository(client, RepositoryKind::model, request.id, request.revision);
  if (!repository) return repository.error();
  const Result<std::vector<RemoteFile>> files =
      request.all ? repository->files : files_for_engine(repository->files);
  if (!files) return files.error().within(request.id);

  const ModelPlace place(settings.cache, request.id);
  for (const fs::path& folder : {place.root / "blobs", place.locks}) {
    if (const Result<void> made = make_folder(folder); !made) return made.error();
  }
  if (const Result<void> room = check_room(place, *files); !room) return room.error();
  FetchedModel model{.folder = place.snapshot(repository->commit),
                     .commit = repository->commit,
                     .files = files->size()};
  for (const RemoteFile& file : *files) model.bytes += file.size;
  watch.on_plan(model.files, model.bytes);
  const Result<std::uint64_t> fetched =
      Fetching(settings, *repository, *files, place, watch.on_bytes).run(stop);
  if (!fetched) return fetched.error();
  model.fetched = *fetched;
  for (const RemoteFile& file : *files) {
    if (const Result<void> linked = link_file(place, model.commit, file); !linked) {
      return linked.error();
    }
  }
  const Result<void> known = write_reference(place, request.revision, model.commit);
  if (!known) return known.error();
  return model;
}

}  // namespace proctor::harness::hub
