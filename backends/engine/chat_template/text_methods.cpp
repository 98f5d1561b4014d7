// The methods of Python's str.
#include <algorithm>
#include <string>

#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/case_mapping.h"
#include "backends/engine/chat_template/format.h"
#include "backends/engine/chat_template/method.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

Value text_value(std::string_view bytes) { return Value::text(std::string(bytes)); }

Result<Value> text_list(const std::vector<std::string_view>& parts, Budget& budget) {
  if (const Result<void> paid = budget.take_bytes(parts.size() * sizeof(Value)); !paid) {
    return paid.error();
  }
  std::vector<Value> items;
  for (const std::string_view part : parts) items.push_back(text_value(part));
  return Value::list(std::move(items));
}

template <bool from_right>
Result<Value> split_method(const Value& self, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("split", {"sep", "maxsplit"}, arguments);
  if (!bound) return bound.error();
  const Result<std::optional<std::string_view>> separator = bound->optional_text(0);
  if (!separator) return separator.error();
  const Result<std::int64_t> limit = bound->integer(1, -1);
  if (!limit) return limit.error();
  if (*separator && (*separator)->empty()) return invalid("split: the separator is empty");
  const std::string& bytes = self.bytes();
  if (const Result<void> paid = budget.take_bytes(bytes.size()); !paid) return paid.error();
  if (!*separator) {
    return text_list(from_right ? rsplit_at_space(bytes, *limit) : split_at_space(bytes, *limit),
                     budget);
  }
  return text_list(
      from_right ? rsplit(bytes, **separator, *limit) : split(bytes, **separator, *limit), budget);
}

Result<Value> splitlines_method(const Value& self, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("splitlines", {"keepends"}, arguments);
  if (!bound) return bound.error();
  return text_list(split_lines(self.bytes(), bound->flag(0)), budget);
}

template <Side side>
Result<Value> strip_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("strip", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("strip", {"chars"}, arguments);
  if (!bound) return bound.error();
  const Result<std::optional<std::string_view>> chars = bound->optional_text(0);
  if (!chars) return chars.error();
  const std::string_view rest = strip(self.bytes(), side, *chars);
  if (const Result<void> paid = budget.take_bytes(rest.size()); !paid) return paid.error();
  return text_value(rest);
}

// The part of the text that two optional arguments choose, as self[start:end]; nothing where it
// starts past the end, where not even an empty text is found.
Result<std::optional<std::string_view>> part_of(const std::string& bytes, const Bound& bound) {
  const auto size = static_cast<std::int64_t>(count_code_points(bytes));
  std::int64_t ends[2] = {0, size};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!bound.has(1 + i) || bound[1 + i]->is_none()) continue;
    const Result<std::int64_t> given = bound.integer(1 + i, 0);
    if (!given) return given.error();
    ends[i] = *given < 0 ? std::max<std::int64_t>(0, *given + size) : *given;
  }
  if (ends[0] > size) return std::optional<std::string_view>();
  ends[1] = std::min(ends[1], size);
  if (ends[0] > ends[1]) return std::optional<std::string_view>();
  const std::size_t first = offset_of(bytes, static_cast<std::size_t>(ends[0]));
  const std::size_t last = offset_of(bytes, static_cast<std::size_t>(ends[1]));
  return std::optional<std::string_view>(std::string_view(bytes).substr(first, last - first));
}

template <bool at_start>
Result<Value> starts_or_ends(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("startswith", arguments); !fine) return fine.error();
  const Result<Bound> bound =
      Bound::bind(at_start ? "startswith" : "endswith", {"prefix", "start", "end"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::optional<std::string_view>> part = part_of(self.bytes(), *bound);
  if (!part) return part.error();
  const List* list = (*bound)[0]->list_items();
  const bool tuple = list != nullptr && list->tuple;
  const std::vector<Value> wanted = tuple ? list->items : std::vector<Value>{*(*bound)[0]};
  if (const Result<void> paid = budget.take_steps(wanted.size()); !paid) return paid.error();
  for (const Value& one : wanted) {
    if (!one.is_text()) return invalid("startswith and endswith look for strings");
    if (!*part) continue;
    if (at_start ? (*part)->starts_with(one.bytes()) : (*part)->ends_with(one.bytes())) {
      return Value(true);
    }
  }
  return Value(false);
}

enum class Search { find, rfind, index, rindex, count };

template <Search search>
Result<Value> search_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("find", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("find", {"sub", "start", "end"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::string_view> what = bound->text(0);
  if (!what) return what.error();
  const Result<std::optional<std::string_view>> part = part_of(self.bytes(), *bound);
  if (!part) return part.error();
  if (const Result<void> paid = budget.take_steps(self.bytes().size() / 16); !paid) {
    return paid.error();
  }
  if (search == Search::count) {
    if (!*part) return Value(std::int64_t{0});
    const std::size_t found = what->empty() ? count_code_points(**part) + 1 : count(**part, *what);
    return Value(static_cast<std::int64_t>(found));
  }
  const bool last = search == Search::rfind || search == Search::rindex;
  const std::size_t at = !*part ? std::string_view::npos
                         : last ? (*part)->rfind(*what)
                                : (*part)->find(*what);
  if (at == std::string_view::npos) {
    if (search == Search::index || search == Search::rindex) return invalid("substring not found");
    return Value(std::int64_t{-1});
  }
  const auto start = static_cast<std::size_t>((*part)->data() - self.bytes().data());
  const std::string_view before = std::string_view(self.bytes()).substr(0, start + at);
  return Value(static_cast<std::int64_t>(count_code_points(before)));
}

Result<Value> replace_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("replace", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("replace", {"old", "new", "count"}, arguments, 2);
  if (!bound) return bound.error();
  const Result<std::string_view> what = bound->text(0);
  if (!what) return what.error();
  const Result<std::string_view> by = bound->text(1);
  if (!by) return by.error();
  const Result<std::int64_t> limit = bound->integer(2, -1);
  if (!limit) return limit.error();
  const std::size_t size = replaced_size(self.bytes(), *what, *by, *limit);
  if (const Result<void> paid = budget.take_bytes(size); !paid) return paid.error();
  return Value::text(replace(self.bytes(), *what, *by, *limit));
}

Result<Value> join_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("join", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("join", {"iterable"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::vector<Value>> items = iterate(*(*bound)[0], budget);
  if (!items) return items.error();
  std::string all;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Value& item = (*items)[i];
    if (!item.is_text()) return invalid("join takes strings, not '" + type_name(item) + "'");
    const std::size_t size = item.bytes().size() + self.bytes().size();
    if (const Result<void> paid = budget.take_bytes(size); !paid) return paid.error();
    if (i > 0) all += self.bytes();
    all += item.bytes();
  }
  return Value::text(std::move(all));
}

template <bool prefix>
Result<Value> remove_affix(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("removeprefix", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("removeprefix", {"affix"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::string_view> affix = bound->text(0);
  if (!affix) return affix.error();
  std::string_view rest = self.bytes();
  if (prefix && rest.starts_with(*affix)) rest.remove_prefix(affix->size());
  if (!prefix && rest.ends_with(*affix)) rest.remove_suffix(affix->size());
  if (const Result<void> paid = budget.take_bytes(rest.size()); !paid) return paid.error();
  return text_value(rest);
}

template <bool from_right>
Result<Value> partition_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_names("partition", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("partition", {"sep"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<std::string_view> mark = bound->text(0);
  if (!mark) return mark.error();
  if (mark->empty()) return invalid("partition: the separator is empty");
  const std::string_view bytes = self.bytes();
  if (const Result<void> paid = budget.take_bytes(bytes.size()); !paid) return paid.error();
  const std::size_t at = from_right ? bytes.rfind(*mark) : bytes.find(*mark);
  if (at == std::string_view::npos) {
    if (from_right) return Value::tuple({text_value(""), text_value(""), self});
    return Value::tuple({self, text_value(""), text_value("")});
  }
  return Value::tuple({text_value(bytes.substr(0, at)), text_value(*mark),
                       text_value(bytes.substr(at + mark->size()))});
}

template <Result<std::string> (*map)(std::string_view)>
Result<Value> case_method(const Value& self, const Arguments& arguments, Budget& budget) {
  if (const Result<void> fine = no_arguments("this method", arguments); !fine) return fine.error();
  if (const Result<void> paid = budget.take_bytes(self.bytes().size()); !paid) return paid.error();
  Result<std::string> mapped = map(self.bytes());
  if (!mapped) return mapped.error();
  return Value::text(*std::move(mapped));
}

Result<std::string> lower(std::string_view text) { return to_case(text, Case::lower); }
Result<std::string> upper(std::string_view text) { return to_case(text, Case::upper); }

template <Case wanted>
Result<Value> is_case_method(const Value& self, const Arguments& arguments, Budget&) {
  if (const Result<void> fine = no_arguments("islower", arguments); !fine) return fine.error();
  const Result<bool> all = is_all_of_case(self.bytes(), wanted);
  if (!all) return all.error();
  return Value(*all);
}

bool is_ascii_digit(char32_t code) { return code >= '0' && code <= '9'; }
bool is_ascii_letter(char32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}
bool is_ascii_alphanumeric(char32_t code) { return is_ascii_digit(code) || is_ascii_letter(code); }

// Whether there are characters and all are of a class that is known for ASCII only.
template <bool (*belongs)(char32_t)>
Result<Value> is_class_method(const Value& self, const Arguments& arguments, Budget&) {
  if (const Result<void> fine = no_arguments("this method", arguments); !fine) return fine.error();
  std::string_view rest = self.bytes();
  bool all = !rest.empty();
  bool unknown = false;
  while (!rest.empty()) {
    const char32_t code = take_code_point(rest);
    const bool known = belongs == is_space || code < 0x80;
    unknown = unknown || !known;
    all = all && (!known || belongs(code));
  }
  if (all && unknown) {
    return invalid("isdigit, isalpha and isalnum of other text than ASCII are not supported");
  }
  return Value(all);
}

Result<Value> format_method(const Value& self, const Arguments& arguments, Budget& budget) {
  return format_braces(self.bytes(), arguments, budget);
}

constexpr Method kText[] = {
    {"split", split_method<false>},
    {"rsplit", split_method<true>},
    {"splitlines", splitlines_method},
    {"strip", strip_method<Side::both>},
    {"lstrip", strip_method<Side::left>},
    {"rstrip", strip_method<Side::right>},
    {"startswith", starts_or_ends<true>},
    {"endswith", starts_or_ends<false>},
    {"find", search_method<Search::find>},
    {"rfind", search_method<Search::rfind>},
    {"index", search_method<Search::index>},
    {"rindex", search_method<Search::rindex>},
    {"count", search_method<Search::count>},
    {"replace", replace_method},
    {"join", join_method},
    {"removeprefix", remove_affix<true>},
    {"removesuffix", remove_affix<false>},
    {"partition", partition_method<false>},
    {"rpartition", partition_method<true>},
    {"lower", case_method<lower>},
    {"upper", case_method<upper>},
    {"capitalize", case_method<capitalize>},
    {"title", case_method<title>},
    {"islower", is_case_method<Case::lower>},
    {"isupper", is_case_method<Case::upper>},
    {"isdigit", is_class_method<is_ascii_digit>},
    {"isalpha", is_class_method<is_ascii_letter>},
    {"isalnum", is_class_method<is_ascii_alphanumeric>},
    {"isspace", is_class_method<is_space>},
    {"format", format_method},
};

}  // namespace

std::span<const Method> text_methods() { return kText; }

}  // namespace proctor::engine
