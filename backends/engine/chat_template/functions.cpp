#include "backends/engine/chat_template/functions.h"

#include <ctime>

#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// dict(mapping_or_pairs, name=value, ...)
Result<std::shared_ptr<Dict>> make_dict(const Arguments& arguments, Budget& budget) {
  auto dict = std::make_shared<Dict>();
  if (arguments.positional.size() > 1) return invalid("dict takes at most one mapping");
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    const Result<std::vector<Value>> items = iterate(from, budget);
    if (!items) return items.error();
    for (const Value& item : *items) {
      const Dict* mapping = from.dict();
      const List* pair = item.list_items();
      if (mapping == nullptr && (pair == nullptr || pair->items.size() != 2)) {
        return invalid("dict takes a mapping or pairs");
      }
      const Result<void> done = mapping ? dict->set(item, **mapping->find(item))
                                        : dict->set(pair->items[0], pair->items[1]);
      if (!done) return done.error();
    }
  }
  for (const auto& [name, value] : arguments.named) {
    if (const Result<void> done = dict->set(Value::text(name), value); !done) return done.error();
  }
  return dict;
}

Result<Value> dict_function(const Arguments& arguments, Budget& budget) {
  Result<std::shared_ptr<Dict>> dict = make_dict(arguments, budget);
  if (!dict) return dict.error();
  return Value(std::shared_ptr<const Dict>(*std::move(dict)));
}

Result<Value> make_namespace(Namespaces& made, const Arguments& arguments, Budget& budget) {
  const Result<std::shared_ptr<Dict>> dict = make_dict(arguments, budget);
  if (!dict) return dict.error();
  auto space = std::make_shared<Namespace>();
  for (const auto& [key, value] : (*dict)->entries()) {
    if (!key.is_text()) return invalid("namespace: names must be strings");
    if (key.bytes().starts_with('_')) return invalid("namespace: a name begins with _");
    space->set(key.bytes(), value);
  }
  made.push_back(space);
  return Value(space);
}

Result<Value> range_function(const Arguments& arguments, Budget&) {
  const std::vector<Value>& given = arguments.positional;
  if (given.empty() || given.size() > 3 || !arguments.named.empty()) {
    return invalid("range takes one to three integers");
  }
  std::vector<std::int64_t> numbers;
  for (const Value& value : given) {
    const auto whole = value.integer();
    if (!whole) return invalid("range takes integers, not '" + type_name(value) + "'");
    numbers.push_back(*whole);
  }
  Range range;
  range.start = numbers.size() > 1 ? numbers[0] : 0;
  range.stop = numbers.size() > 1 ? numbers[1] : numbers[0];
  range.step = numbers.size() > 2 ? numbers[2] : 1;
  if (range.step == 0) return invalid("range: the step is zero");
  if (range.size() > kMaxRange) return invalid("range: more than 100000 numbers");
  return Value(range);
}

Result<Value> raise_exception(const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("raise_exception", {"message"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::string> message = to_text(*(*bound)[0], budget);
  return message ? invalid("the template refuses: " + *message) : message.error();
}

std::tm calendar(const TemplateTime& now) {
  std::tm time{};
  time.tm_year = now.year - 1900;
  time.tm_mon = now.month - 1;
  time.tm_mday = now.day;
  time.tm_hour = now.hour;
  time.tm_min = now.minute;
  time.tm_sec = now.second;
  timegm(&time);  // fills in the day of the week and of the year
  return time;
}

Result<Value> strftime_now(const TemplateTime& now, const Arguments& arguments) {
  const Result<Bound> bound = Bound::bind("strftime_now", {"format"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::string_view> format = bound->text(0);
  if (!format) return format.error();
  const std::tm time = calendar(now);
  std::string out(format->size() * 16 + 64, '\0');
  out.resize(std::strftime(out.data(), out.size(), std::string(*format).c_str(), &time));
  if (!valid_utf8(out)) return invalid("strftime_now: the date is not UTF-8");
  return Value::text(std::move(out));
}

}  // namespace

Variables template_functions(Namespaces& made, std::optional<TemplateTime> now) {
  const auto function = [](std::string name, auto call) {
    auto value = std::make_shared<const Function>(Function{.name = name, .call = std::move(call)});
    return std::pair<std::string, Value>(std::move(name), Value(std::move(value)));
  };
  Variables all;
  all.push_back(function("dict", dict_function));
  all.push_back(function("namespace", [&made](const Arguments& arguments, Budget& budget) {
    return make_namespace(made, arguments, budget);
  }));
  all.push_back(function("range", range_function));
  all.push_back(function("raise_exception", raise_exception));
  if (now) {
    all.push_back(function("strftime_now", [now](const Arguments& arguments, Budget&) {
      return strftime_now(*now, arguments);
    }));
  }
  return all;
}

}  // namespace proctor::engine
