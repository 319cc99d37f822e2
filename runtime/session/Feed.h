// Puts the samples of a data set into a program's input buffers.
#pragma once

#include "runtime/session/Impl.h"

#include <map>
#include <span>

namespace dlc::session {

/// A data set checked against a program and converted to what it reads.
class Feed {
public:
  /// Errors name the array that is missing, has a shape that does not fit the
  /// model, has another number of samples than the rest, or a label out of
  /// range. `classWeight` may be empty.
  static Expected<Feed> bind(const Session::Impl &impl, size_t program,
                             const Dataset &data,
                             const std::map<int64_t, float> &classWeight = {});

  /// Number of samples.
  int64_t size() const { return count; }

  /// Gives the samples to another device of the same artifact than the
  /// session's first.
  void useDevice(Device &other) { device = &other; }

  /// Waits until the device can take the samples of a step of the next run, and
  /// says where it takes those of each source.
  Expected<std::vector<std::byte *>> stage(int64_t step) const;
  /// Copies the given samples there, in this order.
  void gather(std::span<const int64_t> rows,
              const std::vector<std::byte *> &places) const;
  /// Both, for a run of one step.
  Expected<void> fill(std::span<const int64_t> rows) const;

private:
  struct Source {
    Tensor tensor; // as the buffer wants it
    uint32_t buffer;
  };
  Device *device = nullptr;
  size_t program = 0;
  std::vector<Source> sources;
  int64_t count = 0;
};

/// The weight of each sample: that of its label, 1 for labels without one.
/// Labels are integers, or the largest element of a row. Errors name `name`.
Expected<Tensor> weighByClass(const Tensor &labels, const std::string &name,
                              const std::map<int64_t, float> &classWeight);

} // namespace dlc::session
