// The options of dlc.h, which come as JSON text, as the structs that they fill.
#pragma once

#include "compiler/Compile.h"
#include "runtime/data/ClassWeight.h"
#include "runtime/data/images/text/Settings.h"
#include "runtime/session/Session.h"
#include "runtime/session/callbacks/text/Settings.h"

namespace dlc::capi {

/// The options of dlc_fit. The session knows the numbers of the classes that
/// have names.
struct FitSettings {
  FitOptions fit;
  data::NamedWeights classWeight;
  callbacks::Settings callbacks;
  /// Files to write; empty for none.
  std::filesystem::path profile, trace;
  int64_t traceSteps = 20;
};

/// An option of dlc_fit, or of dlc_pictures, as errors call it.
std::string nameFitOption(std::string_view key);
std::string namePictureOption(std::string_view key);

/// Null text is no options. An unknown key, a value of the wrong kind or out of
/// its range is an error that names the key.
Expected<CompileOptions> parseCompileOptions(const char *text);
Expected<SessionOptions> parseSessionOptions(const char *text);
Expected<FitSettings> parseFitOptions(const char *text);
Expected<data::ImageSettings> parsePictureOptions(const char *text);

} // namespace dlc::capi
