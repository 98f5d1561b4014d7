#include "tests/tasks/livecodebench/rows.h"

#include <zlib.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "harness/core/check.h"

namespace proctor::support {
namespace {

using nlohmann::json;

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

std::string deflate(std::string_view text) {
  std::string bytes(compressBound(text.size()), '\0');
  uLongf size = bytes.size();
  check(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                 reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  bytes.resize(size);
  return bytes;
}

std::string pickle(std::string_view text, int protocol) {
  const std::string begin = std::string("\x80") + static_cast<char>(protocol);
  const std::string long_text = "X" + little_endian(text.size(), 4) + std::string(text);
  if (protocol < 4) return begin + long_text + "q" + '\0' + ".";
  // A text of 64 KiB and more stands outside of any frame.
  if (text.size() >= 1U << 16) return begin + long_text + "\x94.";
  const std::string body =
      (text.size() < 256 ? "\x8c" + little_endian(text.size(), 1) + std::string(text) : long_text) +
      "\x94.";
  return begin + "\x95" + little_endian(body.size(), 8) + body;
}

std::string packed(std::string_view text, int protocol) {
  return base64(deflate(pickle(text, protocol)));
}

std::string tests_text(const InOut& tests, std::string_view type) {
  json list = json::array();
  for (const auto& [input, output] : tests) {
    list.push_back({{"input", input}, {"output", output}, {"testtype", type}});
  }
  return list.dump();
}

std::string json_line(const CodeRow& row) {
  return json{{"question_title", row.title},
              {"question_content", row.text},
              {"platform", row.platform},
              {"question_id", row.id},
              {"contest_id", row.contest},
              {"contest_date", row.date},
              {"starter_code", row.starter},
              {"difficulty", row.difficulty},
              {"public_test_cases", row.public_tests},
              {"private_test_cases", row.private_tests},
              {"metadata", row.metadata}}
      .dump();
}

CodeRow numbered_row(std::size_t i) {
  const std::string number = std::to_string(i);
  return {.id = "abc" + number + "_a",
          .text = "Print " + number + ".",
          .contest = "abc" + number,
          .private_tests = tests_text({{"", number + "\n"}})};
}

Question question_of(const CodeRow& row) {
  Question question{.id = row.id,
                    .text = row.text,
                    .gold = "",
                    .attributes = {{"contest_date", row.date},
                                   {"contest_id", row.contest},
                                   {"difficulty", row.difficulty},
                                   {"platform", row.platform},
                                   {"question_title", row.title}}};
  if (!row.starter.empty()) question.attributes.emplace_back("starter_code", row.starter);
  return question;
}

}  // namespace proctor::support
