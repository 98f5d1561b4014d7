// `report --format html` in a browser: what a reader sees and does.
#include <doctest/doctest.h>

#include <fstream>

#include "harness/page/html_report.h"
#include "tests/browser/chromium.h"
#include "tests/harness/support/page_fixture.h"
#include "tests/support/skip.h"

namespace proctor::harness {
namespace {

#define NEEDS_CHROMIUM \
  if (!support::Chromium::is_there()) SKIP("needs a browser: /usr/bin/chromium is missing")

// The fixture's run as a file, opened in a browser.
class OpenPage {
 public:
  OpenPage() {
    const reports::RunId run = add_page_run(dir_ / "t.db");
    Result<reports::Store> store = reports::Store::open_for_reading(dir_ / "t.db");
    REQUIRE(store);
    std::ofstream file(dir_ / "page.html", std::ios::binary);
    REQUIRE(page::write_html_report(*store, run, {.store = "t.db"},
                                    [&](std::string_view text) { file << text; }));
  }

  // Goes to a part of the page by its address.
  void go(const std::string& hash) {
    browser.open("file://" + (dir_ / "page.html").string() + hash);
    CHECK(
        browser.comes_true("document.querySelector('#page').childElementCount > 0 && "
                           "!document.querySelector('#page > .quiet')"));
  }
  void go_within(const std::string& hash) { browser.evaluate("location.hash = '" + hash + "'"); }
  std::string text_of(const std::string& selector) {
    return browser.evaluate("document.querySelector('" + selector + "').textContent");
  }
  int count_of(const std::string& selector) {
    return browser.evaluate("document.querySelectorAll('" + selector + "').length");
  }
  void complains_of_nothing() {
    for (const std::string& complaint : browser.complaints()) FAIL_CHECK(complaint);
  }

 private:
  support::TempDir dir_;

 public:
  support::Chromium browser;
};

TEST_CASE("every part of a page loads without a complaint") {
  NEEDS_CHROMIUM;
  OpenPage page;
  for (const char* hash : {"", "#overview", "#questions", "#samples", "#q=aime24/60",
                           "#q=aime24/a%20b/62", "#s=1", "#s=3", "#s=7", "#s=9", "#s=13"}) {
    INFO(std::string(hash));
    page.go(hash);
    CHECK(page.count_of("#page h1, #page .list") > 0);
  }
  page.complains_of_nothing();
}

TEST_CASE("the overview shows the report's figures and its plots") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("");
  CHECK(page.text_of("h1").starts_with("openai-api/fake<model>"));
  CHECK(page.count_of("figure") == 3);
  CHECK(page.count_of("figure svg rect.these, figure svg circle.mean") >= 2);
  const std::string text = page.text_of("#page");
  for (const char* words : {"questions like these", "these questions",
                            "HTTP 500: <b>overloaded</b>", "must not be published"}) {
    INFO(std::string(words));
    CHECK(text.find(words) != std::string::npos);
  }
  CHECK(text.find("NaN") == std::string::npos);
  CHECK(text.find("undefined") == std::string::npos);
  page.complains_of_nothing();
}

TEST_CASE("filters and search keep what they say") {
  NEEDS_CHROMIUM;
  struct Row {
    const char* hash;
    const char* matches;
  };
  constexpr Row kRows[] = {
      {"#samples", "14 of 14"},
      {"#samples?outcome=c", "3 of 14"},
      {"#samples?task=aime24&outcome=w", "2 of 14"},
      {"#samples?outcome=xf", "2 of 14"},
      {"#samples?outcome=gip", "4 of 14"},
      {"#samples?finish=l", "1 of 14"},
      {"#samples?thinking=a", "1 of 14"},
      {"#samples?question=61", "4 of 14"},
      {"#samples?text=25", "4 of 14"},  // all of the question whose answer it is
      {"#samples?text=7", "2 of 14"},   // those that gave it
      {"#samples?text=zebra", "0 of 14"},
      {"#questions", "4 of 4"},
      {"#questions?text=secret", "0 of 4"},  // withheld
      {"#questions?text=ticket", "1 of 4"},
      {"#questions?show=split", "2 of 4"},
      {"#questions?show=never", "1 of 4"},
      {"#questions?task=gpqa", "1 of 4"},
  };
  OpenPage page;
  page.go("");
  for (const Row& row : kRows) {
    INFO(std::string(row.hash));
    page.go_within(row.hash);
    CHECK(page.browser.comes_true("document.querySelector('#matches')?.textContent === '" +
                                  std::string(row.matches) + "'"));
  }
  page.go_within("#samples");
  page.browser.evaluate(
      "const s = document.querySelector('select[name=outcome]'); s.value = 'w'; "
      "s.dispatchEvent(new Event('change'))");
  CHECK(page.browser.comes_true("location.hash === '#samples?outcome=w'"));
  CHECK(page.browser.comes_true("document.querySelectorAll('.list .row').length === 3"));
  page.complains_of_nothing();
}

TEST_CASE("formulas are set and prices are left alone") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("#q=aime24/60");
  CHECK(page.browser.comes_true("document.querySelectorAll('.text .katex').length === 2"));
  CHECK(page.text_of(".text").find("A ticket costs $5 or $6. Find") != std::string::npos);
  page.go_within("#s=1");
  CHECK(page.browser.comes_true("document.querySelector('.reply .display .katex')"));
  CHECK(page.browser.comes_true("document.querySelector('.reply mark .katex')"));
  page.go_within("#s=6");
  CHECK(page.browser.comes_true("document.querySelector('.reply .unset')"));
  CHECK(page.text_of(".reply").find("$\\undefinedcommand{4$") != std::string::npos);
  page.complains_of_nothing();
}

TEST_CASE("a sample shows its answer marked and its thinking folded") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("#s=4");
  CHECK(page.browser.comes_true("document.querySelector('.reply mark')"));
  CHECK(page.text_of(".reply mark") == "7");
  CHECK(page.text_of(".reply pre.fence") == "print(\"$7$\")\n");
  CHECK(page.count_of(".thinking[open]") == 0);
  page.browser.evaluate("document.querySelector('.thinking summary').click()");
  CHECK(page.browser.comes_true(
      "document.querySelector('.thinking .prose')?.textContent.includes('Hm.')"));
  CHECK(page.text_of(".explanation").find("box: 7") != std::string::npos);
  CHECK(page.text_of(".badge") == "wrong");
  page.go_within("#s=5");
  CHECK(page.browser.comes_true(
      "document.querySelector('.thinking')?.textContent.includes('never closed')"));
  page.go_within("#s=7");
  CHECK(page.browser.comes_true(
      "document.querySelector('.trouble')?.textContent === 'HTTP 500: <b>overloaded</b>'"));
  page.complains_of_nothing();
}

TEST_CASE("a hostile reply is shown and does nothing") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("#s=3");
  CHECK(page.browser.comes_true("document.querySelector('.reply mark')"));
  const std::string shown = page.browser.evaluate("document.querySelector('.reply').textContent");
  CHECK(shown == kHostileReply);
  CHECK(page.count_of(".reply img, .reply script") == 0);
  CHECK(page.browser.evaluate("typeof window.hacked") == "undefined");
  page.complains_of_nothing();
}

TEST_CASE("keys walk through lists and samples and back") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("");
  support::Chromium& browser = page.browser;
  browser.press("3");
  CHECK(browser.comes_true("document.querySelector('.row.selected')"));
  browser.press("j");
  browser.press("j");
  browser.press("k");
  CHECK(browser.comes_true("document.querySelector('.row.selected')?.textContent.includes('#1')"));
  browser.press("Enter");
  CHECK(browser.comes_true("location.hash === '#s=2'"));
  CHECK(browser.comes_true("document.querySelector('.reply')"));
  browser.press("j");
  CHECK(browser.comes_true("location.hash === '#s=3'"));
  browser.press("Escape");
  CHECK(browser.comes_true("document.querySelector('.row.selected')"));
  browser.press("/");
  CHECK(browser.comes_true("document.activeElement.id === 'search'"));
  browser.press("7");
  CHECK(browser.comes_true("location.hash === '#samples?text=7'"));
  browser.press("Escape");
  browser.press("?");
  CHECK(browser.comes_true("document.querySelector('#help').open"));
  browser.press("Escape");
  CHECK(browser.comes_true("!document.querySelector('#help').open"));
  page.complains_of_nothing();
}

TEST_CASE("light and dark follow the system until one is chosen") {
  NEEDS_CHROMIUM;
  OpenPage page;
  page.go("");
  const auto paper = [&] {
    return page.browser.evaluate("getComputedStyle(document.body).backgroundColor");
  };
  page.browser.prefer("light");
  const nlohmann::json light = paper();
  page.browser.prefer("dark");
  const nlohmann::json dark = paper();
  CHECK(light == "rgb(255, 255, 255)");
  CHECK(dark != light);
  page.browser.press("t");
  CHECK(paper() == light);
  page.browser.press("t");
  CHECK(paper() == dark);
  page.complains_of_nothing();
}

}  // namespace
}  // namespace proctor::harness
