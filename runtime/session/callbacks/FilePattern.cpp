// File names with fields, as Python's str.format fills them.
#include "runtime/session/callbacks/FilePattern.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::callbacks {

namespace {

bool isIntegerType(char type) {
  return std::string_view("bcdoxXn").find(type) != std::string_view::npos;
}
bool isFloatType(char type) {
  return std::string_view("eEfFgG%").find(type) != std::string_view::npos;
}

/// What Python's format(value, spec) gives; none where it would raise. {fmt}
/// has Python's mini-language but for the type %, and throws at what is wrong.
template <typename T>
std::optional<std::string> formatValue(T value, const std::string &spec) {
  try {
    return fmt::format(fmt::runtime("{:" + spec + "}"), value);
  } catch (const fmt::format_error &) {
    return std::nullopt;
  }
}

std::optional<std::string> formatFloat(double value, std::string spec) {
  char type = spec.empty() ? 0 : spec.back();
  if (spec.empty())
    return formatLikePython(value);
  if (isIntegerType(type))
    return std::nullopt;
  if (type != '%')
    return formatValue(value, spec);
  spec.back() = 'f';
  auto text = formatValue(100 * value, spec);
  return text ? std::optional(*text + "%") : std::nullopt;
}

std::optional<std::string> formatInteger(int64_t value,
                                         const std::string &spec) {
  if (!spec.empty() && isFloatType(spec.back()))
    return formatFloat(double(value), spec);
  return formatValue(value, spec);
}

/// Widths beyond this are no file names.
constexpr size_t longestSpec = 8;

} // namespace

std::string formatLikePython(double value) {
  std::string text = fmt::format("{}", value);
  // {fmt} writes a whole number without its point.
  bool isWhole = text.find_first_not_of("-0123456789") == std::string::npos;
  return isWhole ? text + ".0" : text;
}

Expected<FilePattern> FilePattern::parse(const std::string &text) {
  FilePattern pattern;
  pattern.whole = text;
  std::string before;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool isDouble = i + 1 < text.size() && text[i + 1] == c;
    if ((c != '{' && c != '}') || isDouble) {
      before += c;
      i += c == '{' || c == '}';
      continue;
    }
    size_t close = text.find('}', i);
    if (c == '}' || close == std::string::npos)
      return fail(text, fmt::format("has a single {}", c),
                  "braces hold the names of fields",
                  "close the field, or write the brace twice");
    std::string field = text.substr(i + 1, close - i - 1);
    size_t colon = std::min(field.find(':'), field.size());
    std::string spec = field.substr(std::min(colon + 1, field.size()));
    field.resize(colon);
    if (field.empty() || field.find_first_of("{[!") != std::string::npos ||
        spec.size() > longestSpec ||
        spec.find_first_of("{[/") != std::string::npos)
      return fail(text,
                  fmt::format("has the field {{{}}}",
                              text.substr(i + 1, close - i - 1)),
                  "a field is a name and perhaps a format",
                  "write it as in {epoch:02d} or {val_loss:.4f}");
    pattern.parts.push_back({std::move(before), field, spec});
    before.clear();
    i = close;
  }
  pattern.end = std::move(before);
  return pattern;
}

std::vector<std::string> FilePattern::fields() const {
  std::vector<std::string> names;
  for (const Part &part : parts)
    names.push_back(part.field);
  return names;
}

Expected<std::string> FilePattern::format(int64_t epoch,
                                          std::optional<int64_t> batch,
                                          const Logs &logs) const {
  std::string text;
  for (const Part &part : parts) {
    std::optional<std::string> value;
    if (part.field == "epoch") {
      value = formatInteger(epoch, part.spec);
    } else if (part.field == "batch" && batch) {
      value = formatInteger(*batch, part.spec);
    } else if (const double *log = findLog(logs, part.field)) {
      value = formatFloat(*log, part.spec);
    } else {
      return fail(whole, fmt::format("has the field {{{}}}", part.field),
                  fmt::format("the logs are {}", listNames(logs)),
                  "name one of these, epoch, or, where a step is saved, batch");
    }
    if (!value)
      return fail(
          whole,
          fmt::format("has the format \"{}\" for {}", part.spec, part.field),
          "Python knows no such format of this number",
          "write it as in {epoch:02d} or {val_loss:.4f}");
    text += part.text + *value;
  }
  return text + end;
}

} // namespace dlc::callbacks
