// What all pages share: the frame around their sections, styles, one script.
#pragma once

#include <string>

namespace dlc::tool {

/// A whole HTML document. `body` is HTML already, `title` is escaped here.
/// Nothing is loaded from anywhere, which the page itself forbids.
std::string framePage(const std::string &title, const std::string &body);

} // namespace dlc::tool
