// Compiled models: made by the compiler, read from and written to files.
#include "compiler/Compile.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"
#include "runtime/artifact/ArtifactFile.h"

using namespace dlc;
using capi::guard;

dlc_status dlc_compile(const char *model, const char *options, dlc_note_fn note,
                       void *context, dlc_artifact **out) {
  return guard({{model, "model"}, {out, "out"}}, [&]() -> Expected<void> {
    auto parsed = capi::parseCompileOptions(options);
    if (!parsed)
      return Unexpected(parsed.error());
    if (note)
      parsed->onNote = [note, context](const std::string &text) {
        note(text.c_str(), context);
      };
    return capi::give(out, compile(model, *parsed));
  });
}

dlc_status dlc_artifact_read(const char *path, dlc_artifact **out) {
  return guard({{path, "path"}, {out, "out"}},
               [&] { return capi::give(out, artifact::readFile(path)); });
}

dlc_status dlc_artifact_write(const dlc_artifact *artifact, const char *path) {
  return guard({{artifact, "artifact"}, {path, "path"}},
               [&] { return artifact::writeFile(artifact->artifact, path); });
}

void dlc_artifact_free(dlc_artifact *artifact) { delete artifact; }
