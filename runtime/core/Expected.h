// A value or an error: the part of C++23's std::expected that dlc uses. MLIR's
// headers need C++20 with Debian 12's standard library, which has none.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace dlc {

/// Wraps an error on its way into an Expected: return Unexpected(x.error()).
template <typename E> class Unexpected {
public:
  explicit Unexpected(E error) : held(std::move(error)) {}
  E &error() & { return held; }
  const E &error() const & { return held; }
  E &&error() && { return std::move(held); }

private:
  E held;
};

/// Holds a T or an E. Reading the one that is not there is a programming error.
template <typename T, typename E> class [[nodiscard]] BasicExpected {
public:
  using value_type = T;
  using error_type = E;

  BasicExpected()
    requires std::is_default_constructible_v<T>
      : held(std::in_place_index<0>) {}
  template <typename U = T>
    requires std::is_constructible_v<T, U &&> &&
             (!std::is_same_v<std::remove_cvref_t<U>, BasicExpected>)
  BasicExpected(U &&value)
      : held(std::in_place_index<0>, std::forward<U>(value)) {}
  BasicExpected(Unexpected<E> error)
      : held(std::in_place_index<1>, std::move(error).error()) {}

  bool has_value() const { return held.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T &value() & { return *std::get_if<0>(&held); }
  const T &value() const & { return *std::get_if<0>(&held); }
  T &&value() && { return std::move(*std::get_if<0>(&held)); }
  T &operator*() & { return value(); }
  const T &operator*() const & { return value(); }
  T &&operator*() && { return std::move(*this).value(); }
  T *operator->() { return std::get_if<0>(&held); }
  const T *operator->() const { return std::get_if<0>(&held); }

  E &error() & { return *std::get_if<1>(&held); }
  const E &error() const & { return *std::get_if<1>(&held); }
  E &&error() && { return std::move(*std::get_if<1>(&held)); }

private:
  std::variant<T, E> held;
};

/// Nothing, or an E.
template <typename E> class [[nodiscard]] BasicExpected<void, E> {
public:
  using value_type = void;
  using error_type = E;

  BasicExpected() = default;
  BasicExpected(Unexpected<E> error)
      : held(std::in_place_index<1>, std::move(error).error()) {}

  bool has_value() const { return held.index() == 0; }
  explicit operator bool() const { return has_value(); }
  void value() const {}

  E &error() & { return *std::get_if<1>(&held); }
  const E &error() const & { return *std::get_if<1>(&held); }
  E &&error() && { return std::move(*std::get_if<1>(&held)); }

private:
  std::variant<std::monostate, E> held;
};

} // namespace dlc
