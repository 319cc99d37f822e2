// Whether two declarations of a function are called alike.
#pragma once

#include <type_traits>

namespace dlc::cuda::test {

/// What a call passes alike: pointers, or numbers of one size.
template <typename Ours, typename Theirs>
constexpr bool passAlike =
    (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) ||
    (!std::is_pointer_v<Ours> && !std::is_pointer_v<Theirs> &&
     sizeof(Ours) == sizeof(Theirs));

template <typename Ours, typename Theirs> struct Alike;
template <typename OurResult, typename... Ours, typename TheirResult,
          typename... Theirs>
struct Alike<OurResult(Ours...), TheirResult(Theirs...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs))
      return false;
    else
      return passAlike<OurResult, TheirResult> &&
             (passAlike<Ours, Theirs> && ...);
  }();
};

} // namespace dlc::cuda::test
