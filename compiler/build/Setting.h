// The value of a layer's argument, as Keras' configs hold it.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dlc {

/// None, a truth value, a number, a string, or a list of these: what stands
/// behind the `=` of a Keras argument. Converts from all of them, so that
/// `.kernel_size = 3`, `.kernel_size = {3, 3}` and `.kernel_regularizer =
/// "l2(l2=0.01)"` read as in Python. An initializer, regularizer or constraint
/// is Keras' name of it, a call, or the JSON object that Keras saves.
class Setting {
public:
  using Value = std::variant<std::monostate, bool, int64_t, double, std::string,
                             std::vector<Setting>>;

  Setting() = default;
  template <std::same_as<bool> Bool> Setting(Bool flag) : held(flag) {}
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Setting(Integer number) : held(int64_t(number)) {}
  template <std::floating_point Float>
  Setting(Float number) : held(double(number)) {}
  Setting(const char *text) : held(std::string(text)) {}
  Setting(std::string text) : held(std::move(text)) {}
  Setting(std::vector<Setting> list) : held(std::move(list)) {}
  Setting(std::initializer_list<Setting> list)
      : held(std::vector<Setting>(list)) {}
  template <typename T> Setting(const std::optional<T> &value) {
    if (value)
      *this = Setting(*value);
  }

  /// Whether it is None, which is also what an argument left out is.
  bool isNone() const { return held.index() == 0; }
  const Value &value() const { return held; }

private:
  Value held;
};

} // namespace dlc
