// The grammar: modules, kernels, scopes, statements. What a statement means is decode.cpp's affair.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

#include "tests/backends/engine/cuda/ptx/decode.h"
#include "tests/backends/engine/cuda/ptx/program.h"

namespace proctor::ptx {

namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Comments become spaces, so that lines keep their numbers.
std::string without_comments(std::string_view text) {
  std::string bare(text);
  for (std::size_t at = 0; at + 1 < bare.size(); ++at) {
    if (bare[at] != '/') continue;
    const bool line = bare[at + 1] == '/';
    if (!line && bare[at + 1] != '*') continue;
    const std::size_t found = bare.find(line ? "\n" : "*/", at + 2);
    const std::size_t end = found == std::string::npos ? bare.size() : found + (line ? 0 : 2);
    for (; at < end; ++at) {
      if (bare[at] != '\n') bare[at] = ' ';
    }
  }
  return bare;
}

std::size_t number_at(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// Parts at the commas that no brace or bracket encloses.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',' && depth == 0) {
      parts.emplace_back(trimmed(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!trimmed(part).empty()) parts.emplace_back(trimmed(part));
  return parts;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(without_comments(text)) {}

  Result<std::map<std::string, std::unique_ptr<Kernel>>> module();

 private:
  // Of what comes next.
  int line() {
    for (; counted_ < at_; ++counted_) lines_ += text_[counted_] == '\n' ? 1 : 0;
    return lines_;
  }
  Error wrong(const std::string& what) {
    return {ErrorCode::corrupt, "PTX line " + std::to_string(line()) + ": " + what};
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  // Up to, not including, the first of `ends`.
  std::string_view until(std::string_view ends) {
    const std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
    const std::string_view taken = std::string_view(text_).substr(at_, end - at_);
    at_ = end;
    return trimmed(taken);
  }

  Result<std::unique_ptr<Kernel>> kernel();
  Result<void> parameters(Kernel& kernel);
  Result<void> body(Kernel& kernel);
  Result<void> declaration(Kernel& kernel, Names& names, std::string_view text);

  std::string text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  int lines_ = 1;
};

std::size_t bytes_of_type(std::string_view type) {
  if (type.size() < 3 || type[0] != '.') return 0;
  return number_at(type.substr(2)) / 8;
}

// A module: .version, .target, .address_size, dynamic shared memory by name, kernels.
Result<std::map<std::string, std::unique_ptr<Kernel>>> Reader::module() {
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
  for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
    const std::string word(until(" \t\n"));
    if (word == ".version" || word == ".target" || word == ".address_size") {
      until("\n");
    } else if (word == ".extern") {
      if (words_of(until(";")).front() != ".shared") return wrong("only .shared may be .extern");
      ++at_;
    } else if (word == ".visible" || word == ".weak") {
      continue;
    } else if (word == ".entry") {
      Result<std::unique_ptr<Kernel>> read = kernel();
      if (!read) return read.error();
      kernels[(*read)->name] = std::move(*read);
    } else {
      return wrong("unknown directive " + word);
    }
  }
  return kernels;
}

Result<std::unique_ptr<Kernel>> Reader::kernel() {
  auto kernel = std::make_unique<Kernel>();
  kernel->name = std::string(until("("));
  ++at_;
  if (Result<void> read = parameters(*kernel); !read) return read.error();
  for (skip_spaces(); at_ < text_.size() && text_[at_] != '{'; skip_spaces()) {
    const std::string directive(until(" \t\n"));
    const std::vector<std::string> numbers = split(until("\n"));
    if (directive == ".maxntid") {
      for (std::size_t i = 0; i < 3; ++i) {
        kernel->most_threads[i] =
            i < numbers.size() ? static_cast<unsigned>(number_at(numbers[i])) : 1;
      }
    } else if (directive != ".minnctapersm") {
      return wrong("unknown directive " + directive);
    }
  }
  if (Result<void> read = body(*kernel); !read) return read.error();
  return kernel;
}

// .param .u64 NAME or .param .align 8 .b8 NAME[96], each at its own alignment.
Result<void> Reader::parameters(Kernel& kernel) {
  const std::string list(until(")"));
  ++at_;
  for (const std::string& text : split(list)) {
    const std::vector<std::string> words = words_of(text);
    Parameter parameter;
    std::size_t alignment = 0;
    if (words.size() == 3) {
      parameter = {words[2], 0, bytes_of_type(words[1])};
      alignment = parameter.bytes;
    } else if (words.size() == 5 && words[1] == ".align" && words[3] == ".b8") {
      const std::size_t bracket = words[4].find('[');
      parameter = {words[4].substr(0, bracket), 0, number_at(words[4].substr(bracket + 1))};
      alignment = number_at(words[2]);
    }
    if (parameter.bytes == 0 || alignment == 0) return wrong("unknown parameter: " + text);
    kernel.parameter_bytes = (kernel.parameter_bytes + alignment - 1) / alignment * alignment;
    parameter.offset = kernel.parameter_bytes;
    kernel.parameter_bytes += parameter.bytes;
    kernel.parameters.push_back(parameter);
  }
  return {};
}

// .reg .b32 %r<9>; .reg .b32 %temp; .local .align 8 .b8 NAME[24]; .pragma "nounroll"
Result<void> Reader::declaration(Kernel& kernel, Names& names, std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  if (words[0] == ".pragma") return {};
  if (words[0] == ".reg" && words.size() == 3) {
    const std::size_t bits = words[1] == ".pred" ? 1 : bytes_of_type(words[1]) * 8;
    const std::size_t count_at = words[2].find('<');
    if (bits == 0) return wrong("unknown type " + words[1]);
    if (count_at == std::string::npos) {
      names.declare(kernel, words[2], bits);
      return {};
    }
    const std::size_t count = number_at(std::string_view(words[2]).substr(count_at + 1));
    const std::string stem = words[2].substr(0, count_at);
    for (std::size_t i = 0; i < count; ++i) names.declare(kernel, stem + std::to_string(i), bits);
    return {};
  }
  if (words[0] == ".local" && words.size() == 5 && kernel.local_bytes == 0) {
    const std::size_t bracket = words[4].find('[');
    kernel.local_bytes = number_at(std::string_view(words[4]).substr(bracket + 1));
    names.symbols[words[4].substr(0, bracket)] = 0;
    return {};
  }
  return wrong("unknown declaration: " + std::string(text));
}

// Operands of a statement, vectors and pairs taken apart: {%a, %b} and %r|%p.
std::vector<Operand> operands_of(std::string_view text) {
  std::vector<Operand> operands;
  for (const std::string& part : split(text)) {
    Operand operand;
    operand.address = part.front() == '[';
    std::string inner = part;
    if (part.front() == '{' || part.front() == '[') inner = part.substr(1, part.size() - 2);
    if (part.front() == '{') {
      operand.items = split(inner);
    } else if (const std::size_t bar = inner.find('|'); bar != std::string::npos) {
      operand.items = {inner.substr(0, bar), inner.substr(bar + 1)};
    } else {
      operand.items = {std::string(trimmed(inner))};
    }
    operands.push_back(std::move(operand));
  }
  return operands;
}

Result<void> Reader::body(Kernel& kernel) {
  Names names;
  std::vector<std::pair<std::size_t, std::string>> branches;
  std::map<std::string, std::uint32_t> labels;
  int depth = 0;
  do {
    skip_spaces();
    if (at_ >= text_.size()) return wrong("a kernel without an end");
    const char c = text_[at_];
    if (c == '{' || c == '}') {
      depth += c == '{' ? 1 : -1;
      ++at_;
      continue;
    }
    if (c == '$') {
      const std::string name(until(":;"));
      labels[name] = static_cast<std::uint32_t>(kernel.code.size());
      ++at_;
      continue;
    }
    const int line_of_statement = line();
    const std::string text(until(";"));
    const std::size_t after = at_ + 1;
    if (text.front() == '.') {
      if (Result<void> read = declaration(kernel, names, text); !read) return read;
      at_ = after;
      continue;
    }
    Statement statement;
    std::string_view rest = text;
    if (rest.front() == '@') {
      const std::size_t space = rest.find_first_of(" \t");
      statement.guard = std::string(rest.substr(1, space - 1));
      rest = trimmed(rest.substr(space));
    }
    const std::size_t space = std::min(rest.find_first_of(" \t\n"), rest.size());
    statement.opcode = std::string(rest.substr(0, space));
    statement.operands = operands_of(rest.substr(space));
    Result<Instruction> decoded = decode(kernel, names, statement);
    if (!decoded) return wrong(text + ": " + decoded.error().message());
    decoded->line = line_of_statement;
    if (decoded->flow == Flow::branch) {
      branches.emplace_back(kernel.code.size(), statement.operands[0].items[0]);
    }
    kernel.code.push_back(*decoded);
    kernel.lines.push_back(text);
    at_ = after;
  } while (depth > 0);
  for (const auto& [at, label] : branches) {
    const auto found = labels.find(label);
    if (found == labels.end()) return wrong("no label " + label);
    kernel.code[at].target = found->second;
  }
  return {};
}

}  // namespace

Result<std::map<std::string, std::unique_ptr<Kernel>>> parse_module(std::string_view text) {
  return Reader(text).module();
}

}  // namespace proctor::ptx
