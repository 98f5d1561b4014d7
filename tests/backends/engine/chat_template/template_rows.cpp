#include "tests/backends/engine/chat_template/template_rows.h"

#include <doctest/doctest.h>

#include "backends/engine/chat_template/chat_template.h"

namespace proctor::engine {

Result<std::string> print_template(std::string_view source) {
  constexpr const char* kVariables = R"({
    "messages": [], "n": 7, "f": 2.5, "s": "Hello, World", "u": "añ日🙂", "nil": null, "yes": true,
    "l": [3, 1, 2], "w": ["b", "a", "C"], "d": {"a": 1, "b": "two"},
    "m": [{"k": 2, "g": "x"}, {"k": 1}, {"g": "y"}]
  })";
  const Result<ChatTemplate> parsed = ChatTemplate::parse(std::string(source), "t");
  if (!parsed) return parsed.error();
  return parsed->render_json(kVariables);
}

void check_rows(std::initializer_list<TemplateRow> rows) {
  for (const TemplateRow& row : rows) {
    CAPTURE(row.source);
    const Result<std::string> text = print_template(row.source);
    if (!text) FAIL_CHECK(text.error().message());
    if (text) CHECK(*text == row.text);
  }
}

}  // namespace proctor::engine
