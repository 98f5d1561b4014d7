#include "backends/remote/server_questions.h"

#include <doctest/doctest.h>

#include <mutex>
#include <set>

#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;

namespace {

using Facts = std::map<std::string, std::string>;

std::unique_ptr<Backend> backend_at(const std::string& urls, const std::string& spec,
                                    const std::string& key = "") {
  BackendOptions options = quick_options(urls);
  options.api_key = key;
  options.connect_timeout_s = 2;
  Result<std::unique_ptr<Backend>> backend = make_backend(spec, options);
  REQUIRE(backend);
  return std::move(*backend);
}

}  // namespace

TEST_CASE("what servers say of themselves is understood and what is none is left out") {
  struct Row {
    const char* path;
    const char* body;
    Facts lasting;
    std::optional<int> context;
  };
  const Row kRows[] = {
      // vLLM, whose "created" is the time of the question
      {"/models",
       R"({"data":[{"id":"other","root":"x"},{"id":"m","created":1,"owned_by":"vllm",
           "root":"/srv/models/m-7b/","parent":null,"max_model_len":4096}]})",
       {{"owned_by", "vllm"}, {"root", "m-7b"}},
       4096},
      {"/models", R"({"data":[{"id":"m","root":"org/m-7b"}]})", {{"root", "org/m-7b"}}, {}},
      // llama-server, which serves its only model under every name
      {"/models",
       R"({"data":[{"id":"m.gguf","owned_by":"llamacpp","meta":{"n_params":7,"size":42,
           "ftype":"Q4_K"}}]})",
       {{"owned_by", "llamacpp"}, {"n_params", "7"}, {"size", "42"}, {"weights", "Q4_K"}},
       {}},
      {"/props",
       R"({"build_info":"b1-abc","model_path":"/home/u/m.gguf","chat_template":"{{x}}",
           "default_generation_settings":{"n_ctx":2048}})",
       {{"build", "b1-abc"}, {"model_file", "m.gguf"}, {"chat_template", "fd805e2acba5213e"}},
       2048},
      {"/version", R"({"version":"0.8.4"})", {{"version", "0.8.4"}}, {}},
      {"/version", R"({"version":"a\nb"})", {{"version", "a b"}}, {}},
      {"/models", R"({"data":[{"id":"a","root":"x"},{"id":"b","root":"y"}]})", {}, {}},
      {"/models", R"({"data":{"id":"m"}})", {}, {}},
      {"/models", R"([1])", {}, {}},
      {"/models", R"({"data":[7]})", {}, {}},
      {"/models", R"({"data":[{"id":"m","max_model_len":-4}]})", {}, {}},
      {"/models", R"({"data":[{"id":"m","max_model_len":"many"}]})", {}, {}},
      {"/props", R"({"default_generation_settings":7,"chat_template":7})", {}, {}},
      {"/version", "<html>", {}, {}},
      {"/version", "", {}, {}},
      {"/elsewhere", R"({"version":"1"})", {}, {}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.path);
    CAPTURE(row.body);
    ServerFacts facts;
    read_facts(row.path, row.body, "m", facts);
    CHECK((facts.lasting == row.lasting));
    CHECK((facts.context == row.context));
  }
}

TEST_CASE("a long value is cut between two characters") {
  std::string owner;
  for (int i = 0; i < 150; ++i) owner += "\xC3\xA9";
  for (const char* before : {"", "x"}) {
    CAPTURE(before);
    ServerFacts facts;
    read_facts("/models", R"({"data":[{"id":"m","owned_by":")" + (before + owner) + R"("}]})", "m",
               facts);
    const std::string& kept = facts.lasting["owned_by"];
    CHECK(kept.size() == (before[0] == 'x' ? 199 : 200));
    CHECK(kept.ends_with("\xC3\xA9"));
  }
}

TEST_CASE("servers that share the load are one server only if they say the same") {
  const ServerFacts one{
      .lasting = {{"version", "1"}, {"root", "m"}}, .passing = {{"n", "a"}}, .context = 4096};
  const ServerFacts same = one;
  const ServerFacts other{
      .lasting = {{"version", "2"}, {"root", "m"}}, .passing = {{"n", "b"}}, .context = 2048};
  const ServerFacts silent;
  CHECK((joined_facts({one, same}) == one));
  CHECK((joined_facts({one, silent}) == one));
  CHECK((joined_facts({}) == ServerFacts()));
  const ServerFacts unlike = joined_facts({one, other});
  CHECK((unlike.lasting == Facts{{"version", "1 | 2"}, {"root", "m"}}));
  CHECK(unlike.context == 2048);
  REQUIRE(unlike.remarks.size() == 1);
  CHECK(unlike.remarks[0].find("version: 1 | 2") != std::string::npos);
  CHECK((joined_facts({other, one}) == unlike));
}

TEST_CASE("a server of ones own is asked everything and a service for its models alone") {
  struct Row {
    const char* spec;
    const char* key_header;
    std::set<std::string> asked;
  };
  const Row kRows[] = {
      {"openai-api/m", "authorization", {"/v1/models", "/version", "/props", "/api/version"}},
      {"openai/m", "authorization", {"/v1/models"}},
      {"anthropic/m", "x-api-key", {"/v1/models"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.spec);
    std::mutex mutex;
    std::set<std::string> asked;
    bool with_key = true;
    FakeServer server([&](const HttpRequest& request) {
      const std::lock_guard lock(mutex);
      asked.emplace(request.path);
      with_key = with_key && request.method == "GET" &&
                 request.header(row.key_header).ends_with("sk-0123456789");
      return respond(200, {{"Server", "parrot"}}, R"({"version":"for sk-0123456789",
          "build_info":"b1","data":[{"id":"m","owned_by":"zoo"}]})");
    });
    const ServerFacts facts =
        backend_at(server.base_url(), row.spec, "sk-0123456789")->ask_servers({});
    const std::lock_guard lock(mutex);
    CHECK((asked == row.asked));
    CHECK(with_key);
    CHECK(facts.lasting.at("owned_by") == "zoo");
    CHECK(facts.passing.at("server") == "parrot");
    CHECK_FALSE(facts.lasting.contains("version"));  // it quoted the key
    CHECK(facts.lasting.contains("build") == (row.asked.size() > 1));
  }
}

TEST_CASE("a server that knows none of the questions has no facts and one that is gone is named") {
  FakeServer bare([](const HttpRequest&) { return respond_json(404, R"({"version":"no"})"); });
  CHECK((backend_at(bare.base_url(), "openai-api/m")->ask_servers({}) == ServerFacts()));
  std::string gone;
  {
    const FakeServer server([](const HttpRequest&) { return Answer{}; });
    gone = server.base_url();
  }
  const ServerFacts facts =
      backend_at(gone + " " + bare.base_url(), "openai-api/m")->ask_servers({});
  CHECK(facts.lasting.empty());
  REQUIRE(facts.remarks.size() == 1);
  CHECK(facts.remarks[0].find(gone) != std::string::npos);
}

TEST_CASE("what a model takes no field for is said of its backend") {
  struct Row {
    const char* spec;
    bool temperature;
    bool seed;
  };
  constexpr Row kRows[] = {{"openai-api/m", true, true},
                           {"openai/o3-mini", false, false},
                           {"deepseek/deepseek-chat", true, false}};
  for (const Row& row : kRows) {
    CAPTURE(row.spec);
    const Controls controls = backend_at("http://127.0.0.1:1/v1", row.spec, "k")->controls();
    CHECK(controls.temperature == row.temperature);
    CHECK(controls.seed == row.seed);
  }
}
