// Services that say of their batches what no service should.
#include "backends/remote/batch/batch_service.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>

#include "tests/support/fake_server.h"

using namespace proctor;
using namespace proctor::backends;
using support::FakeServer;
using support::HttpRequest;

namespace {

std::unique_ptr<BatchService> service_at(const FakeServer& server, const std::string& provider) {
  const auto known = std::find_if(providers().begin(), providers().end(),
                                  [&](const Provider& row) { return row.name == provider; });
  REQUIRE(known != providers().end());
  RemoteModel model;
  model.provider = &*known;
  return make_batch_service(model, server.base_url(), {});
}

std::string deep(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("a list of batches that leads back to where it began comes to an end") {
  for (const char* provider : {"openai", "anthropic"}) {
    CAPTURE(provider);
    std::atomic<int> pages{0};
    const FakeServer server([&](const HttpRequest&) {
      const std::string id = ++pages % 2 == 0 ? "b0" : "b1";
      return support::respond_json(200, R"({"data":[{"id":")" + id + R"(","created_at":)" +
                                            (provider[0] == 'o' ? "9999999999" : R"("9999")") +
                                            R"(}],"has_more":true,"last_id":")" + id + "\"}");
    });
    const auto service = service_at(server, provider);
    const Result<BatchSearch> found =
        service->find({.key = "k", .file = "f", .begun = 1'700'000'000, .requests = {"r"}}, {});
    REQUIRE(found);
    CHECK(found->outcome == BatchSearch::Outcome::absent);
    CHECK(pages <= kMostPages);
  }
}

TEST_CASE("counts beyond all numbers and lists within lists say nothing of a batch") {
  std::string answer;
  const FakeServer server([&](const HttpRequest&) { return support::respond_json(200, answer); });
  const auto service = service_at(server, "openai");
  answer = R"({"status":"in_progress","request_counts":{"completed":9223372036854775807,
      "failed":18446744073709551615},"errors":{"data":[{"line":-9223372036854775808}]}})";
  const Result<BatchStatus> status = service->look("b", {});
  REQUIRE(status);
  CHECK(status->stage == BatchStatus::Stage::running);
  CHECK(status->answered > 0);
  CHECK(status->answered < std::numeric_limits<std::int64_t>::max() / 2);
  REQUIRE(status->complaints.size() == 1);
  CHECK(status->complaints[0].line < 0);

  answer = R"({"has_more":true,"data":[)" + deep(1'000'000) + "]}";
  const Result<BatchSearch> found = service->find({.key = "k", .begun = 1'700'000'000}, {});
  REQUIRE(found);
  CHECK(found->outcome == BatchSearch::Outcome::absent);
}
