// A running for loop: where it is, what it looks for, and the `loop` variable (jinja2 3.1.6,
// runtime.py, LoopContext). Lazy like jinja2's: an item is tested only when its turn comes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  // Whether the loop takes the item.
  using Accepts = std::function<Result<bool>(const Value&)>;

  // Over all of `items`; without `accepts`, over every item.
  // Errors: invalid_input, for what cannot be iterated; out of budget.
  static Result<std::shared_ptr<Loop>> over(const Value& items, Accepts accepts, Budget& budget);

  // Goes to the next item; false at the end. Errors: what `accepts` returns; out of budget.
  Result<bool> advance(Budget& budget);
  const Value& current() const { return current_; }
  int depth() const { return depth_; }  // of nesting, see nesting()

  // loop.index and the others; nothing if there is no such attribute. Errors: as advance().
  Result<std::optional<Value>> attribute(std::string_view name, Budget& budget);

 private:
  Result<std::optional<Value>> take(Budget& budget);
  Result<const std::optional<Value>*> peek(Budget& budget);
  Result<std::int64_t> length(Budget& budget);
  Result<Value> cycle(const Arguments& arguments) const;
  Value changed(const Arguments& arguments);

  std::vector<Value> items_;
  std::size_t next_ = 0;
  int depth_ = 1;
  Value iterator_;  // taken from instead of items_, if the loop runs over one
  Accepts accepts_;
  std::optional<std::int64_t> length_;
  std::int64_t index0_ = -1;
  Value before_;
  Value current_;
  std::optional<Value> after_;
  std::optional<std::vector<Value>> last_changed_;
};

}  // namespace proctor::engine
