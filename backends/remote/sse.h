// Server-sent events, the framing of streamed replies (WHATWG HTML, section 9.2, "Parsing an event
// stream"): lines in, event payloads out. Only `data` fields matter to us, and one that is not of
// the specification: `error`, in which llama.cpp's server said until 2025 what went wrong. Its
// value is handed over as {"error": VALUE}, which is what other servers put into `data`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctor::backends {

// Feed it bytes as they arrive, cut anywhere; it calls back once for each event, with the payload
// of its data lines. Linear in the bytes; keeps, and so copies, only the unfinished event. A
// payload is gone after the call.
class SseParser {
 public:
  // Calls `on_event(std::string_view payload)` for each event that these bytes complete.
  template <class OnEvent>
  void feed(std::string_view bytes, OnEvent&& on_event) {
    while (!bytes.empty()) {
      if (take_usual_event(bytes, on_event)) continue;
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
  static constexpr std::string_view kField = "data:";
  static constexpr std::string_view kErrorField = "error:";

  static std::string_view payload_of(std::string_view line) {
    line.remove_prefix(kField.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
  }

  static std::string fault_of(std::string_view line) {
    return R"({"error":)" + std::string(line.substr(kErrorField.size())) + "}";
  }

  // Takes the event that `bytes` begin with if they hold all of it and it is one data line and a
  // blank one: what the services send. It is handed over where it lies.
  template <class OnEvent>
  bool take_usual_event(std::string_view& bytes, OnEvent&& on_event) {
    if (has_data_ || after_cr_ || !line_.empty() || !bytes.starts_with(kField)) return false;
    const std::size_t feed = bytes.find('\n');
    if (feed == std::string_view::npos) return false;
    std::string_view line = bytes.substr(0, feed);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find('\r') != std::string_view::npos) return false;
    const std::string_view rest = bytes.substr(feed + 1);
    const std::size_t blank = rest.starts_with('\n') ? 1 : rest.starts_with("\r\n") ? 2 : 0;
    if (blank == 0) return false;
    bytes = rest.substr(blank);
    on_event(payload_of(line));
    return true;
  }

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
    if (line.starts_with(kErrorField)) {
      on_event(std::string_view(fault_of(line)));
      return;
    }
    if (!line.starts_with(kField)) return;  // comments, event names, ids
    if (has_data_) data_ += '\n';
    data_ += payload_of(line);
    has_data_ = true;
  }

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace proctor::backends
