// Where a command's numbers go: text for people, JSON for programs.
#include "tools/dlc/show/Report.h"
#include "runtime/core/AtomicFile.h"

#include <cmath>
#include <fmt/format.h>

namespace dlc::tool {

Expected<void> writeText(const std::string &text, const std::string &path) {
  return writeFileAtomically(path, std::as_bytes(std::span(text)));
}

Expected<void> writeJson(const Json &json, const std::string &path) {
  if (path.empty())
    return {};
  std::string text =
      json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (path != "-")
    return writeText(text, path);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("standard output", "could not be written", "", "");
  return {};
}

std::FILE *textStream(const std::string &jsonPath) {
  return jsonPath == "-" ? stderr : stdout;
}

std::string formatLogs(const Logs &logs) {
  std::string text;
  for (const auto &[name, value] : logs) {
    if (!text.empty())
      text += " - ";
    // Keras turns to exponents for what four decimals do not show.
    text += std::abs(value) > 1e-3 ? fmt::format("{}: {:.4f}", name, value)
                                   : fmt::format("{}: {:.4e}", name, value);
  }
  return text;
}

Json toJson(const Logs &logs) {
  Json object = Json::object();
  for (const auto &[name, value] : logs)
    object[name] = value;
  return object;
}

} // namespace dlc::tool
