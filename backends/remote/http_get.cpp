#include "backends/remote/http_get.h"

#include <curl/curl.h>

#include <memory>

#include "harness/core/check.h"

namespace proctor::backends {
namespace {

constexpr long kMostRedirections = 5;

struct Cleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

struct Body {
  std::string bytes;
  std::size_t most = 0;
  bool too_long = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* into) {
  Body& body = *static_cast<Body*>(into);
  body.too_long = size * count > body.most - body.bytes.size();
  if (body.too_long) return 0;
  body.bytes.append(data, size * count);
  return size * count;
}

// Whether another try may go better.
ErrorCode code_for(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_TOO_MANY_REDIRECTS:
      return ErrorCode::refused;
    default:
      return ErrorCode::transport;
  }
}

void set_up(CURL* easy, const std::string& url, const GetOptions& options) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMostRedirections);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can unpack
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.idle_timeout.count()));
  if (!options.user_agent.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  }
}

}  // namespace

Result<GetAnswer> http_get(const std::string& url, const GetOptions& options) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Error(ErrorCode::unavailable, "libcurl does not start");
  const std::unique_ptr<CURL, Cleanup> easy(curl_easy_init());
  check(easy != nullptr);
  Body body{.bytes = {}, .most = options.most_bytes};
  char message[CURL_ERROR_SIZE] = "";
  set_up(easy.get(), url, options);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, message);

  const CURLcode code = curl_easy_perform(easy.get());
  if (body.too_long) {
    return Error(ErrorCode::refused, "more than " + std::to_string(options.most_bytes) + " bytes")
        .within(url);
  }
  if (code != CURLE_OK) {
    return Error(code_for(code), message[0] != '\0' ? message : curl_easy_strerror(code))
        .within(url);
  }
  GetAnswer answer{.status = 0, .body = std::move(body.bytes)};
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace proctor::backends
