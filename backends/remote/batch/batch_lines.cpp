#include "backends/remote/batch/batch_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backends/remote/batch/json_members.h"
#include "backends/remote/chat_protocol.h"
#include "harness/core/sha256.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

constexpr std::size_t kMostIdBytes = 64;
constexpr std::size_t kHashDigits = 32;

Error bad_line(std::string message) { return Error(ErrorCode::transport, std::move(message)); }

// One line of an error object: its type or code, and its message.
std::string described(const std::string& kind, const json& error) {
  const std::string message = error_excerpt(compact(error));
  return kind.empty() ? message : kind + ": " + message;
}

// The line as an object that names its request.
Result<json> read_line(std::string_view line) {
  if (nests_too_deeply(line)) return bad_line("it nests too deeply");
  json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return bad_line("not valid JSON: " + error_excerpt(line));
  if (!object.is_object()) return bad_line("not a JSON object");
  if (text_member(object, "custom_id").empty()) {
    return bad_line("field \"custom_id\": expected the name of a request");
  }
  return object;
}

// A reply that came with the status of success; it may be none all the same.
BatchAnswer read_reply(Wire wire, std::string request, const json& body) {
  BatchAnswer answer{.request = std::move(request)};
  Result<Generation> reply = parse_reply(wire, body.is_null() ? std::string() : compact(body));
  if (reply) {
    answer.reply = std::move(*reply);
  } else {
    if (reply.error().code() == ErrorCode::invalid_input) answer.fault = Fault::refused;
    answer.reason = reply.error().message();
  }
  return answer;
}

// By the types of Anthropic's "Errors" page.
Fault fault_of_type(std::string_view type) {
  struct Row {
    std::string_view type;
    Fault fault;
  };
  static constexpr Row kRows[] = {
      {"invalid_request_error", Fault::refused},   {"request_too_large", Fault::refused},
      {"authentication_error", Fault::fatal},      {"billing_error", Fault::fatal},
      {"permission_error", Fault::fatal_at_first}, {"not_found_error", Fault::fatal_at_first},
  };
  for (const Row& row : kRows) {
    if (row.type == type) return row.fault;
  }
  return Fault::transient;
}

}  // namespace

std::string custom_id_of(const Request& request, std::string_view path, std::string_view body) {
  const std::string repeat = std::to_string(request.repeat);
  Sha256 hash;
  for (const std::string_view part :
       {std::string_view(request.task), std::string_view(request.question_id),
        std::string_view(repeat), path, body}) {
    hash.update(std::to_string(part.size())).update(":").update(part);
  }
  std::string id = fmt::format("{}-{}-{}", request.task, request.question_id, repeat);
  for (char& c : id) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) c = '-';
  }
  id.resize(std::min(id.size(), kMostIdBytes - kHashDigits - 1));
  return id + "-" + hex(hash.finish()).substr(0, kHashDigits);
}

Result<BatchAnswer> parse_output_line(std::string_view line) {
  const Result<json> object = read_line(line);
  if (!object) return object.error();
  std::string request = text_member(*object, "custom_id");
  const json& response = member(*object, "response");
  const json& error = member(*object, "error");
  // An error beside a response says the same in other words; alone, it says why there is none.
  if (!response.is_object()) {
    if (error.is_null()) return bad_line("neither a \"response\" nor an \"error\"");
    return BatchAnswer{.request = std::move(request),
                       .reason = described(text_member(error, "code"), error)};
  }
  const json& status = member(response, "status_code");
  if (!status.is_number_integer()) return bad_line("field \"status_code\": expected a number");
  const json& body = member(response, "body");
  const long code = status.get<long>();
  if (code == 200) return read_reply(Wire::chat, std::move(request), body);
  const std::string text = body.is_null() ? std::string() : compact(body);
  return BatchAnswer{.request = std::move(request),
                     .fault = fault_of_status(code),
                     .reason = fmt::format("HTTP {}: {}", code, error_excerpt(text))};
}

Result<BatchAnswer> parse_result_line(std::string_view line) {
  const Result<json> object = read_line(line);
  if (!object) return object.error();
  std::string request = text_member(*object, "custom_id");
  const json& result = member(*object, "result");
  const std::string type = text_member(result, "type");
  if (type == "succeeded") {
    return read_reply(Wire::messages, std::move(request), member(result, "message"));
  }
  if (type == "canceled" || type == "expired") {
    return BatchAnswer{.request = std::move(request), .reason = "the request was " + type};
  }
  if (type != "errored") return bad_line("field \"type\": \"" + type + "\" is no known result");
  const json& error = member(member(result, "error"), "error");
  const std::string kind = text_member(error, "type");
  return BatchAnswer{.request = std::move(request),
                     .fault = fault_of_type(kind),
                     .reason = described(kind, member(result, "error"))};
}

}  // namespace proctor::backends
