// Fuzzes the importer of Keras models: the input is a config.json.
#include "test/fuzz/ReadModel.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const dlc::fuzz::Folder folder;
  folder.write("config.json", {data, size});
  dlc::fuzz::readAndWrite(folder.path());
  return 0;
}
