// How long a page takes, and how much memory: a run of many samples as HTML and as the data that
// `proctor view` sends, beside the figures of `proctor report`, which reads the same rows. All but
// the first sample are copies of it, made by SQLite, with other answers: committing a million one
// by one, each as durable as in a run, would be the longest part by far.
//
//   html_report [QUESTIONS [REPEATS]]     (default: 15625 x 64, a million samples)
#include "harness/page/html_report.h"

#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "harness/figures/summary.h"
#include "tests/harness/support/page_fixture.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace proctor;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

[[noreturn]] void fail(std::string_view message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

void fail_on(const Result<void>& result) {
  if (!result) fail(result.error().message());
}

// Everything that the first sample has, for all the others of the run.
constexpr const char* kCopies = R"sql(
PRAGMA synchronous=OFF;
BEGIN;
UPDATE sample SET state='scored', attempts=1;
INSERT INTO generation
  SELECT s.id, g.finish, g.prompt_tokens, 400 + s.id * 7919 % 6007, NULL, NULL, g.first_token_ms,
         g.total_ms, g.served_by, g.text, NULL
  FROM sample s, generation g WHERE g.sample=1 AND s.id>1;
INSERT INTO score
  SELECT s.id, CASE s.id % 3 WHEN 0 THEN 'correct' ELSE 'wrong' END, c.extracted, s.id % 3, NULL,
         NULL, c.thinking, c.explanation, c.grader
  FROM sample s, score c WHERE c.sample=1 AND s.id>1;
INSERT INTO reply_traits SELECT id, id, 3000, 0, 2000, 0, 0 FROM sample;
COMMIT;
)sql";

// A new store whose run has that many samples.
reports::RunId fill(const std::filesystem::path& db, int questions, int repeats) {
  const reports::RunId run = harness::add_started_run(db, questions, repeats);
  sqlite3* database = nullptr;
  char* message = nullptr;
  if (sqlite3_open(db.c_str(), &database) != SQLITE_OK ||
      sqlite3_exec(database, kCopies, nullptr, nullptr, &message) != SQLITE_OK) {
    fail(message == nullptr ? "cannot open the store" : message);
  }
  sqlite3_close(database);
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  const int questions = argc > 1 ? std::atoi(argv[1]) : 15'625;
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 64;
  const support::TempDir dir;
  const std::filesystem::path db = dir / "large.db";
  reports::RunId run = 0;
  const double filled = seconds_of([&] { run = fill(db, questions, repeats); });
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  fmt::print("{} x {} samples, {} MiB of store, filled in {:.1f} s, peak {:.0f} MiB\n", questions,
             repeats, std::filesystem::file_size(db) >> 20, filled, peak_mib());

  Result<reports::Store> store = reports::Store::open_for_reading(db);
  if (!store) fail_on(store.error());
  const double summary = seconds_of([&] {
    const Result<reports::RunReport> report = harness::figures::summarize(*store, run);
    if (!report) fail_on(report.error());
  });
  fmt::print("summary:    {:6.2f} s           peak {:.0f} MiB\n", summary, peak_mib());

  std::size_t bytes = 0;
  const double data = seconds_of([&] {
    Result<harness::page::RunPage> page = harness::page::RunPage::read(*store, run, {.store = "large.db"});
    if (!page) fail_on(page.error());
    bytes = page->data(reports::html::RepliesAre::live).size();
  });
  fmt::print("page data:  {:6.2f} s, x{:.2f}    peak {:.0f} MiB, {} MiB of JSON\n", data,
             data / summary, peak_mib(), bytes >> 20);

  bytes = 0;
  bool with_texts = false;
  const double html = seconds_of([&] {
    const Result<harness::page::HtmlReport> written = harness::page::write_html_report(
        *store, run, {.store = "large.db"}, [&](std::string_view text) { bytes += text.size(); });
    if (!written) fail_on(written.error());
    with_texts = written->with_texts;
  });
  fmt::print("HTML:       {:6.2f} s, x{:.2f}    peak {:.0f} MiB, a page of {} MiB {} replies\n",
             html, html / summary, peak_mib(), bytes >> 20, with_texts ? "with" : "without");
}
