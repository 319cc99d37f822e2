// Fuzzes the reader of layer files: the input is a .mlir file.
#include "test/fuzz/ReadModel.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const dlc::fuzz::Folder folder;
  dlc::fuzz::readAndWrite(folder.write("fuzz.mlir", {data, size}));
  return 0;
}
