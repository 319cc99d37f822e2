// ImageDataGenerator's arguments as JSON.
#include "runtime/image/FillModes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dlc::image {

namespace {

using Json = nlohmann::json;

/// An int or a float, which mean different things, or a list.
Json print(const ShiftRange &range) {
  switch (range.kind) {
  case ShiftRange::Kind::None:
    return 0;
  case ShiftRange::Kind::Uniform:
    return range.values[0];
  case ShiftRange::Kind::Whole:
    return int64_t(range.values[0]);
  case ShiftRange::Kind::Choice:
    return range.values;
  }
  return 0;
}

} // namespace

std::string printAugmentation(const Augmentation &augmentation) {
  const Augmentation &a = augmentation;
  Json json;
  json["samplewise_center"] = a.samplewiseCenter;
  json["samplewise_std_normalization"] = a.samplewiseStdNormalization;
  json["rotation_range"] = a.rotationRange;
  json["width_shift_range"] = print(a.widthShiftRange);
  json["height_shift_range"] = print(a.heightShiftRange);
  json["brightness_range"] =
      a.brightnessRange ? Json(*a.brightnessRange) : Json();
  json["shear_range"] = a.shearRange;
  json["zoom_range"] = a.zoomRange;
  json["channel_shift_range"] = a.channelShiftRange;
  auto mode = std::ranges::find(fillModes, a.fillMode,
                                &std::pair<std::string_view, FillMode>::second);
  json["fill_mode"] = mode->first;
  json["cval"] = a.cval;
  json["horizontal_flip"] = a.horizontalFlip;
  json["vertical_flip"] = a.verticalFlip;
  json["rescale"] = a.rescale == 0 ? Json() : Json(a.rescale);
  json["interpolation_order"] = a.interpolationOrder;
  return json.dump();
}

} // namespace dlc::image
