// Text that may come from a file, for SVG and HTML.
#include "tools/dlc/draw/Escape.h"
#include "tools/dlc/show/Line.h"

#include <cstdint>

namespace dlc::tool {

namespace {

/// Bytes of the UTF-8 character at the front; 0 if it is none, or none that
/// XML may hold.
size_t characterLength(std::string_view text) {
  auto byte = [&](size_t i) { return uint8_t(text[i]); };
  uint8_t lead = byte(0);
  if (lead < 0x80)
    return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
    return 0;
  uint32_t code = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool isSurrogate = code >= 0xd800 && code < 0xe000;
  bool isNoCharacter = (code & 0xfffe) == 0xfffe || code > 0x10ffff;
  return code < shortest[length] || isSurrogate || isNoCharacter ? 0 : length;
}

std::string escape(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    size_t length = characterLength(text);
    if (length == 0)
      escaped += "\xef\xbf\xbd";
    else if (text[0] == '<')
      escaped += "&lt;";
    else if (text[0] == '>')
      escaped += "&gt;";
    else if (text[0] == '&')
      escaped += "&amp;";
    else if (text[0] == '"')
      escaped += "&quot;";
    else if (text[0] == '\'')
      escaped += "&#39;";
    else
      escaped += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

} // namespace

std::string escapeXml(std::string_view text) { return escape(toLine(text)); }

std::string escapeLines(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    size_t end = text.find('\n');
    escaped += escapeXml(text.substr(0, end));
    if (end == std::string_view::npos)
      break;
    escaped += '\n';
    text.remove_prefix(end + 1);
  }
  return escaped;
}

int64_t countColumns(std::string_view text) {
  int64_t columns = 0;
  for (char c : text)
    columns += uint8_t(c) < 0x80 ? 1 : uint8_t(c) >= 0xc0 ? 2 : 0;
  return columns;
}

std::string shorten(std::string_view text, int64_t columns) {
  if (countColumns(text) <= columns)
    return std::string(text);
  size_t end = 0;
  for (int64_t used = 1; end < text.size(); ++end) {
    auto c = uint8_t(text[end]);
    used += c < 0x80 ? 1 : c >= 0xc0 ? 2 : 0;
    if (used > columns)
      break;
  }
  return std::string(text.substr(0, end)) + "…";
}

} // namespace dlc::tool
