// Text that may come from a file, for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace dlc::tool {

/// The text in one line: line ends and other control characters, which can move
/// a terminal's cursor or rename its window, are shown as \n or \x1b.
std::string toLine(std::string_view text);

} // namespace dlc::tool
