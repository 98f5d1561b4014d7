#include "reports/html/page.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::reports::html {
namespace {

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string written_page(std::string_view title) {
  std::string page;
  PageWriter writer([&](std::string_view text) { page += text; }, title, R"({"tasks":[]})");
  writer.add_texts(1, 7, R"({"samples":["</script>"]})");
  writer.add_texts(8, 8, R"({"samples":[]})");
  writer.finish();
  return page;
}

TEST_CASE("a page is whole and names nothing outside itself") {
  const std::string page = written_page("model, run 1");
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("{{") == page.find("{{", page.find("<script>")));  // only within the scripts
  CHECK(times(page, "<script") == times(page, "</script>"));
  CHECK(times(page, "data-first=\"") == 2);
  CHECK(page.find("data-first=\"1\" data-last=\"7\"") != std::string::npos);
  for (const char* outside :
       {"src=\"", "url(http", "url(fonts", "url(//", "@import", "href=\"http"}) {
    CAPTURE(outside);
    CHECK(page.find(outside) == std::string::npos);
  }
  CHECK(page.find("font/woff2;base64,") != std::string::npos);
}

TEST_CASE("a title is text whatever is in it") {
  const std::string page = written_page("</title><script>alert(1)</script>");
  CHECK(page.find("<script>alert(1)") == std::string::npos);
  CHECK(page.find("&lt;/title&gt;&lt;script&gt;alert(1)") != std::string::npos);
}

TEST_CASE("the policy allows the page's own script and asks nobody for anything") {
  const std::string alone = content_policy(false);
  const std::string served = content_policy(true);
  CHECK(alone.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(alone.ends_with("connect-src 'none'"));
  CHECK(served.ends_with("connect-src 'self'"));
  for (const std::string& policy : {alone, served}) {
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("http") == std::string::npos);
    CHECK(policy.find("*") == std::string::npos);
  }
}

TEST_CASE("a live page holds no data and knows which run to ask for") {
  const std::string page = live_page(42);
  CHECK(page.find("{\"live\":true,\"run\":42}") != std::string::npos);
  CHECK(page.find("id=\"data\"") == std::string::npos);
  CHECK(page.find("connect-src &#39;self&#39;") != std::string::npos);
  CHECK(page.ends_with("</html>\n"));
}

}  // namespace
}  // namespace proctor::reports::html
