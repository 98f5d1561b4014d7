#include "reports/html/page.h"

#include "harness/core/check.h"
#include "harness/core/sha256.h"
#include "reports/html/encoding.h"

namespace proctor::embedded {
extern const std::string_view kKatexScript, kKatexStyle, kPageHtml, kPageCss;
extern const std::string_view kPage_dom, kPage_data, kPage_replies, kPage_prose, kPage_filters,
    kPage_plots, kPage_overview, kPage_list, kPage_lists, kPage_reader, kPage_app;
}  // namespace proctor::embedded

namespace proctor::reports::html {
namespace {

// KaTeX, and then ours in a scope of its own: our files share their names with each other and with
// nothing else.
const std::string& script() {
  using namespace embedded;
  static const std::string text = [] {
    std::string all(kKatexScript);
    all += "\n(() => {\n'use strict';\n";
    for (const std::string_view part :
         {kPage_dom, kPage_data, kPage_replies, kPage_prose, kPage_filters, kPage_plots,
          kPage_overview, kPage_list, kPage_lists, kPage_reader, kPage_app}) {
      all += part;
    }
    return all + "})();\n";
  }();
  return text;
}

const std::string& style() {
  static const std::string text =
      std::string(embedded::kKatexStyle) + "\n" + std::string(embedded::kPageCss);
  return text;
}

// The name by which a policy allows an inline script or style: its hash (CSP Level 3,
// section 2.3.1).
std::string hash_source(std::string_view text) {
  const Sha256::Digest digest = Sha256().update(text).finish();
  const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
  return "'sha256-" + base64(bytes) + "'";
}

struct Part {
  std::string_view name;  // "{{title}}" in page.html, and so on
  std::string text;
};

// Writes page.html up to the parts that it names, in its order, and each part in its place; what
// stands behind the last one is left for later and returned.
std::string_view write_parts(const Sink& sink, std::initializer_list<Part> parts) {
  std::string_view rest = embedded::kPageHtml;
  for (const Part& part : parts) {
    const std::size_t at = rest.find(part.name);
    check(at != std::string_view::npos);
    sink(rest.substr(0, at));
    sink(part.text);
    rest.remove_prefix(at + part.name.size());
  }
  return rest;
}

std::string_view write_page(const Sink& sink, bool live, std::string_view title, std::string boot,
                            std::string data) {
  return write_parts(sink, {{"{{policy}}", escaped(content_policy(live))},
                            {"{{title}}", escaped(title)},
                            {"{{style}}", style()},
                            {"{{boot}}", std::move(boot)},
                            {"{{data}}", std::move(data)},
                            {"{{script}}", script()},
                            {"{{blocks}}", ""}});
}

}  // namespace

std::string content_policy(bool live) {
  // Styles: KaTeX sets those of elements through their style objects, which no policy forbids.
  static const std::string fixed = "default-src 'none'; script-src " + hash_source(script()) +
                                   "; style-src " + hash_source(style()) +
                                   "; font-src data:; img-src data:; base-uri 'none'; "
                                   "form-action 'none'; connect-src ";
  return fixed + (live ? "'self'" : "'none'");
}

std::string live_page(std::int64_t run) {
  std::string page;
  const Sink append = [&](std::string_view text) { page += text; };
  const std::string boot = "{\"live\":true,\"run\":" + std::to_string(run) + "}";
  append(write_page(append, true, "proctor", boot, ""));
  return page;
}

PageWriter::PageWriter(Sink sink, std::string_view title, std::string_view data)
    : sink_(std::move(sink)) {
  write_page(sink_, false, title, "{\"live\":false}",
             "<script type=\"text/plain\" id=\"data\">" + packed(data) + "</script>");
}

void PageWriter::add_texts(std::int64_t first, std::int64_t last, std::string_view json) {
  sink_("<script type=\"text/plain\" data-first=\"" + std::to_string(first) + "\" data-last=\"" +
        std::to_string(last) + "\">");
  sink_(packed(json));
  sink_("</script>\n");
}

void PageWriter::finish() {
  constexpr std::string_view kLast = "{{blocks}}";
  const std::string_view page = embedded::kPageHtml;
  sink_(page.substr(page.find(kLast) + kLast.size()));
}

}  // namespace proctor::reports::html
