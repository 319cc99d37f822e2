// Pictures as the rows of a model's input, decoded when a step needs them.
#include "runtime/data/images/ImageRows.h"
#include "runtime/data/Prefetch.h"

namespace dlc::data {

namespace {

Shape shapeOf(size_t count, const ImageFormat &format) {
  int64_t channels = image::channelsOf(format.colors);
  auto n = int64_t(count);
  return format.channelsFirst ? Shape{n, channels, format.height, format.width}
                              : Shape{n, format.height, format.width, channels};
}

/// Pixels with their channels side by side become a plane for each channel.
void toPlanes(std::span<const float> pixels, size_t channels,
              std::span<float> planes) {
  size_t area = pixels.size() / channels;
  for (size_t i = 0; i < area; ++i)
    for (size_t c = 0; c < channels; ++c)
      planes[c * area + i] = pixels[i * channels + c];
}

} // namespace

ImageRows::ImageRows(std::shared_ptr<const ImageFiles> images,
                     std::vector<uint32_t> files, ImageFormat format)
    : images(std::move(images)), files(std::move(files)),
      format(std::move(format)),
      dims(shapeOf(this->files.size(), this->format)) {}

Expected<void> ImageRows::make(int64_t row, int64_t epoch,
                               std::span<float> to) const {
  auto decoded = images->decode(files[size_t(row)], format.colors);
  if (!decoded) {
    Error error = decoded.error();
    error.remedy += error.remedy.empty() ? "" : ", or ";
    error.remedy += "leave such pictures out with --on-bad-image skip";
    return Unexpected(std::move(error));
  }
  image::Picture resized =
      image::resize(std::move(decoded->picture), format.height, format.width,
                    format.interpolation, format.keepAspectRatio);

  int channels = image::channelsOf(format.colors);
  std::vector<float> own(format.channelsFirst ? to.size() : 0);
  std::span<float> pixels = format.channelsFirst ? std::span(own) : to;
  image::toFloats(resized, pixels);
  image::FloatImage floats{format.height, format.width, channels, pixels};
  if (format.isRandom)
    image::applyTransform(format.augmentation,
                          image::draw(format.augmentation, format.height,
                                      format.width, format.seed,
                                      uint64_t(epoch), uint64_t(row)),
                          floats);
  preprocess(format.preprocess, pixels, channels);
  image::standardize(format.augmentation, floats);
  if (format.channelsFirst)
    toPlanes(pixels, size_t(channels), to);
  return {};
}

Expected<std::unique_ptr<RowPass>> ImageRows::start(std::vector<int64_t> order,
                                                    int64_t batch,
                                                    int64_t epoch) const {
  auto elements =
      size_t(countElements(dims, 1)) / std::max<size_t>(1, files.size());
  size_t rowBytes = elements * sizeof(float);
  auto makeRow = [this, epoch, elements](int64_t row,
                                         std::byte *to) -> Expected<void> {
    return make(row, epoch, {reinterpret_cast<float *>(to), elements});
  };
  return prefetch(makeRow, std::move(order),
                  {rowBytes, format.workers,
                   chooseCapacity(batch, rowBytes, format.workers)});
}

} // namespace dlc::data
