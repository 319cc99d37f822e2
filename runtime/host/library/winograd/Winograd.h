// Convolutions by Winograd's algorithm with code of our own, for CPUs that
// oneDNN has none for.
#pragma once

#include "runtime/host/library/convolution/Convolution.h"

namespace dlc::host {

/// Whether this code is to be taken where a call is marked for Winograd's
/// algorithm: oneDNN has none for the CPU, and the window suits it.
bool usesOwnWinograd(const ConvGeometry &geometry);

// The calls. Images and kernels are Keras', as in Conv2D.cpp, and checked;
// `bias` may be null. Their bits do not depend on the number of threads.

std::unique_ptr<Call> makeWinograd(int threads, const ConvGeometry &geometry,
                                   const Argument &x, const Argument &kernel,
                                   const float *bias, bool relu,
                                   const Argument &y);
std::unique_ptr<Call> makeWinogradInputGrad(int threads,
                                            const ConvGeometry &geometry,
                                            const Argument &dy,
                                            const Argument &kernel,
                                            const Argument &dx);
std::unique_ptr<Call> makeWinogradKernelGrad(int threads,
                                             const ConvGeometry &geometry,
                                             const Argument &x,
                                             const Argument &dy,
                                             const Argument &dkernel);

} // namespace dlc::host
