#include "backends/remote/endpoints.h"

#include <doctest/doctest.h>

using namespace proctor;
using namespace proctor::backends;
using Clock = Endpoints::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const Clock::time_point kStart{seconds(1000)};
const Error kBroken(ErrorCode::transport, "HTTP 500: oh");

BackendOptions options(int concurrency) {
  BackendOptions made;
  made.concurrency = concurrency;
  made.backoff_first_s = 0.5;
  made.silence_s = 10;
  return made;
}

// An attempt that fails at once.
std::optional<std::string> fail_once(Endpoints& endpoints, std::size_t index,
                                     Clock::time_point now) {
  endpoints.sent(index, 100);
  endpoints.ended(index, 100);
  return endpoints.failed(index, false, kBroken, now);
}

}  // namespace

TEST_CASE("the next request goes to the server with the fewest tokens outstanding") {
  Endpoints endpoints({"http://a", "http://b"}, options(10));
  endpoints.sent(0, 5000);
  CHECK(endpoints.choose(kStart) == 1);
  endpoints.sent(1, 3000);
  CHECK(endpoints.choose(kStart) == 1);
  endpoints.sent(1, 3000);
  CHECK(endpoints.choose(kStart) == 0);
  endpoints.streamed(1, 2000);  // 4000 left there
  CHECK(endpoints.choose(kStart) == 1);
  endpoints.ended(0, 5000);
  CHECK(endpoints.choose(kStart) == 0);
}

TEST_CASE("nobody gets more than the limit") {
  Endpoints endpoints({"http://a", "http://b"}, options(2));
  for (int i = 0; i < 4; ++i) {
    const std::optional<std::size_t> chosen = endpoints.choose(kStart);
    REQUIRE(chosen);
    endpoints.sent(*chosen, 10);
  }
  CHECK(endpoints.in_flight(0) == 2);
  CHECK(endpoints.in_flight(1) == 2);
  CHECK_FALSE(endpoints.choose(kStart));
}

TEST_CASE("one dead server of two is dropped at once and tried again alone") {
  Endpoints endpoints({"http://a", "http://b"}, options(4));
  endpoints.sent(1, 100);
  CHECK_FALSE(fail_once(endpoints, 0, kStart));
  CHECK_FALSE(fail_once(endpoints, 0, kStart));
  const std::optional<std::string> notice = fail_once(endpoints, 0, kStart);
  REQUIRE(notice);
  CHECK(notice->find("http://a: nothing succeeds") == 0);
  CHECK(notice->find("HTTP 500: oh") != std::string::npos);
  CHECK(endpoints.is_down(0));
  CHECK(endpoints.choose(kStart) == 1);
  const std::optional<Clock::time_point> probe = endpoints.next_probe();
  REQUIRE(probe);
  CHECK(*probe == kStart + milliseconds(500));
  CHECK(endpoints.choose(*probe) == 0);
  endpoints.sent(0, 100);
  CHECK(endpoints.choose(*probe) == 1);  // one probe at a time
  CHECK_FALSE(endpoints.next_probe());
  endpoints.ended(0, 100);
  CHECK_FALSE(endpoints.failed(0, false, kBroken, *probe));
  CHECK(*endpoints.next_probe() == *probe + seconds(1));  // twice as long
  endpoints.sent(0, 100);
  const std::optional<std::string> back = endpoints.served(0, {}, *probe + seconds(1));
  REQUIRE(back);
  CHECK(*back == "http://a answers again after 2 s");
  CHECK_FALSE(endpoints.is_down(0));
}

TEST_CASE("the only server is given time before it counts as down") {
  Endpoints endpoints({"http://a"}, options(4));
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(fail_once(endpoints, 0, kStart + milliseconds(50 * i)));
  }
  CHECK_FALSE(endpoints.is_down(0));
  CHECK(fail_once(endpoints, 0, kStart + seconds(10)));
  CHECK(endpoints.is_down(0));
  CHECK_FALSE(endpoints.choose(kStart + seconds(10)));
  CHECK(endpoints.choose(kStart + seconds(11)) == 0);
}

TEST_CASE("failures between successes are no outage") {
  Endpoints endpoints({"http://a"}, options(4));
  for (int i = 0; i < 1000; ++i) {
    const Clock::time_point now = kStart + seconds(i);
    CHECK_FALSE(fail_once(endpoints, 0, now));
    if (i % 5 == 0) {
      endpoints.sent(0, 1);
      CHECK_FALSE(endpoints.served(0, {}, now));
      endpoints.ended(0, 1);
    }
  }
  CHECK_FALSE(endpoints.is_down(0));
}

TEST_CASE("what was under way when a server went down does not delay its trial") {
  Endpoints endpoints({"http://a", "http://b"}, options(40));
  for (int i = 0; i < 30; ++i) endpoints.sent(0, 10);
  int notices = 0;
  for (int i = 0; i < 30; ++i) {
    endpoints.ended(0, 10);
    notices += endpoints.failed(0, false, kBroken, kStart) ? 1 : 0;
  }
  CHECK(notices == 1);
  CHECK(*endpoints.next_probe() == kStart + milliseconds(500));
}

TEST_CASE("trials of a dead server come at most a quarter of a minute apart") {
  Endpoints endpoints({"http://a", "http://b"}, options(4));
  Clock::time_point now = kStart;
  for (int i = 0; i < 3; ++i) (void)fail_once(endpoints, 0, now);
  for (int i = 0; i < 40; ++i) {
    REQUIRE(endpoints.next_probe());
    CHECK(*endpoints.next_probe() - now <= seconds(15));
    now = *endpoints.next_probe();
    (void)fail_once(endpoints, 0, now);
  }
  CHECK(*endpoints.next_probe() - now == seconds(15));
}
