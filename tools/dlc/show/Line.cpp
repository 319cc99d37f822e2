// Text that may come from a file, for a terminal.
#include "tools/dlc/show/Line.h"

#include <fmt/format.h>

namespace dlc::tool {

std::string toLine(std::string_view text) {
  std::string line;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      line += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

} // namespace dlc::tool
