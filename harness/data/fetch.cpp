#include "harness/data/fetch.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "harness/data/contest_fetch.h"
#include "harness/data/contests.h"
#include "harness/data/frozen.h"
#include "harness/data/holdings.h"
#include "harness/data/import.h"
#include "harness/files/output_file.h"
#include "harness/hub/download.h"
#include "harness/hub/download_view.h"
#include "harness/hub/fetch_lock.h"
#include "harness/hub/rows.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/process/interrupts.h"

namespace proctor::harness::data {
namespace {

namespace fs = std::filesystem;
using tasks::Dataset;
using tasks::Task;

// Kept until the import is done, so that a broken fetch is continued.
fs::path downloads_folder(const fs::path& dir, const Task& task) {
  return dir / "downloads" / std::string(task.name);
}

Result<hub::RemoteFile> file_named(const hub::Repository& repository, const std::string& name) {
  std::string there_are;
  for (const hub::RemoteFile& file : repository.files) {
    if (file.path == name) return file;
    there_are += (there_are.empty() ? "" : ", ") + file.path;
  }
  return Error(ErrorCode::not_found,
               fmt::format("{}@{}: there is no {}; there are: {}", repository.id,
                           repository.commit.substr(0, kHashPrefix), name, there_are));
}

// Each file grows under the name of its hash, so that a later fetch, whatever it asks for, goes on
// only with what is the same, and the importer finds it by a link with the hub's name.
Result<fs::path> fetch_file(hub::HubClient& client, const hub::Repository& repository,
                            const hub::RemoteFile& file, const fs::path& folder,
                            hub::DownloadView& view) {
  const fs::path content = folder / (file.hash + ".partial");
  const Result<void> fetched =
      hub::download(client, repository, file, content, [&](std::int64_t n) { view.add(n); });
  if (!fetched) return fetched.error();
  std::string name = file.path;
  std::replace(name.begin(), name.end(), '/', '-');
  const fs::path link = folder / name;
  std::error_code error;
  fs::remove(link, error);
  fs::create_symlink(content.filename(), link, error);
  if (error) return Error(ErrorCode::io, link.string() + ": " + error.message());
  return link;
}

Result<std::vector<fs::path>> fetch_files(hub::HubClient& client, const hub::Repository& repository,
                                          const Frozen& origin, const fs::path& folder) {
  std::vector<hub::RemoteFile> files;
  hub::DownloadView view(origin.dataset, live_style_for_stderr());
  for (const std::string& name : origin.files) {
    const Result<hub::RemoteFile> file = file_named(repository, name);
    if (!file) return file.error();
    view.expect(file->size);
    files.push_back(*file);
  }
  std::vector<fs::path> paths;
  for (const hub::RemoteFile& file : files) {
    const Result<fs::path> path = fetch_file(client, repository, file, folder, view);
    if (!path) return path.error();
    paths.push_back(*path);
  }
  return paths;
}

Result<std::vector<fs::path>> fetch_split(hub::HubClient& client, const Task& task, Frozen& origin,
                                          const fs::path& folder) {
  const hub::RowsSource source{origin.dataset, std::string(task.hub.config),
                               std::string(task.hub.split)};
  const fs::path path = folder / fmt::format("{}.jsonl", task.name);
  const bool live = live_style_for_stderr() == LiveStyle::live;
  const auto show = [&](std::size_t here, std::size_t of) {
    if (!live) return;
    say(fmt::format("\r{}: {} of {} rows\x1b[K{}", source.dataset, here, of,
                    here == of ? "\n" : ""));
  };
  const Result<hub::FetchedRows> rows = hub::fetch_rows(client, source, path, show);
  if (!rows) return rows.error();
  origin.commit = rows->commit;
  return std::vector{path};
}

// Fetches what is to be imported; no files, if `is_here` says of the commit, once it is known, that
// they were. Sets the commit.
Result<std::vector<fs::path>> fetch_origin(hub::HubClient& client, const Task& task, Frozen& origin,
                                           const fs::path& folder,
                                           const std::function<bool()>& is_here) {
  if (task.hub.files.empty()) {
    if (const Result<void> made = make_folder(folder); !made) return made.error();
    return fetch_split(client, task, origin, folder);
  }
  const Result<hub::Repository> repository =
      hub::list_repository(client, hub::RepositoryKind::dataset, origin.dataset, origin.revision);
  if (!repository) return repository.error();
  origin.commit = repository->commit;
  if (is_here()) return std::vector<fs::path>();
  if (const Result<void> made = make_folder(folder); !made) return made.error();
  return fetch_files(client, *repository, origin, folder);
}

Result<void> check_request(const Task& task, const DataRequest& request) {
  const auto invalid = [&](const std::string& why) {
    return Error(ErrorCode::invalid_input, fmt::format("{}: {}", task.name, why));
  };
  if (task.hub.dataset.empty()) {
    return invalid(fmt::format("it cannot be fetched; get it from {}, then: {}", task.source,
                               import_hint(task)));
  }
  const bool rows = task.hub.files.empty();
  if (rows && !(request.revision.empty() && request.files.empty())) {
    return invalid(
        "its rows come from a service that has the newest revision alone; --revision "
        "and --file are for sets of JSON Lines and CSV");
  }
  return {};
}

Frozen origin_of(const Task& task, const DataRequest& request) {
  const tasks::HubSource& hub = task.hub;
  Frozen origin{std::string(hub.dataset),
                request.revision.empty() ? std::string(hub.revision) : request.revision,
                request.files,
                {},
                {}};
  if (origin.files.empty()) origin.files.assign(hub.files.begin(), hub.files.end());
  if (origin.files.empty()) {
    origin.files.push_back(fmt::format("rows of {} {}", hub.config, hub.split));
  }
  return origin;
}

// A hash that the questions must have, and who says so.
struct Pin {
  std::string sha256;
  std::string who;
};

std::vector<Pin> pins_of(const fs::path& dir, const Task& task, const std::vector<Frozen>& frozen,
                         const Frozen& origin) {
  std::vector<Pin> pins;
  if (!task.hub.sha256.empty() && origin.same_request(origin_of(task, {}))) {
    pins.push_back({std::string(task.hub.sha256), "proctor knows"});
  }
  for (const Frozen& entry : frozen) {
    if (!entry.same_request(origin)) continue;
    pins.push_back({entry.sha256, frozen_path(dir, task.name).string() + " has"});
  }
  return pins;
}

// Errors: corrupt, naming both hashes.
Result<void> check_pins(const Task& task, const std::vector<Pin>& pins, const Dataset& dataset,
                        bool force) {
  for (const Pin& pin : pins) {
    if (pin.sha256 == dataset.hash) continue;
    const std::string differs =
        fmt::format("{}: the questions of {} have the sha256 {}, and {} {}", task.name,
                    dataset.source, dataset.hash, pin.who, pin.sha256);
    if (!force) {
      return Error(ErrorCode::corrupt,
                   differs + "; nothing was changed (--force takes them all the same)");
    }
    say(fmt::format("proctor: {}; taken because of --force\n", differs));
  }
  return {};
}

// Whether the data folder has, undamaged, what was fetched of the same commit.
bool is_stored(const fs::path& dir, const Task& task, const std::vector<Frozen>& frozen,
               const Frozen& origin) {
  const auto entry = std::find_if(frozen.begin(), frozen.end(),
                                  [&](const Frozen& one) { return one.same_content(origin); });
  if (entry == frozen.end()) return false;
  const Result<Dataset> dataset = tasks::load_dataset(dir, task);
  return dataset && dataset->hash == entry->sha256 && tasks::verify_tests(dir, task, *dataset);
}

ExitCode fetch_questions(const Globals& globals, const std::string& name,
                         const DataRequest& request, const std::string& ca_file) {
  const Result<const Task*> task = importable_task(name);
  if (!task) return fail(task.error());
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  Result<hub::HubSettings> settings = hub::hub_settings(environment);
  if (!settings) return fail(settings.error());
  settings->ca_file = ca_file;
  const Interrupts interrupts("stopping; what is here is kept, and continued by the next fetch");
  const Result<FetchedData> fetched =
      fetch_task(*settings, **task, request, *dir, interrupts.token());
  if (!fetched) return fail(fetched.error());
  print_imported(globals, *dir, **task, fetched->dataset, fetched->unchanged);
  if (!(*task)->hub.lacks.empty()) {
    say(fmt::format("proctor: {}: not fetched: {}\n", name, (*task)->hub.lacks));
  }
  return kDone;
}

}  // namespace

Result<FetchedData> fetch_task(const hub::HubSettings& settings, const Task& task,
                               const DataRequest& request, const fs::path& dir,
                               const std::stop_token& stop) {
  if (const Result<void> sound = check_request(task, request); !sound) return sound.error();
  hub::HubClient client(settings, stop);
  if (const Result<void> made = make_folder(dir); !made) return made.error();
  const Result<FileDescriptor> lock = hub::take_fetch_lock(dir, client);
  if (!lock) return lock.error();
  const Result<std::vector<Frozen>> frozen = load_frozen(dir, task.name);
  if (!frozen) return frozen.error();
  Frozen origin = origin_of(task, request);
  const fs::path folder = downloads_folder(dir, task);
  const auto is_here = [&] { return !request.force && is_stored(dir, task, *frozen, origin); };
  const Result<std::vector<fs::path>> files = fetch_origin(client, task, origin, folder, is_here);
  if (!files) return files.error();
  if (files->empty()) {
    Result<Dataset> dataset = tasks::load_dataset(dir, task);
    if (!dataset) return dataset.error();
    return FetchedData{std::move(*dataset), true};
  }

  Result<Dataset> dataset = read_files(task, *files, dir);
  if (!dataset) return dataset.error();
  dataset->source = origin.described();
  const Result<void> pinned =
      check_pins(task, pins_of(dir, task, *frozen, origin), *dataset, request.force);
  if (!pinned) return pinned.error();
  const Result<bool> unchanged = store_dataset(dir, task, *dataset);
  if (!unchanged) return unchanged.error();
  origin.sha256 = dataset->hash;
  if (const Result<void> saved = save_frozen(dir, task.name, *frozen, origin); !saved) {
    return saved.error();
  }
  std::error_code ignored;  // what is left there takes room and does no harm
  fs::remove_all(folder, ignored);
  fs::remove(folder.parent_path(), ignored);
  return FetchedData{std::move(*dataset), *unchanged};
}

void add_data_fetch(CLI::App& data, Globals& globals, int& exit_code) {
  struct FetchOptions {
    std::string what;
    std::vector<std::string> ids;
    std::string base_url = kCodeforcesApi;
    std::string ca_file;
    DataRequest request;
  };
  CLI::App* fetch = data.add_subcommand(
      "fetch", "Get a benchmark from the Hugging Face hub, or contests from the Codeforces API");
  const auto options = std::make_shared<FetchOptions>();
  fetch
      ->add_option("WHAT", options->what,
                   "A task such as math500; codeforces-contest: standings and rating changes")
      ->required();
  fetch->add_option("ID", options->ids,
                    "With codeforces-contest: numbers, as in codeforces.com/contest/ID");
  fetch->add_option("--base-url", options->base_url, "With codeforces-contest: of the API")
      ->capture_default_str();
  fetch->add_option("--revision", options->request.revision,
                    "Branch, tag or commit on the hub; default: the task's own");
  fetch->add_option("--file", options->request.files,
                    "Path on the hub instead of the task's own; may be repeated");
  fetch->add_flag("--force", options->request.force,
                  "Fetch what is here already, and take what has another hash than before");
  fetch->add_option("--ca-file", options->ca_file,
                    "Certificates to trust instead of the system's, as PEM");
  fetch->callback([&, options] {
    const bool contests = options->what == kContestTask;
    if (contests == options->ids.empty()) {
      exit_code =
          fail(Error(ErrorCode::invalid_input,
                     contests ? "which contests? name them by their numbers"
                              : "one task at a time; only codeforces-contest takes more, the "
                                "numbers of contests"));
    } else {
      exit_code = contests
                      ? fetch_contests(globals, options->ids, options->base_url)
                      : fetch_questions(globals, options->what, options->request, options->ca_file);
    }
  });
}

}  // namespace proctor::harness::data
