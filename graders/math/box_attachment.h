// What stands behind a box and belongs to the number in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctor::graders::math {

struct Attachment {
  std::size_t length = 0;  // bytes of the text that it takes, 0 if there is none
  std::string text;        // to be read after the box's content: "\%", "\text{square feet}"
};

// What `text`, which directly follows a box, begins with: a percent or degree sign, a power of ten,
// or a unit of measure ("\text{ cm}^2", "$ miles per hour"). Constant time.
Attachment box_attachment(std::string_view text);

}  // namespace proctor::graders::math
