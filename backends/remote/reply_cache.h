// Replies that were paid for once, in front of a backend that would pay for them again.
//
// A reply is found by the SHA-256 of what makes it the answer to this request and no other: the
// exact bytes that would be sent, whom they would be sent to (service, base URLs, path, and what
// the server said of itself), and which repeat of its question it is. Nothing else: not the task,
// not the run, not the time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backends/backend.h"

namespace proctor::backends {

// Where replies are kept. Called from the backend's thread only.
struct ReplyKeeper {
  // The reply kept under a key, or nothing. Errors: corrupt, if what lies there is not to be
  // trusted; io.
  std::function<Result<std::optional<Generation>>(const std::string& key)> find;
  // Keeps it, in place of what was there. Errors: disk_full, io, busy.
  std::function<Result<void>(const std::string& key, const Generation& reply)> keep;
};

// The key under which the reply to this request is kept, in hex; nothing if this backend's replies
// are not kept. `server` is what the servers said of themselves, empty if nothing.
std::optional<std::string> reply_key(const Backend& backend, const Request& request,
                                     const std::string& server);

// Whether another asking would be answered no better: the model ended its reply, or used all of its
// tokens. What a filter withheld, what came empty and what we cut ourselves is asked again.
bool worth_keeping(const Generation& reply);

// Answers from `keeper` what is there, and passes the rest on to `inner`, whose replies it keeps.
// All else is as with `inner`: the sink sees each request start and finish, with no attempts made
// if it was answered from here. What is damaged is said to the sink and asked again; once a reply
// could not be kept, that is said and no further one is.
std::unique_ptr<Backend> make_reply_cache(std::unique_ptr<Backend> inner, ReplyKeeper keeper,
                                          std::string server);

}  // namespace proctor::backends
