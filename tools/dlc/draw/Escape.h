// Text that may come from a file, for SVG and HTML.
#pragma once

#include <string>
#include <string_view>

namespace dlc::tool {

/// The text in one line (show/Line.h), safe between tags and in quoted
/// attributes; what is not UTF-8 becomes U+FFFD.
std::string escapeXml(std::string_view text);

/// The same of a text of several lines.
std::string escapeLines(std::string_view text);

/// The characters that it takes in a fixed-width font: two for those outside
/// ASCII, which may be wide.
int64_t countColumns(std::string_view text);

/// At most `columns` of the text, with an ellipsis if there is more.
std::string shorten(std::string_view text, int64_t columns);

} // namespace dlc::tool
