#include "backends/engine/chat_template/chat_template.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/core/sha256.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using engine::ChatTemplate;
using engine::RenderOptions;
using support::TempDir;

namespace {

// A template of our own in the manner of DeepSeek-R1's distilled models: one namespace for what the
// loop finds, thoughts cut from past answers, tool calls and outputs between marks. `ending` is
// what its two revisions differ in.
std::string reasoning_template(std::string_view ending) {
  return R"({% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %})"
         R"({% set ns = namespace(calls=0, in_tool=false, system='') %})"
         R"({%- for m in messages %}{%- if m['role'] == 'system' %}{% set ns.system = m['content'] %}{%- endif %}{%- endfor -%})"
         R"({{ bos_token }}{{ ns.system }})"
         R"({%- for m in messages %})"
         R"({%- if m['role'] == 'user' %}{%- set ns.in_tool = false -%}{{ '<U>' + m['content'] }}{%- endif %})"
         R"({%- if m['role'] == 'assistant' and m['content'] is none %})"
         R"({%- for call in m['tool_calls'] %}{%- set ns.calls = ns.calls + 1 -%})"
         R"({{ '<C>' + call['function']['name'] + '\n' + call['function']['arguments'] }}{%- endfor %})"
         R"({%- elif m['role'] == 'assistant' %})"
         R"({% set content = m['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %})"
         R"({{ '<A>' + content + eos_token }}{%- endif %})"
         R"({%- if m['role'] == 'tool' %}{%- set ns.in_tool = true -%}{{ '<T>' + m['content'] }}{%- endif %})"
         R"({%- endfor -%})"
         R"({% if ns.in_tool %}{{ '<E>' }}{% endif %})"
         R"({% if add_generation_prompt and not ns.in_tool %}{{ ')" +
         std::string(ending) + R"(' }}{% endif %})";
}

// In the manner of Llama 3.1 to 3.3: a date that may be given, content trimmed, tools as JSON in
// the first user message, everything over several lines.
constexpr const char* kDatedTemplate = R"({{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = "" %}
{%- endif %}
{{- "<H>system<h>\n\nToday: " + date_string + "\n" + system + "<e>" }}
{%- if tools is not none %}
    {%- if messages | length == 0 %}
        {{- raise_exception("no message to put the tools into") }}
    {%- endif %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n" }}
    {%- endfor %}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<H>' + message['role'] + '<h>\n\n'+ message['content'] | trim + '<e>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("one tool call at a time") }}
        {%- endif %}
        {%- for name, value in message.tool_calls[0].function.arguments | items %}
            {{- name + '="' + value + '"' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<H>assistant<h>\n\n' }}
{%- endif %}
)";

// In the manner of Qwen3 and QwQ: looks for the last question from the end, keeps the thoughts
// after it, and takes them from either place.
constexpr const char* kThinkingTemplate =
    R"({%- set ns = namespace(last=messages|length - 1, open=true) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.open and message.role == "user" and message.content is string and not(message.content.startswith('<R>') and message.content.endswith('</R>')) %}
        {%- set ns.open = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if message.reasoning_content is string %}
            {%- set thought = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '<A><think>' + thought.strip('\n') + '</think>' + content }}
        {%- else %}
            {{- '<A>' + content }}
        {%- endif %}
    {%- else %}
        {{- '<' + message.role[0] | upper + '>' + content }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<A>' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think></think>' }}
    {%- endif %}
{%- endif %})";

ChatTemplate parsed(std::string source) {
  Result<ChatTemplate> result =
      ChatTemplate::parse(std::move(source), "t", {{"bos_token", "<s>"}, {"eos_token", "</s>"}});
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

std::string text_of(const Result<std::string>& text) {
  return text ? *text : "error: " + text.error().message();
}

}  // namespace

TEST_CASE("a template of the R1 kind drops past thoughts and opens a new one") {
  struct Row {
    const char* request;
    const char* text;
  };
  constexpr Row kRows[] = {
      {R"({"messages": [{"role": "user", "content": "Q"}]})", "<s><U>Q<A><think>\n"},
      {R"({"messages": [{"role": "user", "content": "Q"}], "add_generation_prompt": false})",
       "<s><U>Q"},
      {R"({"messages": [{"role": "user", "content": "Q"}, {"role": "system", "content": " S "}]})",
       "<s> S <U>Q<A><think>\n"},
      {R"({"messages": [{"role": "user", "content": "Q"},
           {"role": "assistant", "content": "<think>\nhm\n</think>\n\nA"},
           {"role": "user", "content": "{{ x }}"}]})",
       "<s><U>Q<A>\n\nA</s><U>{{ x }}<A><think>\n"},
      {R"({"messages": [{"role": "assistant", "content": null, "tool_calls":
           [{"function": {"name": "f", "arguments": "{}"}}]}, {"role": "tool", "content": "r"}]})",
       "<s><C>f\n{}<T>r<E>"},
      {R"({"messages": [{"role": "user", "content": null}]})",
       "error: t:1: 'str' + 'NoneType' is not defined"},
      {R"({"messages": [{"role": "user"}]})",
       "error: t:1: 'dict object' has no attribute 'content'"},
  };
  const ChatTemplate february = parsed(reasoning_template("<A><think>\\n"));
  const ChatTemplate january = parsed(reasoning_template("<A>"));
  for (const Row& row : kRows) {
    CAPTURE(row.request);
    std::string expected = row.text;
    CHECK(text_of(february.render_json(row.request)) == expected);
    if (expected.ends_with("<think>\n")) expected.resize(expected.size() - 8);
    CHECK(text_of(january.render_json(row.request)) == expected);
  }
}

TEST_CASE("a template of the Llama 3 kind takes its date from the options or its default") {
  const ChatTemplate dated = parsed(kDatedTemplate);
  const Prompt prompt = {{"system", " Be brief. "}, {"user", " Q\n"}};
  CHECK(text_of(dated.render(prompt)) ==
        "<s><H>system<h>\n\nToday: 26 Jul 2024\nBe brief.<e><H>user<h>\n\nQ<e><H>assistant<h>\n\n");
  RenderOptions options;
  options.now = {.year = 2025, .month = 2, .day = 3};
  CHECK(text_of(dated.render({{"user", "Q"}}, options)) ==
        "<s><H>system<h>\n\nToday: 03 Feb 2025\n<e><H>user<h>\n\nQ<e><H>assistant<h>\n\n");
  options.variables = R"({"date_string": "today", "bos_token": ""})";
  options.add_generation_prompt = false;
  CHECK(text_of(dated.render({{"user", "Q"}}, options)) ==
        "<H>system<h>\n\nToday: today\n<e><H>user<h>\n\nQ<e>");
  CHECK(text_of(dated.render_json(R"({"messages": [{"role": "assistant", "tool_calls":
            [{"function": {"arguments": {"b": "1", "a": "2"}}}]}], "tools": [{"n": [1]}]})")) ==
        "<s><H>system<h>\n\nToday: 26 Jul 2024\n<e>{\n    \"n\": [\n        1\n    ]\n}\n"
        "b=\"1\", a=\"2\"<H>assistant<h>\n\n");
  CHECK(text_of(dated.render_json(R"({"messages": [{"role": "system", "content": ""}],
                                      "tools": []})")) ==
        "error: t:24: the template refuses: no message to put the tools into");
}

TEST_CASE("a template of the Qwen3 kind keeps the thoughts after the last question") {
  const ChatTemplate thinking = parsed(kThinkingTemplate);
  struct Row {
    const char* request;
    const char* text;
  };
  constexpr Row kRows[] = {
      {R"({"messages": [{"role": "user", "content": "Q"}]})", "<U>Q<A>"},
      {R"({"messages": [{"role": "user", "content": "Q"}], "enable_thinking": false})",
       "<U>Q<A><think></think>"},
      {R"({"messages": [{"role": "user", "content": "Q"}], "enable_thinking": true})", "<U>Q<A>"},
      {R"({"messages": [{"role": "user", "content": "1"},
           {"role": "assistant", "content": "<think>\na\n</think>\n\nA"},
           {"role": "user", "content": "2"},
           {"role": "assistant", "content": "B", "reasoning_content": "\nb\n"},
           {"role": "user", "content": "<R>3</R>"}], "add_generation_prompt": false})",
       "<U>1<A>A<U>2<A><think>b</think>B<U><R>3</R>"},
      {R"({"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]})", "<U><A>"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.request);
    CHECK(text_of(thinking.render_json(row.request)) == row.text);
  }
  RenderOptions options;
  options.variables = R"({"enable_thinking": false})";
  CHECK(text_of(thinking.render({{"user", "Q"}}, options)) == "<U>Q<A><think></think>");
}

TEST_CASE("a request that is not one is an error that names the field") {
  const ChatTemplate any = parsed("{{ messages | length }}");
  struct Row {
    const char* request;
    const char* error;
  };
  constexpr Row kRows[] = {
      {"", "not JSON at byte"},
      {"[]", "expected an object with \"messages\""},
      {"{}", "field \"messages\" is missing"},
      {R"({"messages": {}})", "field \"messages\": expected a list"},
      {R"({"messages": [{}, "x"]})", "field \"messages\": item 1: expected an object"},
      {R"({"messages": [{"n": 123456789012345678901}]})", "an integer does not fit 64 bits"},
      {R"({"messages": [{"n": 9223372036854775808}]})", "an integer does not fit 64 bits"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.request);
    const Result<std::string> text = any.render_json(row.request);
    REQUIRE(!text);
    CHECK(text.error().message().starts_with(row.error));
  }
  std::string deep(100'000, '[');
  CHECK(!any.render_json(R"({"messages": )" + deep));
  CHECK(!any.render({{"user", "\xFF"}}));
  RenderOptions options;
  options.variables = "[]";
  CHECK(!any.render({}, options));
  CHECK(text_of(any.render({})) == "0");
}

TEST_CASE("a model's folder gives its template and special tokens") {
  struct Row {
    const char* config;
    const char* which;
    const char* text;  // "none" for no template
  };
  constexpr Row kRows[] = {
      {R"({"chat_template": "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|", "bos_token": "B",
           "eos_token": {"__type": "AddedToken", "content": "E"}, "pad_token": null})",
       "default", "B|E||"},
      {R"({"chat_template": [{"name": "default", "template": "d"}, {"name": "rag", "template": "r"}]})",
       "default", "d"},
      {R"({"chat_template": [{"name": "default", "template": "d"}, {"name": "rag", "template": "r"}]})",
       "rag", "r"},
      {R"({"chat_template": [{"name": "rag", "template": "r"}]})", "default", "none"},
      {R"({"chat_template": "d"})", "rag", "none"},
      {R"({"chat_template": null})", "default", "none"},
      {R"({})", "default", "none"},
      {R"({"chat_template": 5})", "default",
       "error: tokenizer_config.json: field \"chat_template\": expected a text or a list of "
       "{\"name\", \"template\"}"},
      {R"({"chat_template": "x", "bos_token": 5})", "default",
       "error: tokenizer_config.json: field \"bos_token\": expected a text or {\"content\": text}"},
      {R"({"chat_template": "\n{% if %}"})", "default",
       "error: tokenizer_config.json: chat_template:2: expected an expression, found '%}'"},
      {"[]", "default", "error: tokenizer_config.json: expected an object"},
      {"{", "default", "error: tokenizer_config.json: not JSON at byte 2"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.config);
    const auto show = [](const Result<std::optional<ChatTemplate>>& found) -> std::string {
      if (!found) return "error: " + found.error().message();
      return *found ? text_of((*found)->render({})) : "none";
    };
    CHECK(show(ChatTemplate::from_config(row.config, "tokenizer_config.json", row.which)) ==
          row.text);
    const TempDir folder;
    folder.write("tokenizer_config.json", row.config);
    std::string from_disk = show(ChatTemplate::load(folder.path(), row.which));
    const std::string prefix = folder.path().string() + "/";
    if (from_disk.starts_with("error: " + prefix)) from_disk.erase(7, prefix.size());
    CHECK(from_disk == row.text);
  }
}

TEST_CASE("a template in a file of its own goes before the one in the config") {
  const TempDir folder;
  CHECK(!*ChatTemplate::load(folder.path()));
  folder.write("chat_template.jinja", "own {{ bos_token }}\n");
  CHECK(text_of((*ChatTemplate::load(folder.path()))->render({})) == "own ");
  folder.write("tokenizer_config.json", R"({"chat_template": "config", "bos_token": "B"})");
  const auto loaded = ChatTemplate::load(folder.path());
  REQUIRE(loaded);
  CHECK(text_of((*loaded)->render({})) == "own B");
  CHECK((*loaded)->source() == "own {{ bos_token }}\n");
  CHECK((*loaded)->sha256() == sha256_hex("own {{ bos_token }}\n"));
  CHECK(!*ChatTemplate::load(folder.path(), "rag"));
  std::filesystem::create_directory(folder / "additional_chat_templates");
  folder.write("additional_chat_templates/rag.jinja", "rag");
  CHECK(text_of((*ChatTemplate::load(folder.path(), "rag"))->render({})) == "rag");
  folder.write("tokenizer_config.json", "[]");
  CHECK(!ChatTemplate::load(folder.path()));
}

TEST_CASE("one template renders on several threads") {
  const ChatTemplate shared = parsed(kThinkingTemplate);
  const std::string expected = text_of(shared.render({{"user", "Q"}}));
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : wrong) {
      threads.emplace_back([&shared, &expected, &count] {
        for (int i = 0; i < 200; ++i) {
          count += text_of(shared.render({{"user", "Q"}})) == expected ? 0 : 1;
        }
      });
    }
  }
  for (const int count : wrong) CHECK(count == 0);
}

TEST_CASE("the cases of real models are rendered byte for byte") {
  if (support::shared_data().empty()) SKIP("needs the shared data folder, which is not there");
  int cases = 0;
  for (const char* name : {"deepseek-r1-llama", "deepseek-r1-qwen", "qwen2", "qwen3"}) {
    const std::filesystem::path folder = support::shared_data() / "tokenizers" / name;
    const Result<std::optional<ChatTemplate>> loaded = ChatTemplate::load(folder);
    CAPTURE(name);
    if (!loaded) FAIL(loaded.error().message());
    REQUIRE(*loaded);
    std::ifstream lines(folder / "cases_chat.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const auto row = nlohmann::ordered_json::parse(line);
      CAPTURE(row["id"].get<std::string>());
      CHECK(text_of((*loaded)->render_json(line)) == row["text"].get<std::string>());
      Prompt prompt;
      for (const auto& message : row["messages"]) {
        if (message.size() == 2 && message["content"].is_string()) {
          prompt.push_back({message["role"], message["content"]});
        }
      }
      RenderOptions options;
      options.add_generation_prompt = row["add_generation_prompt"].get<bool>();
      if (prompt.size() == row["messages"].size()) {
        CHECK(text_of((*loaded)->render(prompt, options)) == row["text"].get<std::string>());
      }
      ++cases;
    }
  }
  CHECK(cases >= 30);
  const auto without = ChatTemplate::load(support::shared_data() / "tokenizers" / "llama-bpe");
  REQUIRE(without);
  CHECK(!*without);
}
