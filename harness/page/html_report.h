// `report --format html`: a run as one file for a browser (reports/html/page.h).
#pragma once

#include "harness/core/result.h"
#include "harness/page/run_page.h"
#include "reports/html/page.h"
#include "reports/store.h"

namespace proctor::harness::page {

struct HtmlReport {
  bool with_texts = true;  // whether the replies are in it
  std::int64_t samples = 0;
};

// Writes the page bit by bit: memory does not grow with the replies. They are left out, which the
// page says, where there are more than a browser opens with ease; `proctor view` shows them.
// Errors: not_found, corrupt, io; what was written up to then is no whole page.
Result<HtmlReport> write_html_report(reports::Store& store, reports::RunId run,
                                     const PageOptions& options, const reports::html::Sink& sink);

}  // namespace proctor::harness::page
