// cuDNN, opened when an artifact wants it.
#include "runtime/cuda/library/Cudnn.h"

namespace dlc::cuda::dnn {

Expected<const Cudnn *> Cudnn::open(const std::string &library) {
  static const LibraryWords words{
      "cuDNN", "cuDNN 9.0",
      "install cuDNN 9 or name its libcudnn.so.9 in DLC_CUDNN, or compile the "
      "model again with --libraries none"};
  return openOnce<Cudnn>(library, cudnnLibrary(), words);
}

void Cudnn::load(OpenedFile &from, const std::string &library) {
  file = library;
#define DLC_CUDNN_FIND(result, name, parameters) from.find(call.name, #name);
  DLC_CUDNN_FUNCTIONS(DLC_CUDNN_FIND)
#undef DLC_CUDNN_FIND
}

std::string Cudnn::describe(Status status) const {
  return call.cudnnGetErrorString(status);
}

} // namespace dlc::cuda::dnn
