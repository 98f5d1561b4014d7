#include "tests/support/fake_model.h"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/support/fake_server.h"

namespace proctor::support {

namespace {

using nlohmann::json;

const std::map<std::string, std::string> kAnswers = {
    {"What is 1+1?", "2"},
    {"What is 1+1? Halve it.", "1"},
    {"What is half of three?", "\\frac{3}{2}"},
};
constexpr const char* kProblem = "What is 1+1?";
constexpr const char* kSuffix = "\nPlease reason step by step";

// What a real client made of an answer.
struct Fetched {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string head;
  std::string body;
};

std::size_t append_to(const char* data, std::size_t, std::size_t size, void* text) {
  static_cast<std::string*>(text)->append(data, size);
  return size;
}

Fetched fetch(const std::string& url, const std::string& body, const std::string& key = "") {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  Fetched fetched;
  const std::string authorization = "Authorization: Bearer " + key;
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, authorization.c_str()), curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  if (!body.empty()) curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 300L);  // only stalls take so long
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_to);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &fetched.body);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, append_to);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &fetched.head);
  fetched.code = curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &fetched.status);
  return fetched;
}

json request_for(const std::string& problem, std::uint64_t seed, bool streamed) {
  json request = {{"model", "fake-r1"},
                  {"seed", seed},
                  {"stream", streamed},
                  {"messages", json::array({{{"role", "user"}, {"content", problem + kSuffix}}})}};
  if (streamed) request["stream_options"] = {{"include_usage", true}};
  return request;
}

Fetched ask(const FakeServer& server, const json& request) {
  return fetch(server.base_url() + "/chat/completions", request.dump());
}

FakeServer::Handler handler_of(FakeModel& model) {
  return [&model](const HttpRequest& request) { return model.answer(request); };
}

// What a client that trusts everything puts together from a stream or a body.
struct Heard {
  std::string reasoning, content, finish_reason;
  json usage;
  bool done = false;       // "[DONE]" came, or there was no stream
  bool malformed = false;  // something was not JSON
  bool error = false;
  int events = 0;
};

void take_text(const json& from, const char* field, std::string& into) {
  if (from.contains(field) && from[field].is_string()) into += from[field].get<std::string>();
}

void hear_document(const std::string& text, Heard& heard) {
  const json document = json::parse(text, nullptr, false);
  heard.malformed |= document.is_discarded();
  if (!document.is_object()) return;
  heard.error |= document.contains("error");
  if (document.contains("usage")) heard.usage = document["usage"];
  for (const json& choice : document.value("choices", json::array())) {
    const json& part = choice.contains("delta") ? choice["delta"] : choice["message"];
    take_text(part, "reasoning_content", heard.reasoning);
    take_text(part, "content", heard.content);
    take_text(choice, "finish_reason", heard.finish_reason);
  }
}

Heard hear(const std::string& body) {
  Heard heard;
  if (!body.starts_with("data: ")) {
    heard.done = true;
    hear_document(body, heard);
    return heard;
  }
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = body.find("\n\n", begin);
    if (end == std::string::npos) break;
    const std::string data = body.substr(begin + 6, end - begin - 6);
    begin = end + 2;
    ++heard.events;
    if (data == "[DONE]") {
      heard.done = true;
    } else {
      hear_document(data, heard);
    }
  }
  return heard;
}

void check_heard(const Heard& heard, const Reply& reply) {
  CHECK(heard.reasoning == reply.reasoning);
  CHECK(heard.content == reply.content);
  CHECK(heard.finish_reason == reply.finish_reason);
  CHECK(heard.usage["completion_tokens"] == reply.completion_tokens);
  CHECK(heard.usage["completion_tokens_details"]["reasoning_tokens"] == reply.reasoning_tokens);
  CHECK(heard.done);
  CHECK(!heard.malformed);
  CHECK(!heard.error);
}

}  // namespace

TEST_CASE("a reply follows from the problem and the seed") {
  const FakeModel model(kAnswers);
  const FakeModel twin(kAnswers);
  std::set<std::string> replies;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CHECK(model.reply_for(kProblem, seed) == twin.reply_for(kProblem, seed));
    replies.insert(model.reply_for(kProblem, seed).content);
  }
  CHECK(replies.size() == 50);
  CHECK(model.reply_for(kProblem, 7) != model.reply_for("What is half of three?", 7));
}

TEST_CASE("replies look like R1's") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Reply tagged = write_reply(kProblem, "2", seed, {.style = ThinkStyle::tagged});
    const Reply prefilled =
        write_reply(kProblem, "2", seed, {.style = ThinkStyle::closing_tag_only});
    const Reply apart = write_reply(kProblem, "2", seed, {.style = ThinkStyle::apart});
    const bool unclosed = tagged.finish_reason == "length";
    const std::string rest = unclosed ? "" : "\n</think>\n\n" + apart.content;
    CHECK(tagged.content == "<think>\n" + apart.reasoning + rest);
    CHECK(prefilled.content == apart.reasoning + rest);
    CHECK(apart.content.empty() == unclosed);
    CHECK(tagged.content.ends_with("\\boxed{" + tagged.boxed + "}.") == !tagged.boxed.empty());
  }
}

TEST_CASE("every outcome occurs, and a problem's ease is its share of right answers") {
  for (const std::string problem : {"easy one", "another", "a third", "the fourth"}) {
    CAPTURE(problem);
    std::map<std::string, int> votes;
    int unclosed = 0, unanswered = 0;
    constexpr int kSeeds = 4000;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const Reply reply = write_reply(problem, "25", seed);
      if (reply.finish_reason == "length") {
        ++unclosed;
        CHECK(reply.boxed.empty());
      } else if (reply.boxed.empty()) {
        ++unanswered;
      } else {
        ++votes[reply.boxed];
      }
    }
    CHECK(unclosed > 0);
    CHECK(unanswered > 0);
    CHECK(votes.size() == 5);  // the gold answer and four mistakes
    CHECK(votes["26"] > votes["47"]);
    // Four standard deviations of a share over 4000 draws are at most 0.032.
    const double answered = kSeeds - unclosed - unanswered;
    CHECK(std::abs(votes["25"] / answered - ease_of(problem)) < 0.032);
  }
}

TEST_CASE("a wrong answer is an integer that the gold answer is not") {
  for (const char* gold : {"0", "7", "999", "1008", "\\frac{3}{2}", "x^2", ""}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const Reply reply = write_reply("the hardest", gold, seed);
      if (reply.boxed.empty() || reply.boxed == gold) continue;
      CHECK(reply.boxed.find_first_not_of("0123456789") == std::string::npos);
    }
  }
}

TEST_CASE("a reply cut short keeps its first tokens") {
  const Reply whole = write_reply(kProblem, "2", 3, {.style = ThinkStyle::apart});
  const int all = whole.completion_tokens;
  CHECK(cut_short(whole, all) == whole);
  CHECK(cut_short(whole, all + 1) == whole);
  const Reply less = cut_short(whole, all - 1);
  CHECK(less.reasoning == whole.reasoning);
  CHECK(whole.content.starts_with(less.content));
  CHECK(less.content.size() < whole.content.size());
  CHECK(less.finish_reason == "length");
  CHECK(less.completion_tokens == all - 1);
  CHECK(cut_short(whole, 2).reasoning_tokens == 2);
  CHECK(cut_short(whole, 0).reasoning.empty());
}

TEST_CASE("a client hears the reply that was predicted") {
  for (const ThinkStyle style :
       {ThinkStyle::tagged, ThinkStyle::closing_tag_only, ThinkStyle::apart}) {
    FakeModel model(kAnswers, {.reply = {.style = style}});
    const FakeServer server(handler_of(model));
    for (const auto& [problem, gold] : kAnswers) {
      for (const std::uint64_t seed : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        for (const bool streamed : {false, true}) {
          const Fetched fetched = ask(server, request_for(problem, seed, streamed));
          CHECK(fetched.status == 200);
          check_heard(hear(fetched.body), model.reply_for(problem, seed));
        }
      }
    }
  }
}

TEST_CASE("a request's token limit cuts the reply") {
  FakeModel model(kAnswers);
  const FakeServer server(handler_of(model));
  for (const char* field : {"max_tokens", "max_completion_tokens"}) {
    json request = request_for(kProblem, 1, false);
    request[field] = 5;
    check_heard(hear(ask(server, request).body), cut_short(model.reply_for(kProblem, 1), 5));
  }
}

TEST_CASE("a stream has usage only if it was asked for") {
  FakeModel model(kAnswers);
  const FakeServer server(handler_of(model));
  json request = request_for(kProblem, 1, true);
  CHECK(!hear(ask(server, request).body).usage.is_null());
  request.erase("stream_options");
  CHECK(hear(ask(server, request).body).usage.is_null());
}

TEST_CASE("requests that a real server would refuse are refused") {
  FakeModel model(kAnswers, {.api_key = "sesame"});
  const FakeServer server(handler_of(model));
  const std::string url = server.base_url() + "/chat/completions";
  json other_model = request_for(kProblem, 1, false);
  other_model["model"] = "another";
  const std::string good = request_for(kProblem, 1, false).dump();
  CHECK(fetch(url, good, "sesame").status == 200);
  CHECK(fetch(url, good, "barley").status == 401);
  CHECK(fetch(url, other_model.dump(), "sesame").status == 404);
  CHECK(fetch(url + "x", good, "sesame").status == 404);
  CHECK(fetch(url, request_for("What is 2+2?", 1, false).dump(), "sesame").status == 400);
  CHECK(fetch(url, "{", "sesame").status == 400);
  CHECK(fetch(server.base_url() + "/models", "", "sesame").body.find("fake-r1") !=
        std::string::npos);
  CHECK(model.log().size() == 1);
}

TEST_CASE("each fault shows to a client as itself") {
  struct Row {
    Fault fault;
    CURLcode code, code_of_stream;
    long status;
  };
  constexpr Row kRows[] = {
      {Fault::http_429_retry_after, CURLE_OK, CURLE_OK, 429},
      {Fault::http_429_plain, CURLE_OK, CURLE_OK, 429},
      {Fault::http_500, CURLE_OK, CURLE_OK, 500},
      {Fault::http_503, CURLE_OK, CURLE_OK, 503},
      {Fault::reset_before_reply, CURLE_RECV_ERROR, CURLE_RECV_ERROR, 0},
      {Fault::reset_mid_stream, CURLE_RECV_ERROR, CURLE_RECV_ERROR, 200},
      {Fault::stall_before_reply, CURLE_OPERATION_TIMEDOUT, CURLE_OPERATION_TIMEDOUT, 0},
      {Fault::stall_mid_stream, CURLE_OPERATION_TIMEDOUT, CURLE_OPERATION_TIMEDOUT, 200},
      {Fault::empty_body, CURLE_OK, CURLE_OK, 200},
      {Fault::invalid_json, CURLE_OK, CURLE_OK, 200},
      {Fault::null_content, CURLE_OK, CURLE_OK, 200},
      {Fault::truncated_utf8, CURLE_OK, CURLE_OK, 200},
      {Fault::finish_length, CURLE_OK, CURLE_OK, 200},
      {Fault::error_event_in_stream, CURLE_OK, CURLE_OK, 200},
      {Fault::missing_done, CURLE_PARTIAL_FILE, CURLE_OK, 200},
      {Fault::html_body, CURLE_OK, CURLE_OK, 200},
  };
  CHECK(std::size(kRows) == all_faults().size());
  for (const Row& row : kRows) {
    for (const bool streamed : {false, true}) {
      CAPTURE(name_of(row.fault));
      CAPTURE(streamed);
      FakeModel model(kAnswers, {.faults = {.script = {row.fault}, .retry_after_s = 3}});
      const FakeServer server(handler_of(model));
      const json request = request_for(kProblem, 5, streamed);
      const Reply reply = model.reply_for(kProblem, 5);

      const Fetched fetched = ask(server, request);
      CHECK(fetched.code == (streamed ? row.code_of_stream : row.code));
      CHECK(fetched.status == row.status);
      CHECK((fetched.head.find("Retry-After: 3\r\n") != std::string::npos) ==
            (row.fault == Fault::http_429_retry_after));
      CHECK((fetched.head.find("text/html") != std::string::npos) ==
            (row.fault == Fault::html_body));
      CHECK(fetched.body.empty() == (row.fault == Fault::empty_body || fetched.status == 0));

      const Heard heard = hear(fetched.body);
      const bool whole = fetched.code == CURLE_OK && fetched.status == 200 && heard.done;
      CHECK(heard.error == (fetched.status > 200 || row.fault == Fault::error_event_in_stream));
      if (row.fault == Fault::finish_length) {
        check_heard(heard, cut_short(reply, reply.completion_tokens / 2));
      } else if (row.fault == Fault::null_content) {
        check_heard(heard, Reply{});
      } else {
        // Nothing else may pass for an undamaged reply.
        CHECK((!whole || heard.malformed || heard.error));
        CHECK(heard.content != reply.content);
      }
      check_heard(hear(ask(server, request).body), reply);  // the second attempt is good
    }
  }
}

TEST_CASE("faults follow from the plan, at its rate and of its kinds") {
  const FaultPlan plan = {.rate = 0.3,
                          .seed = 9,
                          .kinds = {Fault::http_500, Fault::html_body},
                          .script = {Fault::http_503}};
  const FakeModel model(kAnswers, {.faults = plan});
  const FakeModel twin(kAnswers, {.faults = plan});
  std::map<Fault, int> seen;
  int unlike_next_attempt = 0, unlike_other_problem = 0;
  constexpr int kSeeds = 4000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CHECK(model.fault_for(kProblem, seed, 0) == Fault::http_503);
    const std::optional<Fault> fault = model.fault_for(kProblem, seed, 1);
    CHECK(fault == twin.fault_for(kProblem, seed, 1));
    if (fault) ++seen[*fault];
    unlike_next_attempt += fault != model.fault_for(kProblem, seed, 2);
    unlike_other_problem += fault != model.fault_for("What is half of three?", seed, 1);
  }
  CHECK(unlike_next_attempt > 0);
  CHECK(unlike_other_problem > 0);
  CHECK(seen.size() == 2);
  // Each kind's share is 0.15, and five standard deviations of it are 0.028.
  for (const auto& [fault, count] : seen) {
    CHECK(count > (0.15 - 0.028) * kSeeds);
    CHECK(count < (0.15 + 0.028) * kSeeds);
  }
}

TEST_CASE("the log tells every attempt and every reply that left whole") {
  FakeModel model(kAnswers, {.faults = {.script = {Fault::http_500, Fault::reset_mid_stream}}});
  {
    const FakeServer server(handler_of(model));
    for (int attempt = 0; attempt < 3; ++attempt) ask(server, request_for(kProblem, 5, true));
    ask(server, request_for(kProblem, 6, false));
  }  // a client may have read the last byte before the server notes that it left
  const ModelLog log = model.log();
  CHECK(log.size() == 2);
  CHECK(log.at({kProblem, 5}) ==
        SampleLog{{Fault::http_500, Fault::reset_mid_stream, std::nullopt}, 1});
  CHECK(log.at({kProblem, 6}) == SampleLog{{Fault::http_500}, 0});
}

}  // namespace proctor::support
