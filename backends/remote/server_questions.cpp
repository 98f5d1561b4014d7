#include "backends/remote/server_questions.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "backends/remote/http_exchange.h"
#include "harness/core/sha256.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

// What to make of a value.
enum class Kind {
  lasting,
  file,    // lasting; of a path on the server's disk, its last part: the rest is nobody's business
  digest,  // lasting; of a long text, the beginning of its SHA-256
  context,
};

struct Field {
  const char* pointer;  // RFC 6901
  const char* name;
  Kind kind;
};

struct Question {
  std::string_view path;
  bool own_servers_only;  // after the host, not after the base URL
  std::vector<Field> fields;
};

// Times ("created") are not among them: vLLM and llama-server give the time of the question.
const std::vector<Question>& questions() {
  static const std::vector<Question> table = {
      {"/models",
       false,
       {{"/owned_by", "owned_by", Kind::lasting},
        {"/root", "root", Kind::file},
        {"/parent", "parent", Kind::file},
        {"/max_model_len", "max_model_len", Kind::context},
        {"/meta/n_params", "n_params", Kind::lasting},
        {"/meta/size", "size", Kind::lasting},
        {"/meta/ftype", "weights", Kind::lasting}}},
      {"/version", true, {{"/version", "version", Kind::lasting}}},
      {"/props",
       true,
       {{"/build_info", "build", Kind::lasting},
        {"/model_path", "model_file", Kind::file},
        {"/chat_template", "chat_template", Kind::digest},
        {"/default_generation_settings/n_ctx", "n_ctx", Kind::context}}},
      {"/api/version", true, {{"/version", "ollama_version", Kind::lasting}}},
  };
  return table;
}

// One line of bounded length, as a person would read the value; empty for what is none.
std::string text_of(const json& value) {
  constexpr std::size_t kLongest = 200;
  std::string text;
  if (value.is_string()) text = value.get<std::string>();
  if (value.is_number() || value.is_boolean()) text = value.dump();
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = ' ';
  }
  std::size_t end = std::min(text.size(), kLongest);
  // Not within a character: what is stored and read back must be what the server says next time.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  text.resize(end);
  return text;
}

// Of a path, which a Windows server writes its own way.
void keep_last_part(std::string& path) {
  if (!path.starts_with('/') && path.find('\\') == std::string::npos) return;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  path.erase(0, path.find_last_of("/\\") + 1);
}

void take(const Field& field, const json& value, ServerFacts& facts) {
  constexpr std::size_t kDigest = 16;
  constexpr int kMostTokens = 1'000'000'000;
  if (field.kind == Kind::digest) {
    if (value.is_string() && !value.get<std::string>().empty()) {
      facts.lasting[field.name] = sha256_hex(value.get<std::string>()).substr(0, kDigest);
    }
    return;
  }
  std::string text = text_of(value);
  if (field.kind == Kind::file) keep_last_part(text);
  if (text.empty()) return;
  if (field.kind != Kind::context) {
    facts.lasting[field.name] = std::move(text);
    return;
  }
  if (!value.is_number_integer() || value < 1 || value > kMostTokens) return;
  const int tokens = value.get<int>();
  facts.context = std::min(facts.context.value_or(tokens), tokens);
  facts.passing[field.name] = std::move(text);
}

// What the list of models says of this one. A server of a single model may call it otherwise.
const json& entry_of(const json& list, std::string_view model) {
  static const json kNone;
  const auto data = list.find("data");
  if (data == list.end() || !data->is_array()) return kNone;
  for (const json& entry : *data) {
    if (!entry.is_object()) continue;
    const auto id = entry.find("id");
    const auto* name = id == entry.end() ? nullptr : id->get_ptr<const json::string_t*>();
    if (name != nullptr && *name == model) return entry;
  }
  return data->size() == 1 && data->front().is_object() ? data->front() : kNone;
}

// http://host:8000/v1 -> http://host:8000
std::string above_version(std::string url) {
  constexpr std::string_view kVersion = "/v1";
  if (url.ends_with(kVersion)) url.resize(url.size() - kVersion.size());
  return url;
}

ExchangeRequest question(const RemoteModel& model, std::string url, const std::string& key) {
  ExchangeRequest request;
  request.url = std::move(url);
  if (!key.empty()) request.secret_headers.push_back(std::string(model.provider->key_header) + key);
  if (!model.provider->other_header.empty()) {
    request.headers.emplace_back(model.provider->other_header);
  }
  return request;
}

void drop_key(const std::string& key, std::map<std::string, std::string>& facts) {
  std::erase_if(facts, [&](const auto& fact) {
    return !key.empty() && fact.second.find(key) != std::string::npos;
  });
}

ServerFacts ask_server(const RemoteModel& model, const std::string& base_url, HttpExchanger& http,
                       const BackendOptions& options, const std::stop_token& stop) {
  ServerFacts facts;
  // What may be asked without a key is a server of one's own, not a service.
  const bool own = !model.provider->needs_key;
  for (const Question& asked : questions()) {
    if (asked.own_servers_only && !own) continue;
    const std::string beginning = asked.own_servers_only ? above_version(base_url) : base_url;
    const Result<ExchangeAnswer> answer =
        http.run(question(model, beginning + std::string(asked.path), options.api_key), stop);
    if (!answer) {
      facts.remarks.push_back(answer.error().message());
      break;
    }
    if (const auto program = answer->header("server")) {
      facts.passing["server"] = text_of(std::string(*program));
    }
    if (answer->succeeded()) read_facts(asked.path, answer->body, model.name, facts);
  }
  drop_key(options.api_key, facts.lasting);
  drop_key(options.api_key, facts.passing);
  return facts;
}

// One value for each name, or all that there are with bars between them.
std::map<std::string, std::string> joined(const std::vector<ServerFacts>& servers,
                                          std::map<std::string, std::string> ServerFacts::*facts) {
  std::map<std::string, std::set<std::string>> values;
  for (const ServerFacts& server : servers) {
    for (const auto& [name, value] : server.*facts) values[name].insert(value);
  }
  std::map<std::string, std::string> together;
  for (const auto& [name, several] : values) {
    std::string& text = together[name];
    for (const std::string& value : several) text += (text.empty() ? "" : " | ") + value;
  }
  return together;
}

bool is_shared(const std::vector<ServerFacts>& servers, const std::string& name,
               const std::string& value) {
  return std::all_of(servers.begin(), servers.end(), [&](const ServerFacts& server) {
    const auto found = server.lasting.find(name);
    return found == server.lasting.end() || found->second == value;
  });
}

}  // namespace

void read_facts(std::string_view path, std::string_view body, std::string_view model,
                ServerFacts& facts) {
  const json document = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return;
  const auto asked = std::find_if(questions().begin(), questions().end(),
                                  [&](const Question& row) { return row.path == path; });
  if (asked == questions().end()) return;
  const json& about = path == "/models" ? entry_of(document, model) : document;
  if (!about.is_object()) return;
  for (const Field& field : asked->fields) {
    const json::json_pointer pointer(field.pointer);
    if (about.contains(pointer)) take(field, about.at(pointer), facts);
  }
}

ServerFacts joined_facts(const std::vector<ServerFacts>& servers) {
  ServerFacts facts;
  facts.lasting = joined(servers, &ServerFacts::lasting);
  facts.passing = joined(servers, &ServerFacts::passing);
  for (const ServerFacts& server : servers) {
    if (server.context) {
      facts.context = std::min(facts.context.value_or(*server.context), *server.context);
    }
    facts.remarks.insert(facts.remarks.end(), server.remarks.begin(), server.remarks.end());
  }
  for (const auto& [name, value] : facts.lasting) {
    if (is_shared(servers, name, value)) continue;
    facts.remarks.push_back(fmt::format("the servers are unlike: {}: {}", name, value));
  }
  return facts;
}

ServerFacts ask_servers(const RemoteModel& model, const std::vector<std::string>& base_urls,
                        const BackendOptions& options, std::stop_token stop) {
  constexpr std::chrono::milliseconds kConnect{5000};
  constexpr std::chrono::seconds kIdle{10};
  const std::chrono::milliseconds given(static_cast<int>(options.connect_timeout_s * 1000));
  HttpExchanger http({.ca_file = options.ca_file,
                      .connect_timeout = std::min(given, kConnect),
                      .idle_timeout = kIdle,
                      .most_bytes = std::size_t{16} << 20});
  std::vector<ServerFacts> servers;
  for (const std::string& url : base_urls) {
    servers.push_back(ask_server(model, url, http, options, stop));
  }
  return joined_facts(servers);
}

}  // namespace proctor::backends
