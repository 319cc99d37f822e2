// Fuzzes the reader of weights and attributes as the program uses it: libhdf5
// in a child. What happens there may be anything; this process must go on with
// an error or with arrays.
#include "runtime/keras/KerasFile.h"
#include "test/fuzz/Temporary.h"

#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

using namespace dlc;

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  // libFuzzer would keep the input of a child that dies as a finding.
  auto forget = [] { __sanitizer_set_death_callback(nullptr); };
  return ::pthread_atfork(nullptr, nullptr, forget);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto content =
      keras::readHdf5(std::as_bytes(std::span(data, size)), "fuzz.h5");
  fuzz::checkError(content);
  if (!content)
    return 0;
  // Touch every element: the arrays must be as large as they say.
  unsigned sum = 0;
  for (const auto &[path, tensor] : content->datasets)
    for (size_t i = 0; i < tensor.bytes(); ++i)
      sum += unsigned(tensor.data()[i]);
  volatile unsigned keep = sum;
  (void)keep;
  return 0;
}
