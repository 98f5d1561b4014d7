// How anything of ours that can fail says so: Result<T> holds a value or an Error.
//
// An Error is ours or the machine's (unreadable file, lost device, full disk); what a model or a
// program does is never an Error but a value. Pass it up by a plain `if (!result) return ...`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "harness/core/check.h"

namespace proctor {

enum class ErrorCode {
  invalid_input,  // the user's file, flag or configuration is wrong
  not_found,      // a named thing does not exist
  unavailable,    // the machine cannot do it: no device, no sandbox, no such library
  io,             // the operating system refused a read or a write
  disk_full,      // no space, or a quota is used up
  corrupt,        // stored data is not what we wrote
  busy,           // someone else holds it; trying again later may work
  transport,      // a request went unanswered after all its attempts
  refused,        // the other side rejected the request itself; trying again will not help
  interrupted,    // the user asked us to stop
};

// A code to act on and a message to read, places outermost first:
// `aime24.jsonl:17: field "answer": expected a number, found ""`.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error, seen from further out: "`place`: message".
  Error within(std::string_view place) const;

 private:
  ErrorCode code_;
  std::string message_;
};

// A T or the Error that prevented it. Reading the wrong one is a bug and stops the program.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }

  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->value(); }
  T operator*() && { return std::move(value()); }  // by value: outlives the result in a for
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }

  const Error& error() const {
    check(state_.index() == 1);
    return std::get<1>(state_);
  }

 private:
  T& value() {
    check(state_.index() == 0);
    return std::get<0>(state_);
  }

  std::variant<T, Error> state_;
};

// Success without a value, or the Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }

  const Error& error() const {
    check(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace proctor
