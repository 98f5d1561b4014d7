// render_snippets snippets --in FILE --out FILE
//
// Each line {"template", "request"} rendered as {"text"} or {"error"}: what the snippets of
// tests/peers/compare_templates.py are compared with, whose templates are too many for folders.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "backends/engine/chat_template/chat_template.h"

namespace {

using nlohmann::ordered_json;
using proctor::Result;
using proctor::engine::ChatTemplate;

Result<std::string> render(const ordered_json& line) {
  const Result<ChatTemplate> parsed = ChatTemplate::parse(line["template"], "snippet");
  if (!parsed) return parsed.error();
  return parsed->render_json(line["request"].dump());
}

}  // namespace

int main(int argc, char** argv) {
  const char* in = nullptr;
  const char* out = nullptr;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--in") == 0) in = argv[i + 1];
    if (std::strcmp(argv[i], "--out") == 0) out = argv[i + 1];
  }
  if (in == nullptr || out == nullptr) {
    std::fprintf(stderr, "render_snippets snippets --in FILE --out FILE\n");
    return 2;
  }
  std::ifstream lines(in);
  std::ofstream answers(out);
  for (std::string line; std::getline(lines, line);) {
    const Result<std::string> text = render(ordered_json::parse(line));
    const ordered_json answer =
        text ? ordered_json{{"text", *text}} : ordered_json{{"error", text.error().message()}};
    answers << answer.dump() << "\n";
  }
  return answers.flush() ? 0 : 1;
}
