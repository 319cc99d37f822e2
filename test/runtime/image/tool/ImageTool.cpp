// Runs runtime/image on files for test/e2e/test_images.py, which compares with
// PIL and Keras: image_tool JOBS.json OUT. Each job is an object; job i leaves
// OUT/i.npy, a float32 array, or OUT/i.txt, an error.
//   {"file": F, "mode": "rgb", "size": [h, w], "interpolation": "bilinear",
//    "keep_aspect_ratio": false}     size and what follows may be missing
//   the same with "times": n          median processor milliseconds of
//   decoding, resizing and, with "augment", of drawing and applying a transform
//   {"array": F.npy, "augment": "fill_mode=wrap", "transform": {"theta": 20}}
//   {"array": F.npy, "augment": "rescale=2", "standardize": true}
//   {"augment": "...", "draws": n, "seed": s, "epoch": e, "shape": [h, w]}
#include "runtime/data/npy/Npy.h"
#include "runtime/image/Augment.h"
#include "runtime/image/Decode.h"
#include "runtime/image/Resize.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace dlc;
using nlohmann::json;

namespace {

std::vector<std::byte> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  auto view = std::as_bytes(std::span(bytes));
  return {view.begin(), view.end()};
}

Expected<Tensor> decodeFile(const json &job) {
  const std::string path = job["file"];
  const std::string mode = job["mode"];
  auto picture = image::decode(readFile(path), path,
                               mode == "grayscale" ? image::ColorMode::Grayscale
                               : mode == "rgba"    ? image::ColorMode::Rgba
                                                   : image::ColorMode::Rgb);
  if (!picture)
    return Unexpected(picture.error());
  if (job.contains("size")) {
    auto interpolation =
        image::parseInterpolation(job["interpolation"].get<std::string>());
    if (!interpolation)
      return Unexpected(interpolation.error());
    *picture =
        image::resize(std::move(*picture), job["size"][0], job["size"][1],
                      *interpolation, job.value("keep_aspect_ratio", false));
  }
  Tensor result(DType::F32,
                {picture->height, picture->width, picture->channels});
  image::toFloats(*picture, result.as<float>());
  return result;
}

/// Processor time of this thread.
double milliseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e3 + double(time.tv_nsec) * 1e-6;
}

/// Median milliseconds of `times` calls of `step`.
template <typename Step> float measure(int times, Step step) {
  std::vector<double> taken;
  for (int i = 0; i < times; ++i) {
    const double start = milliseconds();
    step();
    taken.push_back(milliseconds() - start);
  }
  std::ranges::nth_element(taken, taken.begin() + times / 2);
  return float(taken[size_t(times / 2)]);
}

Expected<Tensor> timeFile(const json &job) {
  const auto bytes = readFile(job["file"]);
  const int times = job["times"], height = job["size"][0],
            width = job["size"][1];
  auto picture = image::decode(bytes, "file", image::ColorMode::Rgb);
  auto interpolation =
      image::parseInterpolation(job["interpolation"].get<std::string>());
  auto augmentation = image::parseAugmentation(job.value("augment", ""));
  if (!picture || !interpolation || !augmentation)
    return fail("image_tool", "has nothing to time");
  Tensor result(DType::F32, {3});
  result.as<float>()[0] = measure(times, [&] {
    picture = image::decode(bytes, "file", image::ColorMode::Rgb);
  });
  image::Picture resized;
  result.as<float>()[1] = measure(times, [&] {
    resized = image::resize(*picture, height, width, *interpolation);
  });
  std::vector<float> floats(resized.count());
  uint64_t index = 0;
  result.as<float>()[2] = measure(times, [&] {
    image::toFloats(resized, floats);
    image::FloatImage view{height, width, resized.channels, floats};
    image::applyTransform(
        *augmentation, image::draw(*augmentation, height, width, 1, 0, index++),
        view);
    image::standardize(*augmentation, view);
  });
  return result;
}

image::Transform readTransform(const json &from) {
  image::Transform transform;
  transform.theta = from.value("theta", 0.0);
  transform.tx = from.value("tx", 0.0);
  transform.ty = from.value("ty", 0.0);
  transform.shear = from.value("shear", 0.0);
  transform.zx = from.value("zx", 1.0);
  transform.zy = from.value("zy", 1.0);
  transform.flipHorizontal = from.value("flip_horizontal", false);
  transform.flipVertical = from.value("flip_vertical", false);
  if (from.contains("channel_shift_intensity"))
    transform.channelShiftIntensity = from["channel_shift_intensity"];
  if (from.contains("brightness"))
    transform.brightness = from["brightness"];
  return transform;
}

/// The parameters of samples 0 to n - 1, a row each.
Tensor drawMany(const json &job, const image::Augmentation &augmentation) {
  const int64_t count = job["draws"];
  Tensor result(DType::F32, {count, 10});
  float *row = result.as<float>().data();
  for (int64_t i = 0; i < count; ++i, row += 10) {
    auto drawn = image::draw(augmentation, job["shape"][0], job["shape"][1],
                             job["seed"], job["epoch"], uint64_t(i));
    const double values[] = {drawn.theta,
                             drawn.tx,
                             drawn.ty,
                             drawn.shear,
                             drawn.zx,
                             drawn.zy,
                             double(drawn.flipHorizontal),
                             double(drawn.flipVertical),
                             drawn.channelShiftIntensity.value_or(0),
                             drawn.brightness.value_or(1)};
    std::ranges::transform(values, row, [](double v) { return float(v); });
  }
  return result;
}

Expected<Tensor> augmentArray(const json &job) {
  auto augmentation = image::parseAugmentation(job["augment"]);
  if (!augmentation)
    return Unexpected(augmentation.error());
  if (job.contains("draws"))
    return drawMany(job, *augmentation);
  auto array = data::readNpy(readFile(job["array"]), "array");
  if (!array)
    return array;
  const auto &shape = array->shape();
  image::FloatImage view{int(shape[0]), int(shape[1]), int(shape[2]),
                         array->as<float>()};
  if (job.contains("transform"))
    image::applyTransform(*augmentation, readTransform(job["transform"]), view);
  if (job.contains("standardize"))
    image::standardize(*augmentation, view);
  return array;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fputs("usage: image_tool JOBS.json OUT\n", stderr);
    return 2;
  }
  std::ifstream jobsFile(argv[1]);
  const json jobs = json::parse(jobsFile);
  for (size_t i = 0; i < jobs.size(); ++i) {
    auto result = jobs[i].contains("times")  ? timeFile(jobs[i])
                  : jobs[i].contains("file") ? decodeFile(jobs[i])
                                             : augmentArray(jobs[i]);
    const std::string stem = std::string(argv[2]) + "/" + std::to_string(i);
    if (result) {
      std::ofstream file(stem + ".npy", std::ios::binary);
      auto bytes = data::writeNpy(*result);
      file.write(reinterpret_cast<const char *>(bytes.data()),
                 std::streamsize(bytes.size()));
    } else {
      std::ofstream(stem + ".txt") << result.error().message();
    }
  }
  return 0;
}
