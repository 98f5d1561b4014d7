#include "tests/support/fake_batches.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "tests/support/chat_format.h"

namespace proctor::support {
namespace {

using nlohmann::json;

Answer not_found() {
  return respond_json(404, error_body("no such thing", "not_found_error", 404));
}

// The bytes of an answer behind its head, and its status.
std::pair<int, std::string> body_of(const Answer& answer) {
  std::string bytes;
  for (const Step& step : answer.steps) bytes += step.bytes;
  const std::size_t end = bytes.find("\r\n\r\n");
  const int status = std::stoi(bytes.substr(bytes.find(' ') + 1, 3));
  return {status, bytes.substr(end + 4)};
}

// The content of the part of that name of a multipart/form-data body.
std::string part_of(std::string_view body, std::string_view name) {
  const std::string_view boundary = body.substr(0, body.find("\r\n"));
  const std::size_t named = body.find("name=\"" + std::string(name) + "\"");
  if (named == std::string_view::npos) return {};
  const std::size_t begin = body.find("\r\n\r\n", named) + 4;
  return std::string(body.substr(begin, body.find("\r\n" + std::string(boundary), begin) - begin));
}

std::string_view last_part(std::string_view path) {
  path = path.substr(0, path.find('?'));
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

FakeBatches::FakeBatches(FakeModel& model, FakeBatchesOptions options)
    : model_(model), options_(std::move(options)) {}

Answer FakeBatches::answer(const HttpRequest& request) {
  const std::string_view path = request.path.substr(0, request.path.find('?'));
  const bool inlined = path.find("/messages/batches") != std::string_view::npos;
  if (path.find("/batches") == std::string_view::npos &&
      path.find("/files") == std::string_view::npos) {
    return model_.answer(request);
  }
  const bool knows_key = request.header("authorization") == "Bearer " + options_.api_key ||
                         request.header("x-api-key") == options_.api_key;
  if (!options_.api_key.empty() && !knows_key) {
    return respond_json(401, error_body("wrong key", "authentication_error", 401));
  }
  const std::lock_guard lock(mutex_);
  host_ = request.header("host");
  if (path.ends_with("/content") || path.ends_with("/results")) {
    const std::string_view name = last_part(path.substr(0, path.rfind('/')));
    return results(name, name.starts_with("errors-"));
  }
  if (request.method == "POST") {
    return path.ends_with("/files") ? take_file(request) : begin(request, inlined);
  }
  return path.ends_with("/batches") ? list(inlined) : look(last_part(path));
}

Answer FakeBatches::take_file(const HttpRequest& request) {
  if (part_of(request.body, "purpose") != "batch") {
    return respond_json(400, error_body("purpose: expected batch", "invalid_request_error", 400));
  }
  const std::string id = "file-" + std::to_string(uploads_++);
  files_[id] = part_of(request.body, "file");
  return respond_json(200, json{{"id", id}, {"object", "file"}, {"purpose", "batch"}}.dump());
}

Answer FakeBatches::begin(const HttpRequest& request, bool inlined) {
  const CreateFate fate =
      options_.create_fate ? options_.create_fate(creates_) : CreateFate::answered;
  ++creates_;
  if (fate == CreateFate::failed) {
    return respond_json(500, error_body("out of order", "server_error", 500));
  }
  const json wish = json::parse(request.body);
  Batch batch{.id = "batch_" + std::to_string(batches_.size()), .inlined = inlined};
  if (inlined) {
    for (const json& line : wish["requests"]) {
      batch.lines.push_back({line["custom_id"], line["params"].dump()});
    }
  } else {
    batch.file = wish["input_file_id"];
    if (wish["completion_window"] != "24h" || !files_.contains(batch.file)) return not_found();
    if (options_.keeps_metadata) batch.key = wish["metadata"]["proctor"];
    const std::string& file = files_[batch.file];
    for (std::size_t at = 0; at < file.size();) {
      const std::size_t end = file.find('\n', at);
      const json line = json::parse(file.substr(at, end - at));
      if (line["url"] != wish["endpoint"] || line["method"] != "POST") return not_found();
      batch.lines.push_back({line["custom_id"], line["body"].dump()});
      at = end + 1;
    }
  }
  const int number = static_cast<int>(batches_.size());
  const int lines = static_cast<int>(batch.lines.size());
  if (options_.complaints) batch.complaints = options_.complaints(number, lines);
  for (int line = 0; line < lines && options_.line_fate; ++line) {
    batch.expired = batch.expired || options_.line_fate(number, line) == LineFate::expired;
  }
  batches_.push_back(std::move(batch));
  Answer answer = respond_json(200, describe(batches_.back()));
  if (fate == CreateFate::lost) return cut(std::move(answer), 0, End::reset);
  if (fate == CreateFate::stalled) return cut(std::move(answer), 0, End::stall);
  return answer;
}

Answer FakeBatches::look(std::string_view id) {
  Batch* batch = batch_named(id);
  if (batch == nullptr) return not_found();
  ++batch->looks;
  return respond_json(200, describe(*batch));
}

Answer FakeBatches::list(bool inlined) {
  if (!options_.lists) return not_found();
  json data = json::array();
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    ++batch->looks;
    if (batch->inlined == inlined) data.push_back(json::parse(describe(*batch)));
  }
  return respond_json(200, json{{"data", data}, {"has_more", false}}.dump());
}

bool FakeBatches::has_ended(const Batch& batch) const {
  return !held_ && batch.looks >= options_.looks;
}

std::string FakeBatches::describe(const Batch& batch) const {
  const bool ended = has_ended(batch);
  const auto lines = static_cast<std::int64_t>(batch.lines.size());
  if (batch.inlined) {
    json object = {
        {"id", batch.id},
        {"type", "message_batch"},
        {"processing_status", ended ? "ended" : "in_progress"},
        {"created_at", "2999-01-01T00:00:00.000Z"},
        {"request_counts", {{"processing", ended ? 0 : lines}, {"succeeded", ended ? lines : 0}}}};
    if (ended)
      object["results_url"] = "http://" + host_ + "/v1/messages/batches/" + batch.id + "/results";
    return object.dump();
  }
  json object = {
      {"id", batch.id},
      {"object", "batch"},
      {"status", ended ? (batch.expired ? "expired" : "completed") : "in_progress"},
      {"input_file_id", batch.file},
      {"created_at", 32'503'680'000},
      {"output_file_id", nullptr},
      {"error_file_id", nullptr},
      {"request_counts", {{"total", lines}, {"completed", ended ? lines : 0}, {"failed", 0}}}};
  if (!batch.key.empty()) object["metadata"] = {{"proctor", batch.key}};
  if (ended && !batch.complaints.empty()) {
    object["status"] = "failed";
    json errors = json::array();
    for (const BatchComplaint& complaint : batch.complaints) {
      errors.push_back({{"code", complaint.code}, {"message", complaint.message}});
      if (complaint.line > 0) errors.back()["line"] = complaint.line;
    }
    object["errors"] = {{"object", "list"}, {"data", errors}};
  } else if (ended) {
    object["output_file_id"] = "output-" + batch.id;
    object["error_file_id"] = "errors-" + batch.id;
  }
  return object.dump();
}

// One of OpenAI's two files, or Anthropic's only one; lines out of order, as they may be.
Answer FakeBatches::results(std::string_view id, bool errors) {
  const std::size_t dash = id.find('-');
  const std::string_view name = dash == std::string_view::npos ? id : id.substr(dash + 1);
  Batch* batch = batch_named(name);
  if (batch == nullptr) return not_found();
  ++collected_;
  const int number = static_cast<int>(batch - batches_.data());
  std::string text;
  for (int line = static_cast<int>(batch->lines.size()); line-- > 0;) {
    const LineFate fate =
        options_.line_fate ? options_.line_fate(number, line) : LineFate::answered;
    const bool failed =
        fate == LineFate::expired || fate == LineFate::refused || fate == LineFate::overloaded;
    if (fate == LineFate::missing || (!batch->inlined && failed != errors)) continue;
    const std::string whole = line_of(*batch, line, fate);
    text += fate == LineFate::damaged ? whole.substr(0, whole.size() / 2) : whole;
    text += "\n";
    if (fate == LineFate::twice) text += whole + "\n";
  }
  return respond(200, {{"Content-Type", "application/octet-stream"}}, text);
}

std::string FakeBatches::line_of(const Batch& batch, int number, LineFate fate) {
  const Line& line = batch.lines[static_cast<std::size_t>(number)];
  const std::string path = batch.inlined ? "/v1/messages" : "/v1/chat/completions";
  int status = 200;
  std::string body;
  if (fate == LineFate::refused || fate == LineFate::overloaded) {
    status = fate == LineFate::refused ? 400 : 429;
    body = error_body("as told", "invalid_request_error", status);
  } else if (fate != LineFate::expired) {
    const std::string head =
        "X-Api-Key: " + options_.api_key + "\r\nAuthorization: Bearer " + options_.api_key + "\r\n";
    std::tie(status, body) = body_of(
        model_.answer({.method = "POST", .path = path, .header_lines = head, .body = line.body}));
  }
  json object = {{"custom_id", line.id}};
  if (!batch.inlined) {
    object["id"] = "batch_req_" + std::to_string(number);
    object["response"] = nullptr;
    object["error"] = nullptr;
    if (fate == LineFate::expired) {
      object["error"] = {{"code", "batch_expired"}, {"message", "not in time"}};
    } else {
      object["response"] = {{"status_code", status}, {"body", json::parse(body)}};
    }
  } else if (fate == LineFate::expired) {
    object["result"] = {{"type", "expired"}};
  } else if (status == 200) {
    object["result"] = {{"type", "succeeded"}, {"message", json::parse(body)}};
  } else {
    const char* type = status == 400 ? "invalid_request_error" : "overloaded_error";
    object["result"] = {
        {"type", "errored"},
        {"error", {{"type", "error"}, {"error", {{"type", type}, {"message", "as told"}}}}}};
  }
  return object.dump();
}

FakeBatches::Batch* FakeBatches::batch_named(std::string_view id) {
  const auto found = std::find_if(batches_.begin(), batches_.end(),
                                  [&](const Batch& batch) { return batch.id == id; });
  return found == batches_.end() ? nullptr : &*found;
}

void FakeBatches::hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
}

int FakeBatches::batches() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(batches_.size());
}

int FakeBatches::uploads() const {
  const std::lock_guard lock(mutex_);
  return uploads_;
}

int FakeBatches::collected() const {
  const std::lock_guard lock(mutex_);
  return collected_;
}

std::map<std::string, int> FakeBatches::asked() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int> asked;
  for (const Batch& batch : batches_) {
    for (const Line& line : batch.lines) ++asked[line.id];
  }
  return asked;
}

std::vector<int> FakeBatches::sizes() const {
  const std::lock_guard lock(mutex_);
  std::vector<int> sizes;
  for (const Batch& batch : batches_) sizes.push_back(static_cast<int>(batch.lines.size()));
  return sizes;
}

}  // namespace proctor::support
