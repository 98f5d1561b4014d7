// Text made fit for XML and HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace proctor::reports {

// The text as the content of an element or of a quoted attribute. Characters that XML cannot hold
// (XML 1.0, section 2.2), and bytes that are not UTF-8, become U+FFFD.
std::string xml_escape(std::string_view text);

}  // namespace proctor::reports
