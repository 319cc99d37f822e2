// File names with fields, as Python's str.format fills them:
// "{epoch:02d}-{val_loss:.4f}.keras".
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <optional>

namespace dlc::callbacks {

/// A parsed pattern. Fields are `epoch` and `batch`, which are integers, and
/// the names of logs; `{{` and `}}` stand for braces.
class FilePattern {
public:
  /// Errors name the pattern.
  static Expected<FilePattern> parse(const std::string &text);

  /// The names of its fields.
  std::vector<std::string> fields() const;

  /// `epoch` and `batch` are counted from 1. A field that is neither and not in
  /// `logs` is an error with the names that are.
  Expected<std::string> format(int64_t epoch, std::optional<int64_t> batch,
                               const Logs &logs) const;

private:
  struct Part {
    std::string text; // before the field
    std::string field;
    std::string spec; // what follows its colon
  };
  std::string whole;
  std::vector<Part> parts;
  std::string end; // text after the last field
};

/// A float as Python's repr writes it: 0.1, 1.0, 1e-05, nan.
std::string formatLikePython(double value);

} // namespace dlc::callbacks
