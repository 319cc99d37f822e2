// "attention" and "attention_grad", with the meaning that
// runtime/host/library/attention/Attention.h gives them.
#include "compiler/emit/cuda/routines/attention/AttentionKernels.h"

namespace dlc::emit::cuda::routines {

Expected<KernelText> emitAttention(RoutineCall &call) {
  AttentionKernels kernels(call, {"query", "key", "value"}, {"y", "logsumexp"});
  if (auto checked = kernels.check(); !checked)
    return dlc::Unexpected(checked.error());
  const AttentionKernels::Names made = {"y", "logsumexp"};
  const Array &query = kernels.query(), &key = kernels.key();
  HeadTile width = kernels.widthTile(), depth = kernels.depthTile();
  if (kernels.isOnTensorCores())
    kernels.addOnTensorCores("", "forward", query, made,
                             {.owned = query.shape[1],
                              .met = key.shape[1],
                              .sums = depth.columns(),
                              .scores = 1,
                              .ownedBytes = width.rowBytes(),
                              .metBytes = width.rowBytes() + depth.rowBytes()});
  else
    kernels.addOnMultipliers("", "forward", query, made, depth.width);
  return kernels.take();
}

Expected<KernelText> emitAttentionGrad(RoutineCall &call) {
  AttentionKernels kernels(call,
                           {"query", "key", "value", "logsumexp", "dot", "dy"},
                           {"dquery", "dkey", "dvalue"});
  if (auto checked = kernels.check(); !checked)
    return dlc::Unexpected(checked.error());
  const Array &query = kernels.query(), &key = kernels.key();
  HeadTile width = kernels.widthTile(), depth = kernels.depthTile();
  if (!kernels.isOnTensorCores()) {
    kernels.addOnMultipliers("", "queryGrad", query, {"dquery"}, width.width);
    kernels.addOnMultipliers("_key", "keyGrad", key, {"dkey"}, width.width,
                             ", false");
    kernels.addOnMultipliers("_value", "keyGrad", key, {"dvalue"}, depth.width,
                             ", true");
    return kernels.take();
  }
  int64_t bytes = width.rowBytes() + depth.rowBytes();
  kernels.addOnTensorCores("", "queryGrad", query, {"dquery"},
                           {.owned = query.shape[1],
                            .met = key.shape[1],
                            .sums = width.columns(),
                            .scores = 2,
                            .ownedBytes = bytes,
                            .metBytes = bytes});
  kernels.addOnTensorCores("_key", "keyGrad", key, {"dkey", "dvalue"},
                           {.owned = key.shape[1],
                            .met = query.shape[1],
                            .sums = width.columns() + depth.columns(),
                            .scores = 2,
                            .ownedBytes = bytes,
                            // Two numbers are known of a query.
                            .metBytes = bytes + 2 * int64_t(sizeof(float))});
  return kernels.take();
}

} // namespace dlc::emit::cuda::routines
