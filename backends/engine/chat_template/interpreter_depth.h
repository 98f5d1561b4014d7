// How deep an evaluation is nested, for interpreter.cpp and expressions.cpp.
#pragma once

#include "backends/engine/chat_template/interpreter.h"

namespace proctor::engine {

class Interpreter::Depth {
 public:
  explicit Depth(Interpreter& interpreter) : depth_(interpreter.depth_) { ++depth_; }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

  // Errors: invalid_input, past kMaxDepth.
  Result<void> allowed() const {
    if (depth_ <= kMaxDepth) return {};
    return Error(ErrorCode::invalid_input, "macros call each other deeper than is allowed");
  }

 private:
  int& depth_;
};

}  // namespace proctor::engine
