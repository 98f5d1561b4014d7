#include "tasks/livecodebench/window.h"

#include <doctest/doctest.h>

namespace proctor::tasks::livecodebench {

TEST_CASE("a contest's date is read with and without a time of day") {
  using namespace std::chrono;
  CHECK(parse_date("2024-08-03") == Date(2024y / 8 / 3));
  CHECK(parse_date("2025-01-04T18:30:00") == Date(2025y / 1 / 4));
  CHECK(parse_date("2024-02-29T00:00:00") == Date(2024y / 2 / 29));
  for (const char* no_date :
       {"", "2024", "2024-08", "2024-8-3", "2023-02-29", "2024-00-01", "2024-13-01", "2024-04-31",
        "2024-04-00", "2024/04/01", "2024-04-1x", "-024-04-01", "2024-04-01 00:00", "03.08.2024"}) {
    CAPTURE(no_date);
    CHECK(!parse_date(no_date));
  }
}

TEST_CASE("a window is read in months and in days and has one name") {
  struct Row {
    const char* text;
    const char* name;
  };
  constexpr Row kRows[] = {
      {"2024-08..2025-01", "2024-08-01..2025-01-31"},
      {"2024-08-01..2025-01-31", "2024-08-01..2025-01-31"},
      {"2024-08..2025-01-31", "2024-08-01..2025-01-31"},
      {"2024-02..2024-02", "2024-02-01..2024-02-29"},
      {"2023-02..2023-02", "2023-02-01..2023-02-28"},
      {"2024-08-03..2024-08-03", "2024-08-03..2024-08-03"},
      {"2024-08..", "2024-08-01.."},
      {"..2025-01", "..2025-01-31"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Result<Window> window = parse_window(row.text);
    REQUIRE(window);
    CHECK(name_of(*window) == row.name);
    const Result<Window> again = parse_window(name_of(*window));
    REQUIRE(again);
    CHECK(*again == *window);
  }
}

TEST_CASE("a window holds both its ends to the end of the day") {
  const Result<Window> window = parse_window("2024-08..2025-01-04");
  REQUIRE(window);
  struct Row {
    const char* date;
    bool inside;
  };
  constexpr Row kRows[] = {
      {"2024-07-31T23:59:59", false}, {"2024-08-01T00:00:00", true}, {"2024-12-31", true},
      {"2025-01-04T18:30:00", true},  {"2025-01-05", false},         {"2023-10-01", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.date);
    CHECK(window->contains(*parse_date(row.date)) == row.inside);
  }
  const Result<Window> open = parse_window("2024-08..");
  REQUIRE(open);
  CHECK(open->contains(*parse_date("2099-12-31")));
  CHECK(!open->contains(*parse_date("2024-07-31")));
}

TEST_CASE("what is no window is refused with what one looks like") {
  for (const char* text : {"", "..", "2024-08", "2024-08-2025-01", "2024-08...2025-01",
                           "2024-08..2025", "aug..jan", "2024-08..2025-13", "2024-08..x"}) {
    CAPTURE(text);
    const Result<Window> window = parse_window(text);
    REQUIRE(!window);
    CHECK(window.error().code() == ErrorCode::invalid_input);
    CHECK(window.error().message() ==
          "window \"" + std::string(text) +
              "\": expected FIRST..LAST, each as 2024-08 or 2024-08-03, the last one included");
  }
  const Result<Window> backwards = parse_window("2025-01..2024-08");
  REQUIRE(!backwards);
  CHECK(backwards.error().message() == "window \"2025-01..2024-08\": it ends before it begins");
}

}  // namespace proctor::tasks::livecodebench
