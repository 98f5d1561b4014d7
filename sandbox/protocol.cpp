#include "sandbox/protocol.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "harness/core/check.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// The first byte of every message.
enum class Kind : char { job = 'J', stop = 'S', ready = 'R', outcome = 'O' };

class Writer {
 public:
  explicit Writer(Kind kind) { put(kind); }

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { text_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void put(const std::string& value) {
    put(value.size());
    text_ += value;
  }
  void put(const JobFile& file) {
    put(file.name);
    put(file.size);
    put(file.executable);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class Reader {
 public:
  Reader(std::string_view text, Kind kind) : rest_(text) {
    Kind found{};
    get(found);
    whole_ = whole_ && found == kind;
  }

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void get(T& value) {
    whole_ = whole_ && rest_.size() >= sizeof value;
    if (!whole_) return;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void get(std::string& value) {
    const std::size_t size = get_size();
    if (!whole_) return;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  void get(JobFile& file) {
    get(file.name);
    get(file.size);
    get(file.executable);
  }
  template <class T>
  void get(std::vector<T>& values) {
    const std::size_t size = get_size();
    for (std::size_t i = 0; whole_ && i < size; ++i) {
      T value{};
      get(value);
      values.push_back(std::move(value));
    }
  }

  bool whole() const { return whole_ && rest_.empty(); }

 private:
  // Nothing that follows can be longer than what is left of the message.
  std::size_t get_size() {
    std::size_t size = 0;
    get(size);
    whole_ = whole_ && size <= rest_.size();
    return size;
  }

  std::string_view rest_;
  bool whole_ = true;
};

// The fields of each message, in one place for both directions.
template <class Message>
auto fields_of(Message& m) {
  using Plain = std::remove_const_t<Message>;
  if constexpr (std::is_same_v<Plain, Job>) {
    return std::tie(m.run, m.root, m.warm, m.series, m.report, m.limits, m.arguments, m.files,
                    m.outputs);
  } else if constexpr (std::is_same_v<Plain, Stop>) {
    return std::tie(m.run);
  } else if constexpr (std::is_same_v<Plain, Ready>) {
    return std::tie(m.failure, m.own_proc);
  } else {
    static_assert(std::is_same_v<Plain, Outcome>);
    return std::tie(m.run, m.failure, m.facts, m.warm, m.found);
  }
}

template <class Message>
std::string encode_as(Kind kind, const Message& message) {
  Writer writer(kind);
  std::apply([&](const auto&... field) { (writer.put(field), ...); }, fields_of(message));
  return writer.take();
}

template <class Message>
Result<Message> decode_as(Kind kind, std::string_view text) {
  Reader reader(text, kind);
  Message message;
  std::apply([&](auto&... field) { (reader.get(field), ...); }, fields_of(message));
  if (!reader.whole()) return Error(ErrorCode::corrupt, "sandbox: a message cannot be read");
  return message;
}

// Room for the descriptors of one message (cmsg(3)).
union Control {
  char bytes[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
  cmsghdr alignment;
};

}  // namespace

Result<void> send_message(int socket, std::string_view text, const std::vector<int>& descriptors) {
  if (text.size() > kMaxMessage) {
    return Error(ErrorCode::invalid_input, "sandbox: arguments and names are too long");
  }
  check(descriptors.size() <= kMaxDescriptors);
  iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const std::size_t bytes = descriptors.size() * sizeof(int);
  if (!descriptors.empty()) {
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(item), descriptors.data(), bytes);
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return os_error("sandbox: send");
  }
  return {};
}

Result<Message> receive_message(int socket) {
  Message message;
  message.text.resize(kMaxMessage);
  iovec part{.iov_base = message.text.data(), .iov_len = message.text.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = &control;
  header.msg_controllen = sizeof control;
  ssize_t size = 0;
  while ((size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR) return os_error("sandbox: receive");
  }
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(item) + i * sizeof(int), sizeof descriptor);
      message.descriptors.emplace_back(descriptor);
    }
  }
  // No message of ours is empty: this is the end of the stream.
  if (size == 0) return Error(ErrorCode::unavailable, "sandbox: the other side is gone");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return Error(ErrorCode::corrupt, "sandbox: a message was cut");
  }
  message.text.resize(static_cast<std::size_t>(size));
  return message;
}

std::string encode(const Job& job) { return encode_as(Kind::job, job); }
std::string encode(const Stop& stop) { return encode_as(Kind::stop, stop); }
std::string encode(const Ready& ready) { return encode_as(Kind::ready, ready); }
std::string encode(const Outcome& outcome) { return encode_as(Kind::outcome, outcome); }

Result<Job> decode_job(std::string_view text) { return decode_as<Job>(Kind::job, text); }
Result<Stop> decode_stop(std::string_view text) { return decode_as<Stop>(Kind::stop, text); }
Result<Ready> decode_ready(std::string_view text) { return decode_as<Ready>(Kind::ready, text); }
Result<Outcome> decode_outcome(std::string_view text) {
  return decode_as<Outcome>(Kind::outcome, text);
}

}  // namespace proctor::sandbox
