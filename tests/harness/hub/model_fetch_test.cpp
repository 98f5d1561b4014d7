// Models from an imitated hub into a cache of the test's own.
#include "harness/hub/model_fetch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>

#include <atomic>
#include <set>
#include <thread>

#include "harness/core/file_descriptor.h"
#include "tests/harness/hub/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::hub {
namespace {

namespace fs = std::filesystem;
using support::Answer;
using support::End;
using support::HttpRequest;

const std::string kCommit(40, 'c');

struct Bench {
  support::TempDir dir;
  FakeHub hub;
  std::atomic<std::int64_t> here = 0;

  Bench() {
    hub.repositories["models/ours/Small-1"] = {
        .files = {{"config.json", "{}"},
                  {"tokenizer.json", "{\"model\":{}}", true},
                  {"tokenizer_config.json", "{}"},  // the same bytes as config.json
                  {"model-00001-of-00002.safetensors", std::string(50'000, '1'), true},
                  {"model-00002-of-00002.safetensors", std::string(70'000, '2'), true},
                  {"model.safetensors.index.json", "{\"weight_map\":{}}"},
                  {"README.md", "# Small"},
                  {"original/consolidated.00.pth", "pickled", true}}};
  }

  fs::path cache() const { return dir / "hub"; }
  fs::path model() const { return cache() / "models--ours--Small-1"; }
  fs::path snapshot() const { return model() / "snapshots" / kCommit; }

  Result<FetchedModel> fetch(const ModelRequest& request = {.id = "ours/Small-1"}) {
    const FetchWatch watch{.on_plan = [](std::size_t, std::uint64_t) {},
                           .on_bytes = [this](std::int64_t bytes) { here += bytes; }};
    return fetch_model(hub.settings(cache()), request, watch, {});
  }

  // How many answers with a file's bytes the hub was asked for.
  std::size_t asked_for_files() const {
    std::size_t count = 0;
    for (const std::string& line : hub.log()) {
      count += line.find("/resolve/") != std::string::npos ? 1 : 0;
    }
    return count;
  }
};

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory())
      names.insert(fs::relative(entry.path().parent_path(), folder) / entry.path().filename());
  }
  return names;
}

TEST_CASE("what the engine reads is laid out as all tools of the hub lay it out") {
  Bench bench;
  const Result<FetchedModel> model = bench.fetch();
  REQUIRE(model);
  CHECK(model->folder == bench.snapshot());
  CHECK(model->commit == kCommit);
  CHECK(model->files == 6);
  CHECK(model->bytes == 2 + 12 + 2 + 50'000 + 70'000 + 17);
  CHECK(model->fetched == model->bytes - 2);
  CHECK(bench.here == static_cast<std::int64_t>(model->bytes));
  CHECK(support::read_file(bench.model() / "refs/main") == kCommit);
  CHECK(names_in(bench.snapshot()) ==
        std::set<std::string>{"./config.json", "./model-00001-of-00002.safetensors",
                              "./model-00002-of-00002.safetensors",
                              "./model.safetensors.index.json", "./tokenizer.json",
                              "./tokenizer_config.json"});
  // git hash-object and sha256sum name them.
  CHECK(fs::read_symlink(bench.snapshot() / "config.json") ==
        "../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b");
  CHECK(fs::read_symlink(bench.snapshot() / "tokenizer.json") ==
        "../../blobs/" + sha256_hex("{\"model\":{}}"));
  CHECK(support::read_file(bench.snapshot() / "model-00002-of-00002.safetensors") ==
        std::string(70'000, '2'));
  CHECK(names_in(bench.model() / "blobs").size() == 5);
  const Result<fs::path> found =
      backends::model_folder("ours/Small-1", [&](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) != "HF_HUB_CACHE") return std::nullopt;
        return bench.cache().string();
      });
  REQUIRE(found);
  CHECK(*found == bench.snapshot());
}

TEST_CASE("all files are fetched if all are asked for") {
  Bench bench;
  const Result<FetchedModel> model = bench.fetch({.id = "ours/Small-1", .all = true});
  REQUIRE(model);
  CHECK(model->files == 8);
  CHECK(fs::read_symlink(bench.snapshot() / "original/consolidated.00.pth") ==
        "../../../blobs/" + sha256_hex("pickled"));
  CHECK(support::read_file(bench.snapshot() / "original/consolidated.00.pth") == "pickled");
}

TEST_CASE("a model that is here is found in a cache that may only be read") {
  Bench bench;
  REQUIRE(bench.fetch());
  const fs::path locks = bench.cache() / ".locks/models--ours--Small-1";
  const auto written = [&] { return fs::last_write_time(bench.model() / "refs"); };
  const fs::file_time_type before = written();
  fs::remove_all(locks);
  fs::create_directory(locks);
  const fs::file_time_type made = fs::last_write_time(locks);
  const Result<FetchedModel> again = bench.fetch();
  REQUIRE(again);
  CHECK(again->fetched == 0);
  CHECK(bench.here == 2 * static_cast<std::int64_t>(again->bytes));
  CHECK(fs::is_empty(locks));
  CHECK(fs::last_write_time(locks) ==
        made);  // as root may write anywhere, this shows that none did
  CHECK(written() == before);
}

TEST_CASE("no name of a file gets into the way of another") {
  for (const bool swapped : {false, true}) {
    Bench bench;
    std::vector<FakeFile>& files = bench.hub.repositories["models/ours/Small-1"].files;
    files = {{"a.new", "1"}, {"a", "2"}, {"a.new.new", "3"}, {"m.safetensors", "4"}};
    if (swapped) std::reverse(files.begin(), files.end());
    const Result<FetchedModel> model = bench.fetch({.id = "ours/Small-1", .all = true});
    REQUIRE(model);
    for (const FakeFile& file : files) {
      CAPTURE(file.path);
      CHECK(support::read_file(model->folder / file.path) == file.content);
    }
    CHECK(names_in(model->folder).size() == files.size());
  }
}

TEST_CASE("what is here is not fetched again and a new commit brings only what changed") {
  Bench bench;
  REQUIRE(bench.fetch());
  const std::size_t before = bench.asked_for_files();
  const Result<FetchedModel> again = bench.fetch();
  REQUIRE(again);
  CHECK(again->fetched == 0);
  CHECK(bench.asked_for_files() == before);

  FakeRepository& repository = bench.hub.repositories["models/ours/Small-1"];
  repository.commit = std::string(40, 'e');
  repository.files[0].content = "{\"a\":1}";
  const Result<FetchedModel> newer = bench.fetch();
  REQUIRE(newer);
  CHECK(newer->fetched == 7);
  CHECK(support::read_file(newer->folder / "config.json") == "{\"a\":1}");
  CHECK(support::read_file(bench.snapshot() / "config.json") == "{}");
  CHECK(support::read_file(bench.model() / "refs/main") == repository.commit);
}

TEST_CASE("a commit is fetched by its name and leaves no reference") {
  Bench bench;
  REQUIRE(bench.fetch({.id = "ours/Small-1", .revision = kCommit}));
  CHECK(fs::exists(bench.snapshot() / "config.json"));
  CHECK_FALSE(fs::exists(bench.model() / "refs"));
}

TEST_CASE("a fetch that broke off leaves no snapshot and is continued") {
  Bench bench;
  std::atomic<bool> broken = true;
  HubSettings settings = bench.hub.settings(bench.cache());
  settings.tries = 1;
  std::atomic<int> cuts = 0;
  bench.hub.meddle = [&](const HttpRequest& request, Answer whole) {
    const bool big = support::size_of(whole) > 60'000 || !request.header("Range").empty();
    if (!broken || !big) return whole;
    return ++cuts == 1 ? support::cut(std::move(whole), 30'000, End::close)
                       : support::respond(503, {}, "");
  };
  const FetchWatch watch{.on_plan = [](std::size_t, std::uint64_t) {},
                         .on_bytes = [](std::int64_t) {}};
  const Result<FetchedModel> failed = fetch_model(settings, {.id = "ours/Small-1"}, watch, {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ErrorCode::transport);
  CHECK_FALSE(fs::exists(bench.model() / "snapshots"));
  CHECK_FALSE(fs::exists(bench.model() / "refs"));
  const fs::path incomplete =
      bench.model() / "blobs" / (sha256_hex(std::string(70'000, '2')) + ".incomplete");
  REQUIRE(fs::exists(incomplete));
  const std::uintmax_t left = fs::file_size(incomplete);
  CHECK(left > 20'000);

  broken = false;
  REQUIRE(bench.fetch());
  CHECK_FALSE(fs::exists(incomplete));
  bool continued = false;
  for (const std::string& line : bench.hub.log()) {
    continued = continued || line.find("range " + std::to_string(left) + "-") != std::string::npos;
  }
  CHECK(continued);
}

TEST_CASE("a file that another process is fetching is waited for and not fetched twice") {
  Bench bench;
  const std::string content(70'000, '2');
  const fs::path locks = bench.cache() / ".locks/models--ours--Small-1";
  fs::create_directories(locks);
  fs::create_directories(bench.model() / "blobs");
  const FileDescriptor lock(
      open((locks / (sha256_hex(content) + ".lock")).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  REQUIRE(flock(lock.get(), LOCK_EX) == 0);
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    bench.dir.write("hub/models--ours--Small-1/blobs/" + sha256_hex(content), content);
    flock(lock.get(), LOCK_UN);
  });
  const Result<FetchedModel> model = bench.fetch();
  REQUIRE(model);
  CHECK(model->fetched == model->bytes - 2 - content.size());
  for (const std::string& line : bench.hub.log()) {
    CHECK(line.find("model-00002") == std::string::npos);
  }
}

TEST_CASE("models that cannot be had are refused before anything is written") {
  struct Row {
    const char* id;
    const char* revision;
    ErrorCode code;
  };
  constexpr Row kRows[] = {{"ours/Other", "main", ErrorCode::refused},
                           {"ours/Small-1", "v9", ErrorCode::not_found},
                           {"ours", "main", ErrorCode::invalid_input},
                           {"ours/../x", "main", ErrorCode::invalid_input},
                           {"ours/Small-1", "../../x", ErrorCode::invalid_input},
                           {"ours/Pickled", "main", ErrorCode::not_found}};
  Bench bench;
  bench.hub.repositories["models/ours/Pickled"] = {.files = {{"config.json", "{}"}}};
  for (const Row& row : kRows) {
    CAPTURE(row.id);
    const Result<FetchedModel> model = bench.fetch({.id = row.id, .revision = row.revision});
    REQUIRE_FALSE(model);
    CHECK(model.error().code() == row.code);
    CHECK_FALSE(fs::exists(bench.cache()));
  }
}

TEST_CASE("a model that cannot fit is not begun") {
  Bench bench;
  bench.hub.repositories["models/ours/Small-1"].files[3].said_size = std::uint64_t{1} << 60;
  const Result<FetchedModel> model = bench.fetch();
  REQUIRE_FALSE(model);
  CHECK(model.error().code() == ErrorCode::disk_full);
  CHECK(model.error().message().find("1073741824.00 GiB are needed") != std::string::npos);
  CHECK(bench.asked_for_files() == 0);
}

TEST_CASE("a requested stop ends a fetch and keeps what is here") {
  Bench bench;
  std::stop_source stop;
  bench.hub.meddle = [&](const HttpRequest&, Answer whole) {
    if (support::size_of(whole) < 60'000) return whole;
    stop.request_stop();
    return support::cut(std::move(whole), 30'000, End::stall);
  };
  const FetchWatch watch{.on_plan = [](std::size_t, std::uint64_t) {},
                         .on_bytes = [](std::int64_t) {}};
  const Result<FetchedModel> model = fetch_model(bench.hub.settings(bench.cache()),
                                                 {.id = "ours/Small-1"}, watch, stop.get_token());
  REQUIRE_FALSE(model);
  CHECK(model.error().code() == ErrorCode::interrupted);
  CHECK_FALSE(fs::exists(bench.model() / "snapshots"));
  bench.hub.meddle = nullptr;
  CHECK(bench.fetch());
}

}  // namespace
}  // namespace proctor::harness::hub
