// What the services' batches have in common on the wire: JSON in, JSON or lines out, and what a
// failure means.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/batch/batch_service.h"
#include "backends/remote/http_exchange.h"
#include "backends/remote/provider.h"
#include "harness/core/result.h"

namespace proctor::backends {

// Errors of all calls: as BatchService's. One thread.
class BatchHttp {
 public:
  BatchHttp(const RemoteModel& model, std::string base_url, const BackendOptions& options);

  // The object that the service answers with.
  Result<nlohmann::json> get(std::string_view path, std::stop_token stop);
  // What is sent so is sent once at most.
  Result<nlohmann::json> post(std::string_view path, BodySource body, std::stop_token stop);
  Result<nlohmann::json> post_form(std::string_view path, std::vector<FormPart> form,
                                   std::stop_token stop);

  // The lines of a file at a path of the service, or at an address of its own, as they come and
  // numbered from 1, without blank ones. Ends with the first error that `on_line` returns.
  using OnLine = std::function<Result<void>(std::size_t number, std::string_view line)>;
  Result<void> lines(const std::string& where, const OnLine& on_line, std::stop_token stop);

  const std::string& base_url() const { return base_url_; }

 private:
  ExchangeRequest request(std::string method, std::string_view where) const;
  Result<ExchangeAnswer> run(HttpExchanger& exchanger, const ExchangeRequest& request,
                             std::stop_token stop);
  Result<nlohmann::json> object(HttpExchanger& exchanger, const ExchangeRequest& request,
                                std::stop_token stop);

  std::string base_url_;
  std::vector<std::string> headers_;
  std::vector<std::string> secret_headers_;
  ExchangeOptions options_;
  HttpExchanger exchanger_;
};

// A line read by the wire's parser, or what is wrong with it, named by file and line.
Result<BatchAnswer> answer_of(Result<BatchAnswer> parsed, std::string_view file,
                              std::size_t number);

}  // namespace proctor::backends
