// Elements that a thread handles at once: one, or four in 16 bytes.
#include "compiler/emit/cuda/routines/Lanes.h"

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {

std::string Lanes::type() const {
  std::string scalar = typeName(dtype);
  if (width > 1 && sizeOf(dtype) == 2)
    scalar = "ushort"; // CUDA's vectors of unsigned short
  return width == 1 ? scalar : scalar + std::to_string(width);
}

llvm::ArrayRef<const char *> Lanes::parts() const {
  static const char *const vector[] = {".x", ".y", ".z", ".w"};
  static const char *const scalar[] = {""};
  if (width == 1)
    return scalar;
  return vector;
}

std::string Lanes::load(const std::string &array,
                        const std::string &place) const {
  if (width == 1)
    return fmt::format("{}[{}]", array, place);
  return fmt::format("*reinterpret_cast<const {} *>({} + {})", type(), array,
                     place);
}

std::string Lanes::target(const std::string &array,
                          const std::string &place) const {
  if (width == 1)
    return fmt::format("{}[{}]", array, place);
  return fmt::format("*reinterpret_cast<{} *>({} + {})", type(), array, place);
}

std::string Lanes::all(const std::string &value) const {
  if (width == 1)
    return value;
  return fmt::format("{}{{{}, {}, {}, {}}}", type(), value, value, value,
                     value);
}

} // namespace dlc::emit::cuda::routines
