// The page that shows a run in a browser: one file that needs no other and no network.
//
// It is page.html with the style sheet, KaTeX and our script put in. The data of the run stand in
// it as blocks of JSON, deflated and in base64, so that no reply, however hostile, is ever read as
// markup; and a Content-Security-Policy allows this one script and nothing from elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace proctor::reports::html {

// Takes the page bit by bit, in order.
using Sink = std::function<void(std::string_view)>;

// The page of a program that serves it: no data, which it asks for at api/run, api/sample and
// api/runs. `run` is the one it opens with.
std::string live_page(std::int64_t run);

// The policy of a page, as the Content-Security-Policy header has it. Only a live page may ask
// anyone for anything, and only the one that served it.
std::string content_policy(bool live);

// Writes the page of one run; calls in the order given here. Memory: that of the largest block.
class PageWriter {
 public:
  // Everything before the blocks of texts. `data` is what PageData::finish() gave.
  PageWriter(Sink sink, std::string_view title, std::string_view data);

  // A block of texts as SampleTexts::finish() gave it, of samples with ids from first to last.
  void add_texts(std::int64_t first, std::int64_t last, std::string_view json);

  void finish();

 private:
  Sink sink_;
};

}  // namespace proctor::reports::html
