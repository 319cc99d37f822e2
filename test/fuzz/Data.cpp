// Fuzzes the readers of arrays, .npy, .npz and IDX, and of archives of
// pictures. The first byte of the input says which.
#include "runtime/data/Idx.h"
#include "runtime/data/images/ClassFolders.h"
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/Npz.h"
#include "test/fuzz/Temporary.h"

using namespace dlc;

namespace {

void readNpz(const std::filesystem::path &path) {
  auto file = data::NpzReader::open(path);
  fuzz::checkError(file);
  if (!file)
    return;
  for (const std::string &name : file->names())
    fuzz::checkError(file->read(name));
}

void readIdx(const fuzz::Folder &folder, bool compressed,
             std::span<const uint8_t> bytes) {
  const std::string suffix = compressed ? ".gz" : "";
  // The same bytes as images and as labels: each refuses the other's rank.
  for (const char *name :
       {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"})
    folder.write(name + suffix, bytes);
  fuzz::checkError(data::readIdxImages(folder.path(), "train"));
  fuzz::checkError(data::readIdxLabels(folder.path(), "train"));
}

void readPictures(const std::filesystem::path &path) {
  auto files = data::ImageFiles::open(path);
  fuzz::checkError(files);
  if (!files)
    return;
  fuzz::checkError(data::findClasses(**files));
  for (size_t i = 0; i < (*files)->names().size(); ++i)
    fuzz::checkError((*files)->read(i));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder, plain, compressed;
  if (size == 0)
    return 0;
  std::span<const uint8_t> bytes(data + 1, size - 1);
  switch (data[0]) {
  case '1':
    fuzz::checkError(data::readNpy(std::as_bytes(bytes), "fuzz.npy"));
    break;
  case '2':
    readNpz(folder.write("fuzz.npz", bytes));
    break;
  case '3':
    readIdx(plain, false, bytes);
    break;
  case '4':
    readIdx(compressed, true, bytes);
    break;
  case '5':
    readPictures(folder.write("fuzz.zip", bytes));
    break;
  default:
    return -1; // no reader's: keep it out of the corpus
  }
  return 0;
}
