// MNIST's IDX format: two zero bytes, an element type, a rank, the dimensions
// as big-endian 32 bits, then the elements.
#include "runtime/data/Idx.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <zlib.h>

namespace dlc::data {

namespace {

struct GzClose {
  void operator()(gzFile file) const { gzclose_r(file); }
};
using GzHandle = std::unique_ptr<std::remove_pointer_t<gzFile>, GzClose>;

constexpr uint8_t unsignedByte = 0x08;

/// Against files made to fill the memory: deflate can expand a thousand times,
/// images hardly ten. Elements take four times as much again as float32.
constexpr uint64_t trustedSize = uint64_t(1) << 30;
constexpr uint64_t maxRatio = 100;

/// "train-images-idx3-ubyte" in its spellings, with or without .gz.
std::optional<std::filesystem::path>
findFile(const std::filesystem::path &folder, const std::string &split,
         const char *kind, int rank) {
  for (char dash : {'-', '.'})
    for (const char *suffix : {"", ".gz"}) {
      auto path = folder / fmt::format("{}-{}{}idx{}-ubyte{}", split, kind,
                                       dash, rank, suffix);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(path, ignored))
        return path;
    }
  return std::nullopt;
}

struct Array {
  Shape shape;
  std::vector<uint8_t> elements;
};

/// Reads `count` bytes, growing with what is really there; zlib passes through
/// files that are not compressed.
bool readExactly(gzFile file, uint64_t count, std::vector<uint8_t> &bytes) {
  constexpr uint64_t step = 1 << 20;
  bytes.clear();
  while (bytes.size() < count) {
    size_t done = bytes.size();
    auto wanted = unsigned(std::min<uint64_t>(step, count - done));
    bytes.resize(done + wanted);
    int got = gzread(file, bytes.data() + done, wanted);
    if (got != int(wanted))
      return false;
  }
  return true;
}

/// Whether the end was reached with nothing cut off: a checksum that is not
/// there is no error to gzread.
bool endedWell(gzFile file) {
  int code = Z_OK;
  gzerror(file, &code);
  return code == Z_OK || code == Z_STREAM_END;
}

Expected<Array> readArray(const std::filesystem::path &path, int rank) {
  std::string thing = path.string();
  const char *remedy = "copy or download the file again";
  GzHandle file(gzopen(path.c_str(), "rb"));
  if (!file)
    return fail(thing, "cannot be opened", "", "check its permissions");
  std::vector<uint8_t> header;
  if (!readExactly(file.get(), 4 + 4 * uint64_t(rank), header))
    return fail(thing, "ends in its header",
                "an IDX file starts with its dimensions", remedy);
  if (header[0] != 0 || header[1] != 0 || header[2] != unsignedByte ||
      header[3] != rank)
    return fail(thing,
                fmt::format("starts with {:02x}{:02x}{:02x}{:02x}", header[0],
                            header[1], header[2], header[3]),
                fmt::format("an IDX file of bytes starts with 0000{:02x}{:02x}",
                            unsignedByte, rank),
                "check that it is what its name says");
  Array array;
  uint64_t count = 1;
  for (int d = 0; d < rank; ++d) {
    const uint8_t *at = header.data() + 4 + 4 * d;
    uint32_t dim = uint32_t(at[0]) << 24 | uint32_t(at[1]) << 16 |
                   uint32_t(at[2]) << 8 | at[3];
    array.shape.push_back(dim);
    if (__builtin_mul_overflow(count, std::max<uint64_t>(dim, 1), &count) ||
        count > uint64_t(1) << 40)
      return fail(thing, fmt::format("has a dimension of {}", dim),
                  "no such file is so large", remedy);
  }
  count = uint64_t(countElements(array.shape));
  std::error_code unknown;
  uint64_t fileSize = std::filesystem::file_size(path, unknown);
  if (unknown)
    return fail(thing, "cannot be read", "its size is needed",
                "check that it is a file");
  if (!gzdirect(file.get()) && count > trustedSize &&
      count / maxRatio > fileSize)
    return fail(
        thing, fmt::format("expands from {} to {} bytes", fileSize, count),
        fmt::format("a file of over 1 GiB may expand {} times", maxRatio),
        "decompress it where you know what it holds");
  uint8_t more = 0;
  if (!readExactly(file.get(), count, array.elements) ||
      gzread(file.get(), &more, 1) != 0 || !endedWell(file.get()))
    return fail(thing, "is damaged",
                fmt::format("its header promises {} bytes of elements, and "
                            "compressed files have a checksum",
                            count),
                remedy);
  return array;
}

Expected<Array> readSplit(const std::filesystem::path &folder,
                          const std::string &split, const char *kind,
                          int rank) {
  auto path = findFile(folder, split, kind, rank);
  if (!path)
    return fail(folder.string(),
                fmt::format("has no file {}-{}-idx{}-ubyte", split, kind, rank),
                "a folder in MNIST's form has one, perhaps with .gz",
                "check the folder");
  return readArray(*path, rank);
}

} // namespace

bool isIdxFolder(const std::filesystem::path &folder) {
  return findFile(folder, "train", "images", 3) ||
         findFile(folder, "t10k", "images", 3);
}

Expected<Tensor> readIdxImages(const std::filesystem::path &folder,
                               const std::string &split) {
  auto array = readSplit(folder, split, "images", 3);
  if (!array)
    return Unexpected(array.error());
  array->shape.push_back(1);
  Tensor images(DType::F32, array->shape);
  std::ranges::transform(array->elements, images.as<float>().begin(),
                         [](uint8_t value) { return float(value) / 255.0f; });
  return images;
}

Expected<Tensor> readIdxLabels(const std::filesystem::path &folder,
                               const std::string &split) {
  auto array = readSplit(folder, split, "labels", 1);
  if (!array)
    return Unexpected(array.error());
  Tensor labels(DType::I32, array->shape);
  std::ranges::copy(array->elements, labels.as<int32_t>().begin());
  return labels;
}

} // namespace dlc::data
