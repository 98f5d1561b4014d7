#include "backends/engine/chat_template/loop.h"

#include <utility>

namespace proctor::engine {

Result<std::shared_ptr<Loop>> Loop::over(const Value& items, Accepts accepts, Budget& budget) {
  auto loop = std::make_shared<Loop>();
  if (items.object<Iterator>() != nullptr) {
    loop->iterator_ = items;
  } else {
    Result<std::vector<Value>> all = iterate(items, budget);
    if (!all) return all.error();
    loop->items_ = *std::move(all);
    if (!accepts) loop->length_ = static_cast<std::int64_t>(loop->items_.size());
  }
  loop->depth_ = 1 + nesting(items);
  loop->accepts_ = std::move(accepts);
  return loop;
}

Result<std::optional<Value>> Loop::take(Budget& budget) {
  Iterator* iterator = iterator_.object<Iterator>();
  while (true) {
    if (const Result<void> paid = budget.take_steps(1); !paid) return paid.error();
    std::vector<Value>& items = iterator == nullptr ? items_ : iterator->items;
    std::size_t& next = iterator == nullptr ? next_ : iterator->next;
    if (next == items.size()) {
      if (iterator != nullptr && iterator->failure) {
        return *std::exchange(iterator->failure, std::nullopt);
      }
      return std::optional<Value>();
    }
    Value item = items[next++];
    if (!accepts_) return std::optional<Value>(std::move(item));
    const Result<bool> accepted = accepts_(item);
    if (!accepted) return accepted.error();
    if (*accepted) return std::optional<Value>(std::move(item));
  }
}

Result<const std::optional<Value>*> Loop::peek(Budget& budget) {
  if (!after_) {
    Result<std::optional<Value>> next = take(budget);
    if (!next) return next.error();
    after_ = *std::move(next);
  }
  return &after_;
}

Result<bool> Loop::advance(Budget& budget) {
  const Result<const std::optional<Value>*> next = peek(budget);
  if (!next) return next.error();
  if (!after_) return false;
  before_ = std::exchange(current_, *std::exchange(after_, std::nullopt));
  ++index0_;
  return true;
}

Result<std::int64_t> Loop::length(Budget& budget) {
  if (length_) return *length_;
  std::vector<Value> rest;
  while (true) {
    Result<std::optional<Value>> item = take(budget);
    if (!item) return item.error();
    if (!*item) break;
    rest.push_back(**std::move(item));
  }
  items_ = std::move(rest);
  next_ = 0;
  iterator_ = Value();
  accepts_ = nullptr;
  length_ = static_cast<std::int64_t>(items_.size()) + index0_ + 1 + (after_ ? 1 : 0);
  return *length_;
}

Result<std::optional<Value>> Loop::attribute(std::string_view name, Budget& budget) {
  using Found = std::optional<Value>;
  if (name == "index0") return Found(index0_);
  if (name == "index") return Found(index0_ + 1);
  if (name == "first") return Found(index0_ == 0);
  if (name == "depth") return Found(std::int64_t{1});
  if (name == "depth0") return Found(std::int64_t{0});
  if (name == "last" || name == "nextitem") {
    const Result<const std::optional<Value>*> next = peek(budget);
    if (!next) return next.error();
    if (name == "last") return Found(!after_.has_value());
    return Found(after_ ? *after_ : Value::undefined("there is no next item"));
  }
  if (name == "previtem") {
    return Found(index0_ == 0 ? Value::undefined("there is no previous item") : before_);
  }
  if (name == "length" || name == "revindex" || name == "revindex0") {
    const Result<std::int64_t> all = length(budget);
    if (!all) return all.error();
    if (name == "length") return Found(*all);
    return Found(*all - index0_ - (name == "revindex" ? 0 : 1));
  }
  const auto method = [&](auto call) {
    return Found(Value(std::make_shared<const Function>(
        Function{"loop." + std::string(name),
                 [self = shared_from_this(), call](const Arguments& arguments, Budget&) {
                   return call(*self, arguments);
                 },
                 1 + depth_})));
  };
  if (name == "cycle") {
    return method([](Loop& loop, const Arguments& all) { return loop.cycle(all); });
  }
  if (name == "changed") {
    return method(
        [](Loop& loop, const Arguments& all) -> Result<Value> { return loop.changed(all); });
  }
  return Found();
}

Result<Value> Loop::cycle(const Arguments& arguments) const {
  if (arguments.positional.empty() || !arguments.named.empty()) {
    return Error(ErrorCode::invalid_input, "loop.cycle needs values to go through");
  }
  return arguments.positional[static_cast<std::size_t>(index0_) % arguments.positional.size()];
}

Value Loop::changed(const Arguments& arguments) {
  const std::vector<Value>& now = arguments.positional;
  const bool same = last_changed_ && std::equal(last_changed_->begin(), last_changed_->end(),
                                                now.begin(), now.end(), equal);
  if (!same) last_changed_ = now;
  return Value(!same);
}

}  // namespace proctor::engine
