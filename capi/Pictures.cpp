// The samples of a call of dlc.h: arrays, or pictures.
#include "capi/Pictures.h"
#include "capi/Data.h"
#include "capi/Guard.h"
#include "capi/Handles.h"
#include "capi/Options.h"
#include "runtime/session/pictures/PictureData.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>

using namespace dlc;

namespace {

/// Pictures say what arrays would.
Expected<void> refuseArrays(const dlc_data &data) {
  if (data.x_count + data.y_count + data.output_weight_count == 0 &&
      !data.sample_weight)
    return {};
  return fail("data", "has arrays beside pictures",
              "a sample's input and target are its picture and its folder",
              "set \"pictures\" to NULL, or the arrays");
}

Expected<session::PictureSource> openSource(const dlc_session &session,
                                            const dlc_pictures &pictures) {
  if (auto given = capi::require({pictures.path, "pictures->path"}); !given)
    return Unexpected(given.error());
  auto settings = capi::parsePictureOptions(pictures.options);
  if (!settings)
    return Unexpected(settings.error());
  return session::PictureSource{
      pictures.path,
      *std::move(settings),
      capi::namePictureOption,
      session.seed,
      session.session.pictureFormat(),
      session.session.manifest().model,
      [note = pictures.note,
       context = pictures.context](const std::string &text) {
        if (note)
          note(text.c_str(), context);
      }};
}

Expected<const artifact::Program *> findProgram(const Session &session,
                                                const char *name) {
  if (const artifact::Program *program = session.program(name))
    return program;
  return fail(fmt::format("model \"{}\"", session.manifest().model),
              fmt::format("has no program \"{}\"", name),
              "pictures are read as it takes them",
              "compile the model with an optimizer, a loss and this program");
}

} // namespace

Expected<Dataset> capi::readSamples(const dlc_session &session,
                                    const char *program, const dlc_data *data,
                                    const std::vector<std::string> &classes) {
  if (!data || !data->pictures)
    return read(data);
  if (auto refused = refuseArrays(*data); !refused)
    return Unexpected(refused.error());
  auto source = openSource(session, *data->pictures);
  if (!source)
    return Unexpected(source.error());
  auto found = findProgram(session.session, program);
  if (!found)
    return Unexpected(found.error());
  auto pictures =
      std::string_view(program) == "predict"
          ? session::readPictures(*source, **found)
          : session::readLabelledPictures(*source, **found, classes);
  if (!pictures)
    return Unexpected(pictures.error());
  return std::move(pictures->data);
}

Expected<capi::TrainingSamples>
capi::readTrainingSamples(const dlc_session &session, const dlc_data *data,
                          double validationSplit) {
  if (!data || !data->pictures) {
    auto arrays = read(data);
    if (!arrays)
      return Unexpected(arrays.error());
    return TrainingSamples{*std::move(arrays)};
  }
  if (auto refused = refuseArrays(*data); !refused)
    return Unexpected(refused.error());
  auto source = openSource(session, *data->pictures);
  if (!source)
    return Unexpected(source.error());
  auto program = findProgram(session.session, "train");
  if (!program)
    return Unexpected(program.error());
  auto pictures =
      session::readTrainingPictures(*source, **program, validationSplit);
  if (!pictures)
    return Unexpected(pictures.error());
  return TrainingSamples{std::move(pictures->data),
                         std::move(pictures->validation)};
}

dlc_status dlc_pictures_describe(const dlc_session *session,
                                 const dlc_pictures *pictures, char **json) {
  return capi::guard(
      {{session, "session"}, {pictures, "pictures"}, {json, "json"}},
      [&]() -> Expected<void> {
        auto source = openSource(*session, *pictures);
        if (!source)
          return Unexpected(source.error());
        auto program = findProgram(session->session, "predict");
        if (!program)
          return Unexpected(program.error());
        auto found = session::readPictures(*source, **program);
        if (!found)
          return Unexpected(found.error());
        nlohmann::ordered_json about;
        about["files"] = found->files;
        *json = capi::copyText(about.dump(
            -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
        return {};
      });
}
