// A convolution in oneDNN's terms, and the ways of computing it that are tried.
#pragma once

#include "runtime/host/library/DnnlCall.h"

namespace dlc::host {

/// The window of a convolution in oneDNN's terms.
struct ConvGeometry {
  dnnl::memory::dims strides, dilation, low, high;
  int64_t groups = 1;
  dnnl::memory::dims x, y, kernel, bias; // logical: NCHW, GOIHW
  dnnl::memory::data_type type;          // of all of them

  dnnl::memory::desc channelsLast(const dnnl::memory::dims &image) const {
    return describe(image, dnnl::memory::format_tag::nhwc, type);
  }
  dnnl::memory::desc kerasKernel() const {
    using Tag = dnnl::memory::format_tag;
    return describe(kernel, groups == 1 ? Tag::hwio : Tag::hwigo, type);
  }
};

/// Reads strides, padding, dilation and groups, and checks the shapes, which
/// are Keras': NHWC and HWIO.
Expected<ConvGeometry> readConvGeometry(const CallSpec &spec, Config &config,
                                        const Shape &x, const Shape &kernel,
                                        const Shape &y);

enum class ConvDirection { Forward, InputGrad, KernelGrad };

/// What a primitive is asked for.
struct ConvWay {
  dnnl::algorithm algorithm = dnnl::algorithm::convolution_direct;
  dnnl::memory::desc x, kernel, y;
};

/// From the preferred way to the last resort. Shapes and the CPU's level tell
/// which comes first, never a clock, so that reruns give the same bits. With
/// `winograd`, that algorithm comes before all others.
std::vector<ConvWay> listConvWays(const ConvGeometry &geometry,
                                  ConvDirection direction, bool winograd);

} // namespace dlc::host
