// Settings as a user writes them in one word: 'monitor=val_loss,patience=3'.
#pragma once

#include "runtime/core/Error.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlc {

/// Reads "name=value,name=value" into variables, each setting at most once.
/// Commas within brackets or quotes part no settings; values are written as in
/// Python or JSON (True or true, None or null), texts with or without quotes.
class SettingList {
public:
  /// `thing` is what errors call the list, as in "--early-stopping".
  explicit SettingList(std::string thing) : thing(std::move(thing)) {}

  /// What the setting `name` is read into; a setting that is not given leaves
  /// it as it is. A variable must outlive the list.
  void add(std::string name, std::string &to);
  void add(std::string name, bool &to);
  void add(std::string name, int64_t &to);
  void add(std::string name, double &to);
  void add(std::string name, std::optional<double> &to);
  /// One of `choices`, in their order.
  void add(std::string name, std::vector<std::string> choices,
           std::function<void(size_t)> choose);
  /// Any other value: `read` says whether it can be one, and `kind` what one
  /// is, as in "\"epoch\" or a number of steps".
  void add(std::string name, std::string kind,
           std::function<bool(std::string_view)> read);

  /// Errors name the setting: its list, the value it has, what it takes; for an
  /// unknown one, the nearest there is.
  Expected<void> read(std::string_view text) const;

  /// Whether `text` starts as a list does, with a name and `=`, and is not one
  /// value alone, such as a path.
  static bool isList(std::string_view text);

private:
  struct Entry {
    std::string name;
    std::string kind;
    std::function<bool(std::string_view)> read;
  };
  Expected<void> readOne(std::string_view name, std::string_view value) const;

  std::string thing;
  std::vector<Entry> entries;
};

} // namespace dlc
