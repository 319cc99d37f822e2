// Sizes that may hold the batch, and index arithmetic on them as text.
#include "compiler/emit/cuda/routines/Counts.h"

#include "mlir/IR/BuiltinTypes.h"

#include <fmt/format.h>

namespace dlc::emit::cuda::routines {

Count fixed(int64_t count) { return {count, false}; }

Count countOf(llvm::ArrayRef<int64_t> dims) {
  Count count;
  for (int64_t dim : dims) {
    if (mlir::ShapedType::isDynamic(dim))
      count.timesBatch = true;
    else
      count.trips *= dim;
  }
  return count;
}

Count operator*(Count count, int64_t factor) {
  return {count.trips * factor, count.timesBatch};
}

Count operator*(Count left, Count right) {
  return {left.trips * right.trips, left.timesBatch || right.timesBatch};
}

bool operator==(Count left, Count right) {
  return left.trips == right.trips && left.timesBatch == right.timesBatch;
}

std::string toText(Count count) {
  if (!count.timesBatch)
    return std::to_string(count.trips);
  return times("n", count.trips);
}

std::string asFactor(Count count) {
  std::string text = toText(count);
  bool product = count.timesBatch && count.trips != 1;
  return product ? "(" + text + ")" : text;
}

std::string indexOver(const char *name, Count count) {
  return count == fixed(1) ? "0" : name;
}

int64_t evaluate(Count count, int64_t n) {
  return count.timesBatch ? count.trips * n : count.trips;
}

int64_t ceilDiv(int64_t count, int64_t size) {
  return (count + size - 1) / size;
}

Axes::Axes(llvm::ArrayRef<Axis> all) {
  for (const Axis &axis : all) {
    bool single = axis.size.trips == 1 && !axis.size.timesBatch;
    if (single)
      continue;
    bool merges = !axes.empty() && !axis.size.timesBatch &&
                  axes.back().stride == axis.size.trips * axis.stride;
    if (merges)
      axes.back() = {axes.back().size * axis.size.trips, axis.stride};
    else
      axes.push_back(axis);
  }
}

Count Axes::count() const {
  Count count;
  for (const Axis &axis : axes)
    count = {count.trips * axis.size.trips,
             count.timesBatch || axis.size.timesBatch};
  return count;
}

std::optional<Axis> Axes::single() const {
  if (axes.size() > 1)
    return std::nullopt;
  return axes.empty() ? Axis{fixed(1), 0} : axes.front();
}

bool Axes::isContiguous() const {
  return !axes.empty() && axes.back().stride == 1;
}

bool Axes::isAligned(int64_t width) const {
  if (!isContiguous() || axes.back().size.trips % width)
    return false;
  for (const Axis &axis : llvm::ArrayRef(axes).drop_back())
    if (axis.stride % width)
      return false;
  return true;
}

bool Axes::keepsAlignment(int64_t width) const {
  for (const Axis &axis : axes)
    if (axis.stride % width)
      return false;
  return true;
}

std::string Axes::offsetOf(const std::string &index) const {
  std::vector<std::string> terms(axes.size());
  int64_t inner = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    int64_t size = i ? axes[i].size.trips : 0;
    terms[i] = times(coordinate(index, inner, size), axes[i].stride);
    inner *= axes[i].size.trips;
  }
  return sum(terms);
}

std::vector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

std::string coordinate(const std::string &index, int64_t inner, int64_t size) {
  if (size == 1)
    return "0";
  std::string text = index;
  if (inner != 1)
    text += fmt::format(" / {}", inner);
  if (size)
    text += fmt::format(" % {}", size);
  return text;
}

std::string times(const std::string &term, int64_t factor) {
  if (term == "0" || factor == 0)
    return "0";
  return factor == 1 ? term : fmt::format("{} * {}", term, factor);
}

std::string times(const std::string &term, Count factor) {
  if (!factor.timesBatch)
    return times(term, factor.trips);
  return fmt::format("{} * {}", term, asFactor(factor));
}

std::string plus(const std::string &term, int64_t constant) {
  if (constant == 0)
    return term;
  return fmt::format("{} {} {}", term, constant < 0 ? '-' : '+',
                     constant < 0 ? -constant : constant);
}

static std::string join(llvm::ArrayRef<std::string> parts,
                        const char *separator, const char *skipped) {
  std::string text;
  for (const std::string &part : parts) {
    if (part == skipped)
      continue;
    if (!text.empty())
      text += separator;
    text += part;
  }
  return text;
}

std::string sum(llvm::ArrayRef<std::string> terms) {
  std::string text = join(terms, " + ", "0");
  return text.empty() ? "0" : text;
}

std::string all(llvm::ArrayRef<std::string> conditions) {
  return join(conditions, " && ", "");
}

} // namespace dlc::emit::cuda::routines
