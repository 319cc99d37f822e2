// What the files of the routines share: the context, the configuration reader
// and one maker a routine.
#pragma once

#include "runtime/host/library/Config.h"
#include "runtime/host/library/Library.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <functional>

namespace dlc::host {

struct Library::Context {
  int threads = 1;
  dnnl::engine engine;
  dnnl::stream stream;
};

/// Makes one call; `config` reports mistakes in spec.config once, at its end.
/// May throw dnnl::error, which Library::make turns into a value. Gives null
/// where it has no code of bf16, which is asked for only where `hasBf16`.
using Maker = Expected<std::unique_ptr<Call>> (*)(const Library::Context &,
                                                  const CallSpec &, Config &);

Expected<std::unique_ptr<Call>> makeDot(const Library::Context &,
                                        const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeConv2D(const Library::Context &,
                                           const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeConv2DInputGrad(const Library::Context &,
                                                    const CallSpec &, Config &);
Expected<std::unique_ptr<Call>>
makeConv2DKernelGrad(const Library::Context &, const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeMaxPool2D(const Library::Context &,
                                              const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeMaxPool2DGrad(const Library::Context &,
                                                  const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeMaxPool2DPick(const Library::Context &,
                                                  const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeAvgPool2D(const Library::Context &,
                                              const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeAvgPool2DGrad(const Library::Context &,
                                                  const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makePad(const Library::Context &,
                                        const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeConcat(const Library::Context &,
                                           const CallSpec &, Config &);

Expected<std::unique_ptr<Call>> makeGather(const Library::Context &,
                                           const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeScatterAdd(const Library::Context &,
                                               const CallSpec &, Config &);

Expected<std::unique_ptr<Call>> makeAttention(const Library::Context &,
                                              const CallSpec &, Config &);
Expected<std::unique_ptr<Call>> makeAttentionGrad(const Library::Context &,
                                                  const CallSpec &, Config &);

/// Fills the rows [begin, end) of a result.
using RowsBody = std::function<void(int64_t begin, int64_t end)>;

/// A call that is one loop over rows of the result, shared out to the threads
/// where there is enough to do; `rowBytes` says how much a row is.
std::unique_ptr<Call> makeRowLoop(int threads, int64_t rows, int64_t rowBytes,
                                  RowsBody body);

/// Whether the call is one of bf16, going by its first operand.
bool isOfBf16(const CallSpec &spec);

/// Whether the call has these numbers of operands and results, all of `rank`
/// (any if negative) and float32, or all bf16 if `bf16`.
Expected<void> expectFloats(const CallSpec &spec, size_t operands,
                            size_t results, int rank, bool bf16 = false);

/// The error for shapes that contradict each other.
dlc::Unexpected<Error> failShapes(const CallSpec &spec, std::string limit);

} // namespace dlc::host
