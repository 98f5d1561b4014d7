#include "tests/support/fake_model.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "harness/core/check.h"
#include "tests/support/chat_format.h"
#include "tests/support/messages_format.h"

namespace proctor::support {

namespace {

using nlohmann::json;

struct FaultEntry {
  Fault fault;
  std::string_view name;
};

constexpr FaultEntry kFaults[] = {
    {Fault::http_429_retry_after, "http_429_retry_after"},
    {Fault::http_429_plain, "http_429_plain"},
    {Fault::http_500, "http_500"},
    {Fault::http_503, "http_503"},
    {Fault::reset_before_reply, "reset_before_reply"},
    {Fault::reset_mid_stream, "reset_mid_stream"},
    {Fault::stall_before_reply, "stall_before_reply"},
    {Fault::stall_mid_stream, "stall_mid_stream"},
    {Fault::empty_body, "empty_body"},
    {Fault::invalid_json, "invalid_json"},
    {Fault::null_content, "null_content"},
    {Fault::truncated_utf8, "truncated_utf8"},
    {Fault::finish_length, "finish_length"},
    {Fault::error_event_in_stream, "error_event_in_stream"},
    {Fault::missing_done, "missing_done"},
    {Fault::html_body, "html_body"},
};

constexpr std::string_view kProxyPage =
    "<html><head><title>Please wait</title></head><body>The upstream is busy.</body></html>\n";

Answer error_answer(int status, std::string_view message, std::string_view type) {
  return respond_json(status, error_body(message, type, status));
}

Answer rate_limit(const Headers& more) {
  Headers headers = {{"Content-Type", "application/json"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return respond(429, headers, error_body("slow down", "rate_limit_error", 429));
}

Answer cut_half(const Answer& answer, End end) { return cut(answer, size_of(answer) / 2, end); }

// Spoils the last byte of the first multi-byte character; no length changes.
Answer with_spoiled_utf8(Answer answer) {
  const auto inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  for (Step& step : answer.steps) {
    const auto second = std::find_if(step.bytes.begin(), step.bytes.end(), inside);
    if (second == step.bytes.end()) continue;
    *(std::find_if_not(second, step.bytes.end(), inside) - 1) = '?';
    break;
  }
  return answer;
}

std::optional<json> parse_object(std::string_view body) {
  json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

template <class T>
T field_or(const json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if constexpr (std::is_same_v<T, bool>) {
    return found != object.end() && found->is_boolean() ? found->get<T>() : otherwise;
  } else {
    return found != object.end() && found->is_number_integer() ? found->get<T>() : otherwise;
  }
}

std::string text_field(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The content of the last user message; empty if there is none.
std::string last_user_turn(const json& body) {
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array()) return {};
  for (auto message = messages->rbegin(); message != messages->rend(); ++message) {
    if (message->is_object() && text_field(*message, "role") == "user") {
      return text_field(*message, "content");
    }
  }
  return {};
}

}  // namespace

std::span<const Fault> all_faults() {
  static const std::vector<Fault> faults = [] {
    std::vector<Fault> all;
    for (const FaultEntry& entry : kFaults) all.push_back(entry.fault);
    return all;
  }();
  return faults;
}

std::string_view name_of(Fault fault) {
  return std::find_if(std::begin(kFaults), std::end(kFaults),
                      [&](const FaultEntry& entry) { return entry.fault == fault; })
      ->name;
}

bool is_reply(Fault fault) { return fault == Fault::null_content || fault == Fault::finish_length; }

// What the model was asked.
struct FakeModel::Call {
  std::string_view problem;
  std::uint64_t seed = 0;
  int max_tokens = std::numeric_limits<int>::max();
  bool stream = false;
  bool messages = false;  // Anthropic's API
  ChatFormat format;
};

FakeModel::FakeModel(std::map<std::string, std::string> answers, FakeModelOptions options)
    : answers_(std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end())),
      options_(std::move(options)) {}

Answer FakeModel::answer(const HttpRequest& request) {
  if (!knows_key(request)) {
    return error_answer(401, "incorrect API key", "authentication_error");
  }
  const bool chat = request.path.ends_with("/chat/completions");
  if (request.method == "POST" && (chat || request.path.ends_with("/messages"))) {
    return complete(request);
  }
  if (request.method == "GET" && request.path.ends_with("/models")) {
    const json model = {{"id", options_.model}, {"object", "model"}, {"owned_by", "proctor"}};
    return respond_json(200, json{{"object", "list"}, {"data", json::array({model})}}.dump());
  }
  return error_answer(404, "no such path", "not_found_error");
}

bool FakeModel::knows_key(const HttpRequest& request) const {
  if (options_.api_key.empty()) return true;
  if (request.path.ends_with("/messages")) {
    return request.header("x-api-key") == options_.api_key &&
           !request.header("anthropic-version").empty();
  }
  return request.header("authorization") == "Bearer " + options_.api_key;
}

Answer FakeModel::complete(const HttpRequest& request) {
  const std::optional<json> body = parse_object(request.body);
  if (!body) return error_answer(400, "the body is not a JSON object", "invalid_request_error");
  if (text_field(*body, "model") != options_.model) {
    return error_answer(404, "no such model", "not_found_error");
  }
  const std::string message = last_user_turn(*body);
  Call call;
  call.problem = problem_of(message);
  if (call.problem.empty()) return error_answer(400, "unknown problem", "invalid_request_error");
  call.seed = field_or(*body, "seed", call.seed);
  call.max_tokens = field_or(*body, "max_tokens", call.max_tokens);
  call.max_tokens = field_or(*body, "max_completion_tokens", call.max_tokens);
  call.stream = field_or(*body, "stream", false);
  call.messages = request.path.ends_with("/messages");
  call.format = {.id = "chatcmpl-" + std::to_string(request.sequence),
                 .model = options_.model,
                 .fingerprint = options_.fingerprint,
                 .prompt_tokens = static_cast<int>(tokens_of(message).size()),
                 .usage_in_stream = body->contains("stream_options") &&
                                    (*body)["stream_options"].is_object() &&
                                    field_or((*body)["stream_options"], "include_usage", false)};

  SampleLog& sample = log_for(call);
  const std::optional<Fault> fault = sample.attempts.back();
  const Reply reply = cut_short(reply_for(call.problem, call.seed), call.max_tokens);
  Answer answer = fault ? damaged_answer(call, reply, *fault) : whole_answer(call, reply);
  if (!fault || is_reply(*fault)) {
    answer.on_sent = [this, &sample] {
      const std::lock_guard lock(mutex_);
      ++sample.completed;
    };
  }
  return options_.delay.count() == 0 ? answer : delayed(std::move(answer), options_.delay);
}

// Notes the attempt and draws its fault. Map entries stay where they are, and only this thread
// changes them.
SampleLog& FakeModel::log_for(const Call& call) {
  const std::lock_guard lock(mutex_);
  SampleLog& sample = log_[{std::string(call.problem), call.seed}];
  const int attempt = static_cast<int>(sample.attempts.size());
  sample.attempts.push_back(fault_for(call.problem, call.seed, attempt));
  return sample;
}

std::string FakeModel::body_of(const Call& call, const Reply& reply) {
  return call.messages ? message_body(reply, call.format) : completion_body(reply, call.format);
}

std::vector<std::string> FakeModel::events_of(const Call& call, const Reply& reply) {
  return call.messages ? message_events(reply, call.format) : completion_events(reply, call.format);
}

Answer FakeModel::whole_answer(const Call& call, const Reply& reply) const {
  if (!call.stream) return respond_json(200, body_of(call, reply));
  return stream(events_of(call, reply), {.gap = options_.gap, .done = !call.messages});
}

Answer FakeModel::damaged_answer(const Call& call, const Reply& reply, Fault fault) const {
  const auto whole = [&] { return whole_answer(call, reply); };
  switch (fault) {
    case Fault::http_429_retry_after:
      return rate_limit({{"Retry-After", std::to_string(options_.faults.retry_after_s)}});
    case Fault::http_429_plain:
      return rate_limit({});
    case Fault::http_500:
      return error_answer(500, "internal error", "server_error");
    case Fault::http_503:
      return error_answer(503, "overloaded", "server_error");
    case Fault::reset_before_reply:
      return {.end = End::reset};
    case Fault::reset_mid_stream:
      return cut_half(whole(), End::reset);
    case Fault::stall_before_reply:
      return {.end = End::stall};
    case Fault::stall_mid_stream:
      return cut_half(whole(), End::stall);
    case Fault::empty_body:
      return respond_json(200, "");
    case Fault::null_content:
      return whole_answer(call, {});
    case Fault::truncated_utf8:
      return with_spoiled_utf8(whole());
    case Fault::finish_length:
      return whole_answer(call, cut_short(reply, reply.completion_tokens / 2));
    case Fault::html_body:
      return respond(200, {{"Content-Type", "text/html"}}, kProxyPage);
    case Fault::invalid_json:
    case Fault::error_event_in_stream:
    case Fault::missing_done:
      return call.stream ? damaged_stream(call, reply, fault) : damaged_body(call, reply, fault);
  }
  return {};
}

Answer FakeModel::damaged_stream(const Call& call, const Reply& reply, Fault fault) const {
  std::vector<std::string> events = events_of(call, reply);
  StreamOptions options = {.gap = options_.gap, .done = !call.messages};
  std::string& middle = events[events.size() / 2];
  if (fault == Fault::invalid_json) {
    middle.resize(middle.size() / 2);
    return stream(events, options);
  }
  events.resize(events.size() / 2);
  if (fault == Fault::error_event_in_stream) {
    events.push_back(call.messages ? messages_error_body("Overloaded", "overloaded_error")
                                   : error_body("worker died", "server_error", 500));
  } else {
    options.done = options.chunked = false;
  }
  return stream(events, options);
}

Answer FakeModel::damaged_body(const Call& call, const Reply& reply, Fault fault) const {
  if (fault == Fault::error_event_in_stream) {
    return respond_json(200, error_body("worker died", "server_error", 500));
  }
  if (fault == Fault::missing_done) return cut_half(whole_answer(call, reply), End::close);
  const std::string body = body_of(call, reply);
  return respond_json(200, body.substr(0, body.size() / 2));
}

Reply FakeModel::reply_for(std::string_view problem, std::uint64_t seed) const {
  const auto gold = answers_.find(problem);
  check(gold != answers_.end());
  return write_reply(problem, gold->second, seed, options_.reply);
}

std::optional<Fault> FakeModel::fault_for(std::string_view problem, std::uint64_t seed,
                                          int attempt) const {
  const FaultPlan& plan = options_.faults;
  const auto index = static_cast<std::size_t>(attempt);
  if (index < plan.script.size()) return plan.script[index];
  Dice dice(hash_of(index, hash_of(seed, hash_of(problem, plan.seed))));
  if (dice.fraction() >= plan.rate) return std::nullopt;
  const std::span<const Fault> kinds = plan.kinds.empty() ? all_faults() : plan.kinds;
  return kinds[dice.below(kinds.size())];
}

ModelLog FakeModel::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

// The longest text of the table that the message begins with: it sorts nearest before the message.
std::string_view FakeModel::problem_of(std::string_view message) const {
  auto candidate = answers_.upper_bound(message);
  while (candidate != answers_.begin()) {
    --candidate;
    if (message.starts_with(candidate->first)) return candidate->first;
  }
  return {};
}

}  // namespace proctor::support
