// What NVRTC complains of, with the text it is about.
#pragma once

#include "runtime/core/Error.h"

#include <string_view>

namespace dlc::emit::cuda {

/// An error of the first complaint in a log ("dlc.cu(12): error: ..."): it
/// names the kernel around that line of `text`, and holds its text.
Error explainLog(std::string_view text, std::string_view log,
                 std::string_view architecture);

} // namespace dlc::emit::cuda
