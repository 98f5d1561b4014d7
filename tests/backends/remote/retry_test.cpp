#include "backends/remote/retry.h"

#include <doctest/doctest.h>

#include <random>

using namespace proctor::backends;
using std::chrono::milliseconds;

TEST_CASE("only what may pass is tried again") {
  struct Row {
    long status;
    Fault fault;
  };
  constexpr Row kRows[] = {
      {408, Fault::transient},      {425, Fault::transient},      {429, Fault::transient},
      {500, Fault::transient},      {502, Fault::transient},      {503, Fault::transient},
      {504, Fault::transient},      {529, Fault::transient},      {599, Fault::transient},
      {400, Fault::refused},        {413, Fault::refused},        {422, Fault::refused},
      {401, Fault::fatal},          {402, Fault::fatal},          {403, Fault::fatal_at_first},
      {404, Fault::fatal_at_first}, {301, Fault::fatal_at_first}, {307, Fault::fatal_at_first},
      {204, Fault::transient},      {501, Fault::fatal_at_first},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.status);
    CHECK(fault_of_status(row.status) == row.fault);
  }
}

TEST_CASE("Retry-After is read as seconds or as a date") {
  const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);  // 2023-11-14 22:13:20
  struct Row {
    const char* value;
    std::optional<milliseconds> wait;
  };
  const Row kRows[] = {
      {"0", milliseconds(0)},
      {"7", milliseconds(7000)},
      {" 7 ", milliseconds(7000)},
      {"0.25", milliseconds(250)},
      {"Tue, 14 Nov 2023 22:13:50 GMT", milliseconds(30'000)},
      {"Tue, 14 Nov 2023 22:13:00 GMT", milliseconds(0)},
      {"", std::nullopt},
      {"-3", std::nullopt},
      {"soon", std::nullopt},
      {"nan", std::nullopt},
      {"-inf", std::nullopt},
      {"1e99", milliseconds(3'600'000)},
      {"Fri, 31 Dec 9999 23:59:59 GMT", milliseconds(3'600'000)},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    CHECK(parse_retry_after(row.value, now) == row.wait);
  }
}

TEST_CASE("waiting doubles up to its ceiling and spreads over all of it") {
  BackendOptions options;
  options.backoff_first_s = 1;
  options.backoff_max_s = 8;
  std::mt19937_64 random(1);
  for (int attempts = 1; attempts <= 2000; attempts = attempts < 10 ? attempts + 1 : attempts * 3) {
    const double ceiling_ms = std::min(8000.0, 1000.0 * std::pow(2.0, attempts - 1));
    double largest = 0;
    double sum = 0;
    for (int i = 0; i < 2000; ++i) {
      const auto wait = backoff(attempts, random(), std::nullopt, options).count();
      CHECK(wait >= 0);
      largest = std::max(largest, static_cast<double>(wait));
      sum += static_cast<double>(wait);
    }
    CHECK(largest <= ceiling_ms);
    CHECK(largest > 0.95 * ceiling_ms);
    CHECK(sum / 2000 == doctest::Approx(ceiling_ms / 2).epsilon(0.1));
  }
}

TEST_CASE("a server that asks for more time gets it") {
  BackendOptions options;
  options.backoff_first_s = 0.5;
  options.backoff_max_s = 1;
  for (const std::uint64_t random : {0ULL, 1ULL << 63, ~0ULL}) {
    const auto wait = backoff(1, random, milliseconds(90'000), options);
    CHECK(wait >= milliseconds(90'000));
    CHECK(wait <= milliseconds(90'050));
  }
}
