// Fuzzes the reader of .keras archives: the zip file and its members.
#include "runtime/keras/KerasFile.h"
#include "test/fuzz/Temporary.h"

using namespace dlc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  auto archive = keras::readArchive(folder.write("fuzz.keras", {data, size}));
  fuzz::checkError(archive);
  if (archive)
    fuzz::checkError(
        keras::writeArchive(*archive, folder.path() / "out.keras"));
  return 0;
}
