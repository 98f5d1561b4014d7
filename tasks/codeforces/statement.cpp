#include "tasks/codeforces/statement.h"

#include <charconv>
#include <string_view>

namespace proctor::tasks::codeforces {
namespace {

std::string text_of(double number) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// Without the line feeds and blanks at its ends, which differ from copy to copy.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void add_part(std::string& statement, std::string_view heading, std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return;
  statement += "\n\n";
  if (!heading.empty()) statement.append("## ").append(heading).append("\n\n");
  statement += text;
}

void add_block(std::string& examples, std::string_view name, std::string_view text) {
  if (!examples.empty()) examples += "\n\n";
  examples.append(name).append(":\n```\n").append(text);
  if (!text.ends_with('\n')) examples += '\n';
  examples += "```";
}

std::string limits_of(const Problem& problem) {
  std::string limits;
  if (problem.seconds) limits += "Time limit: " + text_of(*problem.seconds) + " s per test. ";
  if (problem.megabytes) limits += "Memory limit: " + text_of(*problem.megabytes) + " MB. ";
  if (!problem.reads_files) return limits + "Input: standard input. Output: standard output.";
  return limits + "Input: the file " + kInputFile + ". Output: the file " + kOutputFile + ".";
}

}  // namespace

std::string format_statement(const Problem& problem) {
  std::string statement = "# " + std::string(trimmed(problem.title)) + "\n\n" + limits_of(problem);
  add_part(statement, "", problem.description);
  add_part(statement, "Input", problem.input_format);
  add_part(statement, "Output", problem.output_format);
  add_part(statement, "Interaction", problem.interaction);
  std::string examples;
  for (const Example& example : problem.examples) {
    add_block(examples, "Input", example.input);
    add_block(examples, "Output", example.output);
  }
  add_part(statement, "Examples", examples);
  add_part(statement, "Note", problem.note);
  return statement;
}

}  // namespace proctor::tasks::codeforces
