// Compiled models: made by the compiler, read from and written to files.
#include "compiler/Compile.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"
#include "runtime/artifact/ArtifactFile.h"

using namespace dlc;
using capi::require;

dlc_status dlc_compile(const char *model, const char *options, dlc_note_fn note,
                       void *context, dlc_artifact **out) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            capi::firstError(require(model, "model"), require(out, "out"));
        !given)
      return given;
    auto parsed = capi::parseCompileOptions(options);
    if (!parsed)
      return Unexpected(parsed.error());
    if (note)
      parsed->onNote = [note, context](const std::string &text) {
        note(text.c_str(), context);
      };
    auto compiled = compile(model, *parsed);
    if (!compiled)
      return Unexpected(compiled.error());
    *out = new dlc_artifact{*std::move(compiled)};
    return {};
  });
}

dlc_status dlc_artifact_read(const char *path, dlc_artifact **out) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given =
            capi::firstError(require(path, "path"), require(out, "out"));
        !given)
      return given;
    auto read = artifact::readFile(path);
    if (!read)
      return Unexpected(read.error());
    *out = new dlc_artifact{*std::move(read)};
    return {};
  });
}

dlc_status dlc_artifact_write(const dlc_artifact *artifact, const char *path) {
  return capi::guard([&]() -> Expected<void> {
    if (auto given = capi::firstError(require(artifact, "artifact"),
                                      require(path, "path"));
        !given)
      return given;
    return artifact::writeFile(artifact->artifact, path);
  });
}

void dlc_artifact_free(dlc_artifact *artifact) { delete artifact; }
