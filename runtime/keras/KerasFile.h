// Keras' own files: the .keras archive (zip or folder) and its HDF5 weights.
// Formats: keras/src/saving/saving_lib.py, as Keras 3.15.1 writes them.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dlc::keras {

/// HDF5 datasets by full path: "layers/dense/vars/0", "optimizer/vars/2".
/// Other element types are converted on reading: floats to F32, integers to I32
/// (out of range is an error), booleans to Bool.
using WeightMap = std::map<std::string, Tensor>;

/// What a .keras archive holds.
struct Archive {
  std::string config;             // config.json
  std::string metadata;           // metadata.json; empty if it has none
  std::vector<std::byte> weights; // model.weights.h5; empty if it has none
};

/// A zip file or a folder of the same members. Members are read by name; a
/// member larger than 4 GiB that expands more than 100 times is refused.
Expected<Archive> readArchive(const std::filesystem::path &path);

/// Members stored as Keras stores them; written to a temporary name and
/// renamed.
Expected<void> writeArchive(const Archive &archive,
                            const std::filesystem::path &path);

/// The datasets of an HDF5 file in memory; `name` is what errors call it.
Expected<WeightMap> readWeights(std::span<const std::byte> bytes,
                                const std::string &name);

/// An HDF5 file as h5py writes it for Keras: a group for each path component,
/// contiguous little-endian datasets.
Expected<std::vector<std::byte>> writeWeights(const WeightMap &weights);

} // namespace dlc::keras
