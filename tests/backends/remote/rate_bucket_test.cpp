#include "backends/remote/rate_bucket.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>

using proctor::backends::RateBucket;
using Clock = RateBucket::Clock;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("no minute whatever sees more than the limit and none much less") {
  for (const double limit : {2.0, 60.0, 100.0, 3000.0}) {
    CAPTURE(limit);
    RateBucket bucket(limit);
    Clock::time_point now{seconds(1000)};
    const Clock::time_point end = now + minutes(10);
    std::deque<Clock::time_point> last_minute;
    double sent = 0;
    while (now < end) {
      const Clock::duration wait = bucket.wait(1, now);
      if (wait > Clock::duration::zero()) {
        now += wait;
        continue;
      }
      bucket.take(1, now);
      ++sent;
      last_minute.push_back(now);
      while (now - last_minute.front() >= minutes(1)) last_minute.pop_front();
      REQUIRE(static_cast<double>(last_minute.size()) <= limit + 1e-6);
    }
    CHECK(sent <= 10 * limit + 1);
    CHECK(sent >= 0.45 * 10 * limit);
    if (limit > 2) CHECK(sent >= 0.95 * 10 * limit);
  }
}

TEST_CASE("uneven amounts come to the limit over time and large ones are paid back") {
  RateBucket bucket(60'000);  // a thousand a second
  std::mt19937 random(1);
  Clock::time_point now{seconds(1)};
  const Clock::time_point begin = now;
  double taken = 0;
  while (now - begin < minutes(20)) {
    const double amount = 1 + static_cast<double>(random() % 8000);
    const Clock::duration wait = bucket.wait(amount, now);
    CHECK(wait <= seconds(10));
    now += wait;
    CHECK(bucket.wait(amount, now) == Clock::duration::zero());
    bucket.take(amount, now);
    taken += amount;
  }
  CHECK(taken / 20 <= 60'000 * 1.01);
  CHECK(taken / 20 >= 60'000 * 0.97);
}

TEST_CASE("what was reserved and not used is given back") {
  RateBucket bucket(600);
  const Clock::time_point now{seconds(1)};
  bucket.take(10, now);
  CHECK(bucket.wait(10, now) > Clock::duration::zero());
  bucket.take(-10, now);
  CHECK(bucket.wait(10, now) == Clock::duration::zero());
  bucket.take(-1e9, now);  // but never more than a bucket full
  bucket.take(10, now);
  CHECK(bucket.wait(1, now) > Clock::duration::zero());
}

TEST_CASE("an idle hour saves up no more than a second") {
  RateBucket bucket(600);
  Clock::time_point now{seconds(1)};
  bucket.take(1, now);
  now += minutes(60);
  int at_once = 0;
  while (bucket.wait(1, now) == Clock::duration::zero()) {
    bucket.take(1, now);
    ++at_once;
  }
  CHECK(at_once == 10);
}

TEST_CASE("without a limit nothing waits") {
  RateBucket bucket(0);
  const Clock::time_point now{seconds(1)};
  for (int i = 0; i < 1000; ++i) bucket.take(1e9, now);
  CHECK(bucket.wait(1e9, now) == Clock::duration::zero());
}
