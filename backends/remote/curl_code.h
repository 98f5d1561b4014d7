// What libcurl's reasons for giving up (libcurl-errors(3)) come to.
#pragma once

#include <curl/curl.h>

#include "harness/core/result.h"

namespace proctor::backends {

// Whether another try may go better (transport), or not: refused, not_found for a host that has no
// address, io for a file of ours that could not be read.
inline ErrorCode code_for(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return ErrorCode::refused;
    case CURLE_COULDNT_RESOLVE_HOST:
      return ErrorCode::not_found;
    case CURLE_READ_ERROR:
      return ErrorCode::io;
    default:
      return ErrorCode::transport;
  }
}

}  // namespace proctor::backends
