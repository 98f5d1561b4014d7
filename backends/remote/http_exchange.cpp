#include "backends/remote/http_exchange.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>

#include "backends/remote/blot_out.h"
#include "backends/remote/curl_code.h"
#include "harness/core/check.h"

namespace proctor::backends {
namespace {

constexpr int kMostRedirections = 5;

template <class Handle, void (*cleanup)(Handle*)>
struct Cleanup {
  void operator()(Handle* handle) const { cleanup(handle); }
};
template <class Handle, void (*cleanup)(Handle*)>
using Owned = std::unique_ptr<Handle, Cleanup<Handle, cleanup>>;

using Lines = Owned<curl_slist, curl_slist_free_all>;
using Form = Owned<curl_mime, curl_mime_free>;
using Address = Owned<CURLU, curl_url_cleanup>;

std::string part_of(CURLU* address, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(address, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

// Where an address leads: who may see a secret.
struct Origin {
  std::string scheme;
  std::string host;
  std::string port;
  bool operator==(const Origin&) const = default;
};

// Errors, without the address: refused; invalid_input, for one that must not be shown.
Result<Origin> origin_of(const std::string& url) {
  const Address address(curl_url());
  check(address != nullptr);
  if (curl_url_set(address.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return Error(ErrorCode::refused, "this is no address");
  }
  if (!part_of(address.get(), CURLUPART_USER).empty() ||
      !part_of(address.get(), CURLUPART_PASSWORD).empty()) {
    return Error(ErrorCode::invalid_input,
                 "an address holds a user name or a password, which would show up in messages");
  }
  return Origin{part_of(address.get(), CURLUPART_SCHEME), part_of(address.get(), CURLUPART_HOST),
                part_of(address.get(), CURLUPART_PORT)};
}

// The key alone of "Authorization: Bearer KEY".
std::string_view key_in(std::string_view header) {
  const std::size_t end = header.find_last_not_of(' ');
  header = header.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return header.substr(header.find_last_of(" :") + 1);
}

std::vector<std::pair<std::string, std::string>> headers_of(CURL* easy) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (curl_header* header = nullptr;
       (header = curl_easy_nextheader(easy, CURLH_HEADER, -1, header)) != nullptr;) {
    std::string name = header->name;
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    headers.emplace_back(std::move(name), header->value);
  }
  return headers;
}

// One answer as it arrives.
struct Arrival {
  CURL* easy;
  const ExchangeRequest& request;
  std::size_t most_bytes;
  std::stop_token stop;
  ExchangeAnswer answer{};
  std::optional<Error> error{};

  void read_head() {
    if (answer.status != 0) return;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.headers = headers_of(easy);
  }

  bool take(std::string_view bytes) {
    read_head();
    if (request.on_bytes && answer.succeeded()) {
      const Result<void> taken = request.on_bytes(answer, bytes);
      if (!taken) error = taken.error();
    } else if (bytes.size() > most_bytes - answer.body.size()) {
      error = Error(ErrorCode::refused, "more than " + std::to_string(most_bytes) + " bytes")
                  .within(request.url);
    } else {
      answer.body += bytes;
    }
    return !error;
  }
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* arrival) {
  const std::string_view bytes(data, size * count);
  return static_cast<Arrival*>(arrival)->take(bytes) ? bytes.size() : 0;
}

// A source on its way to the server. What goes wrong with it ends the exchange.
struct Upload {
  const BodySource& source;
  std::optional<Error>& error;
  std::size_t sent = 0;
};

std::size_t on_upload(char* to, std::size_t size, std::size_t count, void* upload) {
  Upload& self = *static_cast<Upload*>(upload);
  const std::size_t room = std::min(size * count, self.source.size - self.sent);
  if (room == 0) return 0;
  const Result<std::size_t> read = self.source.read(self.sent, {to, room});
  if (!read) {
    self.error = read.error();
    return CURL_READFUNC_ABORT;
  }
  check(*read > 0 && *read <= room);
  self.sent += *read;
  return *read;
}

int on_rewind(void* upload, curl_off_t offset, int origin) {
  Upload& self = *static_cast<Upload*>(upload);
  const bool known =
      origin == SEEK_SET && offset >= 0 && static_cast<std::uint64_t>(offset) <= self.source.size;
  if (!known) return CURL_SEEKFUNC_FAIL;
  self.sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* arrival, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Arrival*>(arrival)->stop.stop_requested() ? 1 : 0;
}

Result<void> check_headers(const ExchangeRequest& request) {
  for (const auto* headers : {&request.headers, &request.secret_headers}) {
    for (const std::string& header : *headers) {
      if (header.find_first_of("\r\n") == std::string::npos) continue;
      return Error(ErrorCode::invalid_input,
                   "header " + header.substr(0, header.find(':')) + " holds more than one line");
    }
  }
  return {};
}

void append(Lines& lines, const std::vector<std::string>& headers) {
  for (const std::string& header : headers) {
    curl_slist* longer = curl_slist_append(lines.get(), header.c_str());
    check(longer != nullptr);
    (void)lines.release();  // it is part of the longer one
    lines.reset(longer);
  }
}

// The form, and in `uploads` its parts that are read while they are sent.
Result<Form> form_of(CURL* easy, const std::vector<FormPart>& parts, std::optional<Error>& error,
                     std::deque<Upload>& uploads) {
  Form form(curl_mime_init(easy));
  check(form != nullptr);
  for (const FormPart& part : parts) {
    curl_mimepart* added = curl_mime_addpart(form.get());
    curl_mime_name(added, part.name.c_str());
    if (part.source) {
      Upload& upload = uploads.emplace_back(Upload{*part.source, error});
      curl_mime_data_cb(added, static_cast<curl_off_t>(part.source->size), on_upload, on_rewind,
                        nullptr, &upload);
    } else if (part.file.empty()) {
      curl_mime_data(added, part.content.data(), part.content.size());
    } else if (curl_mime_filedata(added, part.file.c_str()) != CURLE_OK) {
      return Error(ErrorCode::io, "cannot read " + part.file.string());
    }
    curl_mime_filename(added, part.file_name.empty() ? nullptr : part.file_name.c_str());
    if (!part.content_type.empty()) curl_mime_type(added, part.content_type.c_str());
  }
  return form;
}

bool may_be_redirected(const ExchangeRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

std::optional<std::string_view> ExchangeAnswer::header(std::string_view name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const auto& header) { return header.first == name; });
  if (found == headers.rend()) return std::nullopt;
  return found->second;
}

class HttpExchanger::Impl {
 public:
  explicit Impl(ExchangeOptions options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    check(initialised == CURLE_OK);
    easy_.reset(curl_easy_init());
    check(easy_ != nullptr);
  }

  Result<ExchangeAnswer> run(const ExchangeRequest& request, const std::stop_token& stop) {
    const Result<Origin> first = origin_of(request.url);
    if (!first) {
      return first.error().code() == ErrorCode::invalid_input ? first.error()
                                                              : first.error().within(request.url);
    }
    if (const Result<void> sound = check_headers(request); !sound) {
      return sound.error().within(request.url);
    }
    std::string url = request.url;
    for (int redirections = 0; redirections <= kMostRedirections; ++redirections) {
      const Result<Origin> here = origin_of(url);
      if (!here) return here.error();
      if (first->scheme == "https" && here->scheme != "https") {
        return Error(ErrorCode::refused, "redirected from https to " + here->scheme)
            .within(request.url);
      }
      Result<ExchangeAnswer> answer = run_once(request, url, *here == *first, stop);
      if (!answer) return answer.error();
      const std::optional<std::string> next = redirection();
      if (!next || !may_be_redirected(request)) {
        if (!answer->succeeded()) hide_secrets(request, answer->body);
        return answer;
      }
      url = *next;
    }
    return Error(ErrorCode::refused,
                 "more than " + std::to_string(kMostRedirections) + " redirections")
        .within(request.url);
  }

 private:
  static void hide_secrets(const ExchangeRequest& request, std::string& text) {
    for (const std::string& header : request.secret_headers) {
      text = blotted_out(std::move(text), key_in(header));
    }
  }

  // Where the answer sends the client instead.
  std::optional<std::string> redirection() const {
    const char* url = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &url);
    if (url == nullptr) return std::nullopt;
    return url;
  }

  void set_up(const std::string& url, bool compressed) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);  // all but the connections
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(options_.idle_timeout.count()));
    if (compressed) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // what libcurl unpacks
    if (!options_.user_agent.empty()) {
      curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    }
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
  }

  void set_source(Upload& upload) {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(upload.source.size));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &upload);
  }

  void set_method(const ExchangeRequest& request, curl_mime* form, Upload* upload) {
    CURL* easy = easy_.get();
    if (form != nullptr) {
      curl_easy_setopt(easy, CURLOPT_MIMEPOST, form);
    } else if (upload != nullptr) {
      set_source(*upload);
    } else if (request.method == "POST" || !request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET" && request.method != "POST") {
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  // One request, one answer, whatever its status.
  Result<ExchangeAnswer> run_once(const ExchangeRequest& request, const std::string& url,
                                  bool with_secrets, const std::stop_token& stop) {
    CURL* easy = easy_.get();
    set_up(url, !request.on_bytes);
    Lines headers;
    append(headers, request.headers);
    if (with_secrets) append(headers, request.secret_headers);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    Arrival arrival{easy, request, options_.most_bytes, stop};
    std::deque<Upload> uploads;  // which stay where they are
    Result<Form> form =
        request.form.empty() ? Form() : form_of(easy, request.form, arrival.error, uploads);
    if (!form) return form.error().within(request.url);
    if (request.source) uploads.push_back({*request.source, arrival.error});
    set_method(request, form->get(), request.source ? &uploads.back() : nullptr);

    char message[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &arrival);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &arrival);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message);
    const CURLcode code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
    if (arrival.error) return *arrival.error;
    if (code == CURLE_ABORTED_BY_CALLBACK) return Error(ErrorCode::interrupted, "interrupted");
    if (code != CURLE_OK) {
      // What is missing is the network, not the page.
      const bool no_host = code == CURLE_COULDNT_RESOLVE_HOST;
      return Error(no_host ? ErrorCode::unavailable : code_for(code),
                   message[0] != '\0' ? message : curl_easy_strerror(code))
          .within(request.url);
    }
    arrival.read_head();  // of an answer without a body
    return std::move(arrival.answer);
  }

  const ExchangeOptions options_;
  Owned<CURL, curl_easy_cleanup> easy_;
};

HttpExchanger::HttpExchanger(ExchangeOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpExchanger::~HttpExchanger() = default;
HttpExchanger::HttpExchanger(HttpExchanger&&) noexcept = default;

Result<ExchangeAnswer> HttpExchanger::run(const ExchangeRequest& request, std::stop_token stop) {
  return impl_->run(request, stop);
}

Result<ExchangeAnswer> http_exchange(const ExchangeRequest& request,
                                     const ExchangeOptions& options) {
  return HttpExchanger(options).run(request);
}

}  // namespace proctor::backends
