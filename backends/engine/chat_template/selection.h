// The filters that go through a sequence: map, select, sort and their kin. Each is an entry of
// filters.cpp's table and has its contract. Those that are generators in jinja2 return an iterator
// and keep their errors in it until it is used.
#pragma once

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

Result<Value> map_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> select_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> reject_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> selectattr_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> rejectattr_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> sort_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> dictsort_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> unique_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> min_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> max_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> sum_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> items_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> first_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> last_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> reverse_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> list_filter(const Value& input, const Arguments& arguments, Budget& budget);
Result<Value> join_filter(const Value& input, const Arguments& arguments, Budget& budget);

}  // namespace proctor::engine
