// That no output of a command replaces an input or another output.
#include "tools/dlc/OutputFiles.h"

#include <filesystem>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

namespace fs = std::filesystem;

bool isNone(const std::string &path) { return path.empty() || path == "-"; }

/// Without links, "." and "..", as far as the path exists.
fs::path resolve(const std::string &path) {
  std::error_code failed;
  fs::path absolute = fs::absolute(path, failed);
  if (failed)
    absolute = path;
  fs::path resolved = fs::weakly_canonical(absolute, failed);
  if (failed)
    resolved = absolute.lexically_normal();
  // "logs/" is "logs".
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

bool isSameFile(const std::string &a, const std::string &b) {
  std::error_code failed;
  return resolve(a) == resolve(b) || fs::equivalent(a, b, failed);
}

} // namespace

void addDataFiles(std::vector<NamedPath> &inputs, const std::string &option,
                  const std::string &spec) {
  inputs.push_back({option, spec});
  size_t comma = spec.find(',');
  for (size_t begin = 0; comma != std::string::npos;) {
    inputs.push_back({option, spec.substr(begin, comma - begin)});
    begin = comma + 1;
    comma = spec.find(',', begin);
    if (comma == std::string::npos)
      inputs.push_back({option, spec.substr(begin)});
  }
}

std::vector<NamedPath> listInputs(const RunOptions &options) {
  std::vector<NamedPath> inputs = {{"MODEL", options.model.model},
                                   {"--weights", options.model.weights}};
  for (const std::string &plugin : options.model.plugins)
    inputs.push_back({"--plugin", plugin});
  addDataFiles(inputs, "--data", options.data);
  return inputs;
}

Expected<void> checkDistinct(const std::vector<NamedPath> &inputs,
                             const std::vector<NamedPath> &outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto &[option, path] = outputs[i];
    if (isNone(path))
      continue;
    for (const NamedPath &input : inputs) {
      bool isInPlace = option == "-o" && input.option == "MODEL";
      if (!isInPlace && !isNone(input.path) && isSameFile(path, input.path))
        return fail(
            path,
            fmt::format("is given for {} and for {}", input.option, option),
            "the output would replace what is read",
            fmt::format("give {} another name", option));
    }
    for (size_t other = 0; other < i; ++other)
      if (!isNone(outputs[other].path) && isSameFile(path, outputs[other].path))
        return fail(path,
                    fmt::format("is given for two outputs, {} and {}",
                                outputs[other].option, option),
                    "the second would replace the first",
                    "give each its own name");
  }
  return {};
}

} // namespace dlc::tool
