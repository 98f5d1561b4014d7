// Server-sent events, the framing of streamed replies (WHATWG HTML, section 9.2, "Parsing an event
// stream"): lines in, event payloads out. Only `data` fields matter to us.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctor::backends {

// Feed it bytes as they arrive, cut anywhere; it calls back once for each event, with the payload
// of its data lines. Linear in the bytes; keeps only the unfinished event.
class SseParser {
 public:
  // Calls `on_event(std::string_view payload)` for each event that these bytes complete.
  template <class OnEvent>
  void feed(std::string_view bytes, OnEvent&& on_event) {
    while (!bytes.empty()) {
      const std::size_t end = line_end(bytes);
      if (end == bytes.size()) {
        line_ += bytes;
        after_cr_ = false;
        return;
      }
      const bool second_half_of_crlf = after_cr_ && end == 0 && bytes[0] == '\n';
      after_cr_ = bytes[end] == '\r';
      const std::string_view rest_of_line = bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      if (second_half_of_crlf) continue;
      if (line_.empty()) {
        take_line(rest_of_line, on_event);
      } else {
        line_ += rest_of_line;
        take_line(line_, on_event);
        line_.clear();
      }
    }
  }

  // Takes what the stream's end leaves: an event that no blank line ended.
  template <class OnEvent>
  void finish(OnEvent&& on_event) {
    feed("\n\n", on_event);
  }

  // Bytes kept of the event that has not ended.
  std::size_t pending() const { return line_.size() + data_.size(); }

  void reset() {
    line_.clear();
    data_.clear();
    has_data_ = false;
    after_cr_ = false;
  }

 private:
  // The first CR or LF, or the size. By hand: find_first_of calls memchr for every byte.
  static std::size_t line_end(std::string_view bytes) {
    std::size_t end = 0;
    while (end < bytes.size() && bytes[end] != '\n' && bytes[end] != '\r') ++end;
    return end;
  }

  template <class OnEvent>
  void take_line(std::string_view line, OnEvent&& on_event) {
    if (line.empty()) {
      if (has_data_) on_event(std::string_view(data_));
      data_.clear();
      has_data_ = false;
      return;
    }
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    constexpr std::string_view kField = "data:";
    if (!line.starts_with(kField)) return;  // comments, event names, ids
    line.remove_prefix(kField.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += line;
    has_data_ = true;
  }

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace proctor::backends
