#include "harness/files/input_file.h"

#include "harness/files/output_file.h"

namespace proctor::harness {
namespace {

int leave_open(std::FILE*) { return 0; }

}  // namespace

Result<InputFile> open_input(const std::string& name) {
  InputFile file = name == "-" ? InputFile(stdin, leave_open)
                               : InputFile(std::fopen(name.c_str(), "re"), std::fclose);
  if (!file) return file_error(name, "cannot open");
  return file;
}

std::string input_name(const std::string& name) { return name == "-" ? "stdin" : name; }

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace proctor::harness
