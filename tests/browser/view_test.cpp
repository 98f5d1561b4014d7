// `proctor view` in a browser: the same page, from the store.
#include <doctest/doctest.h>

#include <thread>

#include "harness/page/view_server.h"
#include "tests/browser/chromium.h"
#include "tests/harness/support/page_fixture.h"
#include "tests/support/skip.h"

namespace proctor::harness {
namespace {

// A server over a store of two runs, the second with many samples.
class Served {
 public:
  Served() : first_(add_page_run(dir_ / "t.db")), second_(add_large_run(dir_ / "t.db", 1000, 20)) {
    Result<reports::Store> store = reports::Store::open_for_reading(dir_ / "t.db");
    REQUIRE(store);
    Result<page::ViewServer> server = page::ViewServer::bind(
        std::move(*store), first_, page::PageOptions{.store = "t.db", .shared = false}, 0);
    REQUIRE(server);
    url = server->url();
    thread_ = std::jthread(
        [held = std::move(*server)](std::stop_token stop) mutable { held.serve(stop); });
  }

  std::string url;

 private:
  support::TempDir dir_;
  reports::RunId first_;
  reports::RunId second_;
  std::jthread thread_;
};

TEST_CASE("a served page shows samples that it asks for and switches runs") {
  if (!support::Chromium::is_there()) SKIP("needs a browser: /usr/bin/chromium is missing");
  const Served served;
  support::Chromium browser;
  browser.open(served.url + "#s=1");
  CHECK(browser.comes_true("document.querySelector('.reply mark .katex')"));
  CHECK(browser.comes_true("document.querySelectorAll('#run option').length === 2"));
  browser.evaluate("location.hash = '#s=13'");  // a gated one, on the owner's own machine
  CHECK(browser.comes_true("document.querySelector('.asked')?.textContent.includes('A secret')"));
  CHECK(browser.comes_true("document.querySelector('.reply')?.textContent.includes('Answer: B')"));
  browser.evaluate(
      "const s = document.querySelector('#run select'); s.value = '2'; "
      "s.dispatchEvent(new Event('change'))");
  CHECK(browser.comes_true("location.search === '?run=2'"));
  CHECK(browser.comes_true("document.querySelector('h1')"));
  browser.evaluate("location.hash = '#samples'");
  CHECK(
      browser.comes_true("document.querySelector('#matches')?.textContent === '20,000 of 20,000'"));
  CHECK(browser.evaluate("document.querySelectorAll('.row').length < 100") == true);
  browser.evaluate("document.querySelector('.list').scrollTop = 1e9");
  CHECK(
      browser.comes_true("[...document.querySelectorAll('.list .row')].at(-1)?.textContent"
                         ".includes('999#19')"));
  for (const std::string& complaint : browser.complaints()) FAIL_CHECK(complaint);
}

}  // namespace
}  // namespace proctor::harness
