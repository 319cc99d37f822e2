// Pictures as the rows of a model's input, decoded when a step needs them.
#pragma once

#include "runtime/data/RowSource.h"
#include "runtime/data/images/ImageFiles.h"
#include "runtime/data/images/Preprocess.h"
#include "runtime/image/Augment.h"
#include "runtime/image/Picture.h"
#include "runtime/image/Resize.h"

namespace dlc::data {

/// How a picture becomes a sample: load_img, then what ImageDataGenerator does,
/// in its order.
struct ImageFormat {
  int height = 0, width = 0;
  image::ColorMode colors = image::ColorMode::Rgb;
  /// (n, channels, height, width) in place of (n, height, width, channels).
  bool channelsFirst = false;
  image::Interpolation interpolation = image::Interpolation::Nearest;
  bool keepAspectRatio = false;
  /// Its random transforms are drawn for training alone; rescale and samplewise
  /// statistics are of all.
  image::Augmentation augmentation = {};
  bool isRandom = false;
  Preprocess preprocess = Preprocess::None;
  /// Of the random transforms.
  uint64_t seed = 0;
  /// Threads that make samples; at least 1.
  int workers = 1;
};

class ImageRows : public RowSource {
public:
  /// Row i is the picture files[i] of `images`.
  ImageRows(std::shared_ptr<const ImageFiles> images,
            std::vector<uint32_t> files, ImageFormat format);

  DType dtype() const override { return DType::F32; }
  const Shape &shape() const override { return dims; }
  Expected<std::unique_ptr<RowPass>> start(std::vector<int64_t> order,
                                           int64_t batch,
                                           int64_t epoch) const override;

private:
  Expected<void> make(int64_t row, int64_t epoch, std::span<float> to) const;

  std::shared_ptr<const ImageFiles> images;
  std::vector<uint32_t> files;
  ImageFormat format;
  Shape dims;
};

} // namespace dlc::data
