// One file from an imitated hub: whole, broken off, damaged, forbidden.
#include "harness/hub/download.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>

#include "tests/harness/hub/fake_hub.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::hub {
namespace {

using support::Answer;
using support::End;
using support::HttpRequest;

// A hub with one dataset of a small and a large file, and what a fetch of one of them takes.
struct Bench {
  support::TempDir dir;
  FakeHub hub;
  std::int64_t here = 0;
  std::filesystem::path disk{};  // where to put it; empty: the test's folder

  Bench() {
    hub.repositories["datasets/ours/sums"] = {
        .files = {{"small.csv", "a,b\n1,2\n"}, {"big.jsonl", std::string(100'000, 'x'), true}}};
  }

  std::filesystem::path partial() const { return disk.empty() ? dir / "file.partial" : disk; }

  Result<void> fetch(const std::string& path, HubSettings settings) {
    HubClient client(std::move(settings), {});
    const Result<Repository> repository =
        list_repository(client, RepositoryKind::dataset, "ours/sums", "main");
    if (!repository) return repository.error();
    for (const RemoteFile& file : repository->files) {
      if (file.path != path) continue;
      return download(client, *repository, file, partial(), [&](std::int64_t n) { here += n; });
    }
    return Error(ErrorCode::not_found, path);
  }
  Result<void> fetch(const std::string& path) { return fetch(path, hub.settings()); }
};

// The first answers break off in the middle of what they bring.
auto breaking_off(int times) {
  return [left = std::make_shared<std::atomic<int>>(times)](const HttpRequest&, Answer whole) {
    if ((*left)-- <= 0) return whole;
    const std::size_t body = whole.steps[0].bytes.find("\r\n\r\n") + 4;
    const std::size_t end = body + (support::size_of(whole) - body) / 2;
    return support::cut(std::move(whole), end, End::close);
  };
}

TEST_CASE("a small file comes from the hub and a large one from where the hub points") {
  for (const char* path : {"small.csv", "big.jsonl"}) {
    CAPTURE(path);
    Bench bench;
    bench.hub.repositories["datasets/ours/sums"].token = "hf_1";
    HubSettings settings = bench.hub.settings();
    settings.token = "hf_1";
    REQUIRE(bench.fetch(path, settings));
    const bool large = std::string_view(path) == "big.jsonl";
    const FakeFile& file = bench.hub.repositories["datasets/ours/sums"].files[large ? 1 : 0];
    CHECK(support::read_file(bench.partial()) == file.content);
    CHECK(bench.here == static_cast<std::int64_t>(file.content.size()));
    const std::vector<std::string> log = bench.hub.log();
    REQUIRE(log.size() == (large ? 3 : 2));
    CHECK(log[0] == "/api/datasets/ours/sums/revision/main?blobs=true token hf_1");
    CHECK(log[1] ==
          "/datasets/ours/sums/resolve/" + std::string(40, 'c') + "/" + path + " token hf_1");
    if (large) CHECK(log[2].starts_with("storage /"));
    if (large) CHECK(log[2].find("token") == std::string::npos);  // it is another's server
  }
}

TEST_CASE("a broken download goes on where it broke off and only with what is missing") {
  for (const char* path : {"small.csv", "big.jsonl"}) {
    CAPTURE(path);
    Bench bench;
    bench.hub.meddle = breaking_off(3);
    REQUIRE(bench.fetch(path));
    const bool large = std::string_view(path) == "big.jsonl";
    const FakeFile& file = bench.hub.repositories["datasets/ours/sums"].files[large ? 1 : 0];
    CHECK(support::read_file(bench.partial()) == file.content);
    CHECK(bench.here == static_cast<std::int64_t>(file.content.size()));
    CHECK(bench.hub.log().back().find(" range ") != std::string::npos);
  }
}

TEST_CASE("what another process left is continued and a wrong beginning is not kept") {
  struct Row {
    std::string left;
    bool continued;
  };
  const Row kRows[] = {{std::string(60'000, 'x'), true},
                       {std::string(60'000, 'y'), true},  // found out by the hash, and then anew
                       {std::string(100'000, 'x'), false},
                       {std::string(100'001, 'x'), false}};
  for (const Row& row : kRows) {
    Bench bench;
    bench.dir.write("file.partial", row.left);
    REQUIRE(bench.fetch("big.jsonl"));
    CHECK(support::read_file(bench.partial()) == std::string(100'000, 'x'));
    CHECK(bench.here == 100'000);
    std::string all;
    for (const std::string& line : bench.hub.log()) all += line + "\n";
    CHECK((all.find("range 60000-") != std::string::npos) == row.continued);
  }
}

TEST_CASE("a server that knows no ranges sends all again") {
  Bench bench;
  bench.dir.write("file.partial", std::string(60'000, 'x'));
  bench.hub.meddle = [](const HttpRequest&, Answer) {
    return support::respond(200, {}, std::string(100'000, 'x'));
  };
  REQUIRE(bench.fetch("big.jsonl"));
  CHECK(support::read_file(bench.partial()).size() == 100'000);
  CHECK(bench.here == 100'000);
}

TEST_CASE("bytes with another hash are fetched once more and then refused") {
  Bench bench;
  bench.hub.meddle = [](const HttpRequest&, Answer) {
    return support::respond(200, {}, std::string(100'000, 'z'));
  };
  const Result<void> fetched = bench.fetch("big.jsonl");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code() == ErrorCode::corrupt);
  const std::string& message = fetched.error().message();
  CHECK(message.find(sha256_hex(std::string(100'000, 'x'))) != std::string::npos);
  CHECK(message.find(sha256_hex(std::string(100'000, 'z'))) != std::string::npos);
  CHECK(bench.hub.log().size() == 5);
  CHECK_FALSE(std::filesystem::exists(bench.partial()));

  bench.hub.meddle = [](const HttpRequest&, Answer) {
    return support::respond(200, {}, std::string(100'001, 'x'));
  };
  CHECK(bench.fetch("big.jsonl").error().code() == ErrorCode::corrupt);
}

TEST_CASE("a busy server is asked again and not for ever") {
  for (const int status : {429, 503}) {
    for (const int times : {2, 3}) {
      CAPTURE(status);
      CAPTURE(times);
      Bench bench;
      std::atomic<int> left = times;
      bench.hub.meddle = [&](const HttpRequest&, Answer whole) {
        return left-- > 0 ? support::respond(status, {{"Retry-After", "0"}}, "") : whole;
      };
      const Result<void> fetched = bench.fetch("small.csv");
      CHECK(static_cast<bool>(fetched) == (times < bench.hub.settings().tries));
      if (fetched) continue;
      CHECK(fetched.error().code() == ErrorCode::transport);
      CHECK(fetched.error().message().ends_with("HTTP status " + std::to_string(status) +
                                                ", after 3 tries"));
    }
  }
}

TEST_CASE("who may not read it is told what to do") {
  struct Row {
    const char* token;
    const char* advice;
  };
  constexpr Row kRows[] = {{"", "agree to its terms at"}, {"hf_other", "agree to its terms at"}};
  for (const Row& row : kRows) {
    CAPTURE(row.token);
    Bench bench;
    bench.hub.repositories["datasets/ours/sums"].token = "hf_1";
    HubSettings settings = bench.hub.settings();
    settings.token = row.token;
    const Result<void> fetched = bench.fetch("small.csv", settings);
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code() == ErrorCode::refused);
    const std::string& message = fetched.error().message();
    CHECK(message.find(std::string(row.advice) + " " + settings.endpoint + "/datasets/ours/sums") !=
          std::string::npos);
    CHECK(message.find("HF_TOKEN") != std::string::npos);
    CHECK(message.find("hf_other") == std::string::npos);
  }
}

TEST_CASE("what the hub says is shown in one line that is no terminal's command") {
  backends::ExchangeAnswer answer{.status = 404};
  answer.body = R"({"error":"gone\u001b[31m\nfor good )" + std::string(10'000, 'z') + "\"}";
  const std::string message = refusal({}, "https://huggingface.co/x", answer).message();
  CHECK(message.find("gone [31m for good zz") != std::string::npos);
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.size() < 500);
  answer.body = "<html>not found</html>";
  CHECK(refusal({}, "https://huggingface.co/x", answer).message().find("<html>") ==
        std::string::npos);
}

TEST_CASE("a hub that cannot be found is the network's fault and not the user's") {
  HubSettings settings;
  settings.endpoint = "http://no-such-host.invalid";
  const auto answer = HubClient(settings, {}).get(settings.endpoint + "/api/models/a/b");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::unavailable);
  CHECK(answer.error().message().find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("a server that sends all again and never gets to the end is not asked for ever") {
  Bench bench;
  std::atomic<std::size_t> tries = 0;
  bench.hub.meddle = [&](const HttpRequest&, Answer) {
    const std::size_t sent = tries++ % 2 == 0 ? 20'000 : 10'000;
    return support::cut(support::respond(200, {}, std::string(100'000, 'x')), sent, End::close);
  };
  CHECK(bench.fetch("big.jsonl").error().code() == ErrorCode::transport);
  CHECK(tries < 10);
}

TEST_CASE("what is not there is named") {
  Bench bench;
  HubClient client(bench.hub.settings(), {});
  const auto list = [&](const char* id, const char* revision) {
    return list_repository(client, RepositoryKind::dataset, id, revision);
  };
  CHECK(list("ours/sums", "main"));
  CHECK(list("ours/sums", std::string(40, 'c').c_str()));
  CHECK(list("ours/sums", "v2").error().code() == ErrorCode::not_found);
  CHECK(list("ours/other", "main").error().code() == ErrorCode::refused);
  Repository stale = *list("ours/sums", "main");
  bench.hub.repositories["datasets/ours/sums"].files.clear();
  const Result<void> vanished =
      download(client, stale, stale.files[0], bench.partial(), [](std::int64_t) {});
  REQUIRE_FALSE(vanished);
  CHECK(vanished.error().code() == ErrorCode::not_found);
  CHECK(vanished.error().message().find("small.csv") != std::string::npos);
}

TEST_CASE("a full disk ends a download at once and what came is continued") {
  const std::optional<support::SmallDisk> disk = support::SmallDisk::mounted("64k");
  if (!disk) SKIP("needs a disk that fills up: mounting a tmpfs takes root");
  Bench bench;
  bench.disk = disk->file("file.partial");
  const Result<void> fetched = bench.fetch("big.jsonl");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code() == ErrorCode::disk_full);
  CHECK(fetched.error().message().starts_with(bench.disk.string()));
  disk->grow("256k");
  REQUIRE(bench.fetch("big.jsonl"));
  CHECK(support::read_file(bench.disk) == std::string(100'000, 'x'));
  CHECK(bench.hub.log().back().find(" range ") != std::string::npos);
}

TEST_CASE("lists of files that make no sense are refused") {
  const std::string blob(40, 'b');
  const auto list_of = [&](const std::string& file) {
    return "{\"sha\":\"" + std::string(40, 'a') + "\",\"siblings\":[" + file + "]}";
  };
  const auto file_named = [&](const std::string& name) {
    return list_of(R"({"rfilename":")" + name + R"(","size":3,"blobId":")" + blob + "\"}");
  };
  const auto parsed = [](const std::string& text) {
    return static_cast<bool>(parse_repository(RepositoryKind::model, "a/b", text));
  };
  CHECK(parsed(file_named("config.json")));
  CHECK(parsed(file_named("deep/config.json")));
  CHECK(parsed(file_named("é.json")));
  const auto two_of = [&](const std::string& size) {
    const std::string file = R"({"rfilename":"a","size":)" + size + R"(,"blobId":")" + blob + "\"}";
    return list_of(file + "," + file);
  };
  CHECK(parsed(two_of("1000000000000000")));
  const std::string kRefused[] = {file_named("../config.json"),
                                  file_named("/etc/passwd"),
                                  file_named("a/../../b"),
                                  file_named(""),
                                  file_named("a/"),
                                  file_named("a\\u0000b"),
                                  file_named("\\u001b[31ma"),
                                  two_of("9223372036854775808"),  // together nothing
                                  two_of("-1"),
                                  list_of(R"({"rfilename":"a","size":3})"),
                                  list_of(R"({"rfilename":"a","blobId":")" + blob + "\"}"),
                                  list_of(R"({"rfilename":"a","size":3,"blobId":"../x"})"),
                                  list_of("3"),
                                  "[]",
                                  "{}",
                                  R"({"sha":"main","siblings":[]})",
                                  R"({"sha":")" + blob + "\"}"};
  for (const std::string& text : kRefused) {
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
  }
}

}  // namespace
}  // namespace proctor::harness::hub
