// numpy's .npz format: .npy members of a zip file.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"
#include "runtime/zip/ZipReader.h"

#include <filesystem>

namespace dlc::data {

/// An .npz file that is open for reading.
class NpzReader {
public:
  static Expected<NpzReader> open(const std::filesystem::path &path);

  /// The arrays' names, in the file's order.
  const std::vector<std::string> &names() const { return arrays; }
  bool has(std::string_view name) const;

  /// The array as readNpy gives it; errors name file and array.
  Expected<Tensor> read(const std::string &name) const;

private:
  NpzReader(std::string path, ZipReader file)
      : path(std::move(path)), file(std::move(file)) {}

  std::string path;
  ZipReader file;
  std::vector<std::string> arrays;
};

/// Lists of texts by name.
using NamedTexts =
    std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Writes the arrays as np.savez does, all or nothing, then the texts as arrays
/// of numpy's str. Equal arrays give equal bytes.
Expected<void> writeNpz(const NamedTensors &arrays,
                        const std::filesystem::path &path,
                        const NamedTexts &texts = {});

} // namespace dlc::data
