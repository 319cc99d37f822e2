// Finds the kernel around a line: kernels start at `extern "C"` and end at a
// brace at the margin.
#include "compiler/emit/cuda/device/NvrtcError.h"

#include <charconv>
#include <fmt/format.h>
#include <string>
#include <vector>

using namespace dlc;

static std::vector<std::string_view> splitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

namespace {

struct Complaint {
  size_t line = 0; // from 1; 0 if it names none
  std::string_view words;
};

} // namespace

/// The first line of the log with "error".
static Complaint findComplaint(std::string_view log) {
  for (std::string_view line : splitLines(log)) {
    size_t at = line.find("error");
    if (at == line.npos)
      continue;
    Complaint complaint;
    complaint.words = line.substr(at);
    if (size_t open = line.find('('); open < at)
      std::from_chars(line.data() + open + 1, line.data() + at, complaint.line);
    return complaint;
  }
  return {0, log};
}

/// The kernel's name: what stands before its parameters.
static std::string_view findName(std::string_view kernel) {
  size_t end = kernel.find('(', kernel.find("__launch_bounds__(") + 18);
  if (end == kernel.npos)
    return "";
  size_t start = kernel.find_last_of(" \n*)", end - 1);
  return kernel.substr(start + 1, end - start - 1);
}

Error dlc::emit::cuda::explainLog(std::string_view text, std::string_view log,
                                  std::string_view architecture) {
  Complaint complaint = findComplaint(log);
  std::vector<std::string_view> lines = splitLines(text);
  Error error;
  error.thing = fmt::format("CUDA code for {}", architecture);
  error.value = fmt::format("does not compile: {}", complaint.words);
  error.remedy = "report this as a bug";
  if (complaint.line == 0 || complaint.line > lines.size())
    return error;
  size_t first = complaint.line - 1, last = first;
  while (first > 0 && !lines[first].starts_with("extern \"C\""))
    --first;
  while (last + 1 < lines.size() && lines[last] != "}")
    ++last;
  std::string kernel;
  for (size_t i = first; i <= last; ++i)
    kernel += fmt::format("{}\n", lines[i]);
  error.thing = fmt::format("kernel {} for {}", findName(kernel), architecture);
  error.value += fmt::format(" in `{}`", lines[complaint.line - 1]);
  error.remedy += fmt::format(" with its text:\n{}", kernel);
  return error;
}
