// Serves a store's runs to a browser on the same machine (reports/html/page.h).
//
//   GET /                        the page; ?run=N: of that run
//   GET /api/runs                as `proctor report --list --format json`
//   GET /api/run?run=N           reports/html/page_data.h
//   GET /api/sample?run=N&id=ID  reports/html/sample_texts.h
//
// It listens on 127.0.0.1 alone and answers only requests whose Host header says so: a page from
// elsewhere that has its own name resolved to 127.0.0.1 (DNS rebinding) is refused. Other users of
// the same machine are not: who must keep them out, must not serve there.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "harness/core/result.h"
#include "harness/page/run_page.h"
#include "reports/store.h"

namespace proctor::harness::page {

class ViewServer {
 public:
  // Takes the port (0: any that is free) without serving yet. Opens with `first`. `options` say how
  // runs are shown. Errors: busy, if the port is taken.
  static Result<ViewServer> bind(reports::Store store, reports::RunId first, PageOptions options,
                                 std::uint16_t port);
  ViewServer(ViewServer&&) noexcept;
  ViewServer& operator=(ViewServer&&) noexcept;
  ~ViewServer();

  std::string url() const;

  // Answers until asked to stop, which takes up to a second.
  void serve(const std::stop_token& stop);

 private:
  struct Parts;
  explicit ViewServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace proctor::harness::page
