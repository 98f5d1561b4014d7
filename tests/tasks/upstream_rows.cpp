#include "tests/tasks/upstream_rows.h"

#include <array>

namespace proctor::support {
namespace {

std::string question(std::size_t i) {
  return "What is " + std::to_string(i) + " plus " + std::to_string(i) + "?";
}

std::string sum(std::size_t i) { return std::to_string(i + i); }

std::string three_digits(std::size_t i) {
  const std::string digits = sum(i);
  return std::string(3 - digits.size(), '0') + digits;
}

}  // namespace

std::string h4_row(std::size_t i) {
  return R"({"id": )" + std::to_string(60 + i) + R"(, "problem": ")" + question(i) +
         R"(", "solution": "Count.", "answer": ")" + three_digits(i) +
         R"(", "url": "https://example.org", "year": "2024"})";
}

std::string maxwell_jia_row(std::size_t i) {
  return R"({"ID": "2024-I-)" + std::to_string(i + 1) + R"(", "Problem": ")" + question(i) +
         R"(", "Solution": "Count.", "Answer": )" + sum(i) + "}";
}

std::string yentinglin_row(std::size_t i) {
  return R"({"id": )" + std::to_string(i) + R"(, "problem": ")" + question(i) +
         R"(", "answer": ")" + sum(i) +
         R"(", "solution": "Count.", "url": "https://example.org", "year": "2025"})";
}

std::string math_ai_row(std::size_t i) {
  return R"({"problem": ")" + question(i) + R"(", "answer": ")" + sum(i) + R"(", "id": ")" +
         std::to_string(i) + R"("})";
}

std::string opencompass_row(std::size_t i) {
  return R"({"question": ")" + question(i) + R"(", "answer": ")" + sum(i) + R"("})";
}

std::string math500_row(std::size_t i) {
  constexpr std::array kSubjects = {"Algebra", "Geometry", "Number Theory"};
  return R"({"problem": ")" + question(i) + R"(", "solution": "Count.", "answer": "\\frac{)" +
         sum(i) + R"(}{1}", "subject": ")" + kSubjects[i % kSubjects.size()] + R"(", "level": )" +
         std::to_string(i % 5 + 1) + R"(, "unique_id": "test/sums/)" + std::to_string(i) +
         R"(.json"})";
}

std::vector<std::string> rows(std::string (*row)(std::size_t), std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(row(i));
  return made;
}

std::string lines(const std::vector<std::string>& rows, std::string_view ending) {
  std::string content;
  for (const std::string& row : rows) content.append(row).append(ending);
  return content;
}

const tasks::Task& task(std::string_view name) {
  const Result<const tasks::Task*> found = tasks::task_named(name);
  check(static_cast<bool>(found));
  return **found;
}

Result<tasks::Dataset> parse(const TempDir& dir, std::string_view task_name,
                             std::string_view content, std::string_view name) {
  const std::filesystem::path file = dir.write(name, content);
  return tasks::parse_dataset(task(task_name), std::span(&file, 1), dir.path());
}

std::string message_of(const Result<tasks::Dataset>& result, const TempDir& dir) {
  if (result) return "";
  std::string message = result.error().message();
  const std::string folder = dir.path().string() + "/";
  for (std::size_t at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
    message.erase(at, folder.size());
  }
  return message;
}

}  // namespace proctor::support
