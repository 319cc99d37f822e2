// Puts the samples of a data set into a program's input buffers.
#pragma once

#include "runtime/data/Batcher.h"
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
  /// The same for the program of this name, which must be there, in batches,
  /// which must fit its plan.
  static Expected<Feed> open(const Session::Impl &impl,
                             std::string_view program, const Dataset &data,
                             int64_t batch,
                             const std::map<int64_t, float> &classWeight = {});

  /// The program that is fed, as an index into Manifest::programs.
  size_t program() const { return index; }

  /// Number of samples.
  int64_t size() const { return count; }

  /// Gives the samples to another device of the same artifact than the
  /// session's first.
  void useDevice(Device &other) { device = &other; }

  /// Begins a pass over the batches of `batcher` from `step` on: what makes
  /// samples as they are needed works ahead from here. Ends the pass before.
  /// `batcher` may go; its batches must be gathered in its order.
  Expected<void> start(const data::Batcher &batcher, int64_t epoch,
                       int64_t step = 0);
  /// Ends the pass, and with it all threads that make samples.
  void stop();

  /// Waits until the device can take the samples of a step of the next run, and
  /// says where it takes those of each source.
  Expected<std::vector<std::byte *>> stage(int64_t step) const;
  /// Copies the samples of the pass' next step there, in this order.
  Expected<void> gather(std::span<const int64_t> rows,
                        const std::vector<std::byte *> &places);
  /// Both, for a run of one step.
  Expected<void> fill(std::span<const int64_t> rows);

private:
  /// What goes into one input buffer.
  struct Source {
    uint32_t buffer = 0;
    /// As the buffer wants it, or labels for rows of `oneHot` classes.
    Tensor tensor = {};
    int64_t oneHot = 0;
    /// How many numbers in the buffer each of `tensor` stands for.
    int64_t repeats = 1;
    /// In place of `tensor`.
    std::shared_ptr<const data::RowSource> rows = {};
    std::unique_ptr<data::RowPass> pass = {};

    int64_t size() const {
      return (rows ? rows->shape() : tensor.shape()).front();
    }
  };
  static Expected<Source> bindPort(const Session::Impl &impl,
                                   const artifact::Program &program,
                                   const artifact::Port &port,
                                   const Dataset &data);

  Device *device = nullptr;
  size_t index = 0;
  std::vector<Source> sources;
  int64_t count = 0;
};

} // namespace dlc::session
