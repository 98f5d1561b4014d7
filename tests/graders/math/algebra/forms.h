// Forms from text, for tests of what is done with them.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "graders/math/algebra/lower.h"
#include "graders/math/expression/parser.h"

namespace proctor::graders::math {

// Keeps what the forms refer to.
class FormReader {
 public:
  const Form* read(std::string_view text) {
    const Parsed parsed = parse_answer(text, arena_);
    REQUIRE(parsed.root != nullptr);
    Lowering lowering(forms_, {});
    const Form* form = lowering.expression(*parsed.root);
    REQUIRE(form != nullptr);
    return form;
  }
  Forms& forms() { return forms_; }

 private:
  Arena arena_;
  Forms forms_;
};

}  // namespace proctor::graders::math
