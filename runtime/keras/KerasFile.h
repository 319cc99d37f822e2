// Keras' own files: the .keras archive (zip or folder) and its HDF5 weights.
// Formats: keras/src/saving/saving_lib.py, as Keras 3.15.1 writes them.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dlc::keras {

/// HDF5 datasets by full path: "layers/dense/vars/0", "optimizer/vars/2".
/// Other element types are converted on reading: floats to F32, integers to I32
/// (out of range is an error), booleans to Bool.
using WeightMap = std::map<std::string, Tensor>;

/// Datasets to be written. Each value is asked for when its turn comes, so that
/// one is in memory at a time.
using Datasets = std::map<std::string, std::function<Expected<Tensor>()>>;

/// Those of tensors that are in memory already.
Datasets fromMemory(WeightMap weights);

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

/// The same with model.weights.h5 as an open file, read from its start, in
/// place of Archive::weights.
Expected<void> writeArchive(const Archive &archive, int weights,
                            const std::filesystem::path &path);

/// Text in an attribute of a group, or a list of texts. An empty list has no
/// type in Keras' files; it is read and written as they hold it.
struct TextAttribute {
  std::vector<std::string> values;
  bool isList = false;
  bool isFixed = false; // stored at a fixed length, as Keras 2 stored lists
};

/// The text attributes of groups by path, "" for the root, then by name.
using AttributeMap =
    std::map<std::string, std::map<std::string, TextAttribute>>;

/// An HDF5 file with what legacy models keep in attributes.
struct Hdf5File {
  WeightMap datasets;
  AttributeMap attributes;
};

/// The datasets of an HDF5 file in memory; `name` is what errors call it.
Expected<WeightMap> readWeights(std::span<const std::byte> bytes,
                                const std::string &name);

/// The same; gives the bytes back as soon as it has read them.
Expected<WeightMap> readWeights(std::vector<std::byte> &&bytes,
                                const std::string &name);

/// An HDF5 file as h5py writes it for Keras: a group for each path component,
/// contiguous little-endian datasets.
Expected<std::vector<std::byte>> writeWeights(const WeightMap &weights);

/// readWeights with the attributes of all groups.
Expected<Hdf5File> readHdf5(std::span<const std::byte> bytes,
                            const std::string &name);

/// The same; gives the bytes back as soon as it has read them.
Expected<Hdf5File> readHdf5(std::vector<std::byte> &&bytes,
                            const std::string &name);

/// Writes such a file at `path`, over what is there, with attributes; their
/// groups need hold no dataset. `name` is what errors call the file.
Expected<void> writeHdf5(const Datasets &datasets,
                         const AttributeMap &attributes,
                         const std::string &path, const std::string &name);

} // namespace dlc::keras
