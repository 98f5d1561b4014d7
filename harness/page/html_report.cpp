#include "harness/page/html_report.h"

#include <fmt/core.h>

namespace proctor::harness::page {
namespace {

// Some 7,000 replies of 8,000 tokens. Packed they are a third of it, which a browser reads in two
// or three seconds; from a gigabyte on it may not open the file at all.
constexpr std::int64_t kMostReplyBytesInPage = 192 << 20;

// A block is unpacked when one of its samples is opened.
constexpr std::size_t kBlockBytes = 256U << 10;

// Blocks end with their task too, so that their samples are all those from the first to the last.
Result<void> write_texts(reports::Store& store, reports::RunId run, const RunPage& page,
                         reports::html::PageWriter& writer) {
  reports::html::SampleTexts texts;
  std::int64_t first = 0;
  return store.visit_records(run, [&](const reports::SampleRecord& record) -> Result<void> {
    const std::int64_t sample = record.result.id;
    if (texts.bytes() == 0) first = sample;
    page.add_texts(record, texts);
    const auto task = static_cast<std::size_t>(record.result.task);
    if (texts.bytes() >= kBlockBytes || sample == page.last_sample(task)) {
      writer.add_texts(first, sample, texts.finish());
    }
    return {};
  });
}

}  // namespace

Result<HtmlReport> write_html_report(reports::Store& store, reports::RunId run,
                                     const PageOptions& options, const reports::html::Sink& sink) {
  Result<RunPage> page = RunPage::read(store, run, options);
  if (!page) return page.error();
  const bool with_texts = page->reply_bytes() <= kMostReplyBytesInPage;
  const std::string title = fmt::format("{}, run {}", page->plan().model, run);
  reports::html::PageWriter writer(
      sink, title,
      page->data(with_texts ? reports::html::RepliesAre::here : reports::html::RepliesAre::none));
  if (with_texts) {
    const Result<void> written = write_texts(store, run, *page, writer);
    if (!written) return written.error();
  }
  writer.finish();
  return HtmlReport{with_texts, page->samples()};
}

}  // namespace proctor::harness::page
