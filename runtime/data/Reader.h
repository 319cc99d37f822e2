// Data sets from files: .npz, .npy, and folders in MNIST's IDX form.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

namespace dlc::data {

/// What the reader has to find.
struct DataSpec {
  enum class Use { Train, Evaluate, Predict };
  /// Train and Evaluate need targets; Predict ignores them. Of an IDX folder
  /// Train reads the train files, the others the t10k files.
  Use use = Use::Train;
  /// The model's inputs and outputs, in its order. With several, each needs its
  /// own array; with one or none, an array may have any name.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Reads the data set that `spec` names:
///   d.npz        arrays x and y, or x_NAME and y_NAME by input and output
///   name;
///                optional sample_weight, or sample_weight_NAME by output
///   x.npy,y.npy  one input, one output
///   x.npy        one input, where no targets are needed
///   a folder     train-images-idx3-ubyte and train-labels-idx1-ubyte, or
///   t10k-,
///                as they are or with .gz: images become float32 in [0, 1] of
///                shape (n, rows, columns, 1), labels int32 of shape (n,)
/// Floats come as float32, integers as int32, whatever the file holds. Errors
/// name the file and the array: missing, damaged, of an unsupported element
/// type, not with the same number of samples as the others, without samples.
Expected<Dataset> readDataset(const std::string &spec, const DataSpec &wanted);

} // namespace dlc::data
