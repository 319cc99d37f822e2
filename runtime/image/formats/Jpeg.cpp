// JPEG files by libjpeg-turbo, set up as PIL sets it up.
#include "runtime/image/formats/ConvertRow.h"
#include "runtime/image/formats/Decoders.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <fmt/format.h>

// After <cstdio>, which it needs and does not include.
#include <jerror.h>
#include <jpeglib.h>

namespace dlc::image {

namespace {

/// A progressive file may repeat scans without end, each over the whole picture
/// and each of a few bytes. This many pixels may be gone over in all.
constexpr int64_t maxScannedPixels = int64_t(1) << 32;
constexpr int64_t alwaysAllowedScans = 24, maxScans = 500;

/// Each block of 64 levels takes a bit at least, but for arithmetic coding,
/// which may do with less. A large picture of fewer bytes than this says is not
/// one; for a progressive one libjpeg would allocate six bytes a pixel all the
/// same.
constexpr int64_t maxPixelsAByte = 2048, alwaysAllowedPixels = 1 << 24;

/// libjpeg's state and its way out of errors, which is a jump: between a call
/// of `run` and the library no object needs to be destroyed.
class Decompressor {
public:
  explicit Decompressor(Bytes file) {
    info.err = jpeg_std_error(&errors);
    info.client_data = this;
    errors.error_exit = [](j_common_ptr common) {
      auto *self = static_cast<Decompressor *>(common->client_data);
      common->err->format_message(common, self->text);
      std::longjmp(self->jump, 1);
    };
    // PIL takes what libjpeg only warns of, and so does this.
    errors.output_message = [](j_common_ptr) {};
    created = run([&] { jpeg_create_decompress(&info); });
    source.next_input_byte = reinterpret_cast<const JOCTET *>(file.data());
    source.bytes_in_buffer = file.size();
    source.init_source = source.term_source = [](j_decompress_ptr) {};
    // The file is all there is: asked for more, libjpeg gives up where it is.
    source.fill_input_buffer = [](j_decompress_ptr) -> boolean {
      return FALSE;
    };
    source.skip_input_data = [](j_decompress_ptr info, long count) {
      size_t skipped =
          std::min(size_t(std::max(count, 0L)), info->src->bytes_in_buffer);
      info->src->next_input_byte += skipped;
      info->src->bytes_in_buffer -= skipped;
    };
    source.resync_to_restart = jpeg_resync_to_restart;
    info.src = &source;
    progress.progress_monitor = [](j_common_ptr common) {
      auto *self = static_cast<Decompressor *>(common->client_data);
      if (self->info.input_scan_number > self->allowedScans) {
        std::snprintf(self->text, sizeof self->text, "more than %d scans",
                      self->allowedScans);
        std::longjmp(self->jump, 1);
      }
    };
    info.progress = &progress;
  }
  ~Decompressor() {
    if (created)
      jpeg_destroy_decompress(&info);
  }
  Decompressor(const Decompressor &) = delete;

  /// False if libjpeg gave up with `message()`.
  template <typename Step> bool run(Step step) {
    if (setjmp(jump))
      return false;
    step();
    return true;
  }

  bool ready() const { return created; }
  const char *message() const { return text; }

  void limitScans() {
    int64_t pixels = int64_t(info.image_height) * info.image_width;
    allowedScans =
        int(std::clamp(maxScannedPixels / std::max<int64_t>(pixels, 1),
                       alwaysAllowedScans, maxScans));
  }

  jpeg_decompress_struct info = {};

private:
  jpeg_error_mgr errors = {};
  jpeg_source_mgr source = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = "";
  bool created = false;
  int allowedScans = maxScans;
};

/// Gray of colours is computed from RGB, as PIL does, and not taken from Y.
PixelFormat chooseFormat(jpeg_decompress_struct &info) {
  switch (info.num_components) {
  case 1:
    info.out_color_space = JCS_GRAYSCALE;
    return PixelFormat::Gray;
  case 3:
    info.out_color_space = JCS_RGB;
    return PixelFormat::Rgb;
  default:
    info.out_color_space = JCS_CMYK;
    return PixelFormat::InvertedCmyk;
  }
}

} // namespace

Expected<Picture> decodeJpeg(Bytes file, const std::string &name,
                             ColorMode mode) {
  Decompressor decompressor(file);
  auto &info = decompressor.info;
  int found = JPEG_SUSPENDED;
  if (!decompressor.ready() || !decompressor.run([&] {
        do
          found = jpeg_read_header(&info, FALSE);
        while (found == JPEG_HEADER_TABLES_ONLY);
      }))
    return failDamaged(name, decompressor.message());
  if (found == JPEG_SUSPENDED)
    return failCutOff(name);
  auto fits = checkSize(info.image_height, info.image_width, name);
  if (!fits)
    return Unexpected(fits.error());
  if (info.num_components != 1 && info.num_components != 3 &&
      info.num_components != 4)
    return failUnsupported(
        name, fmt::format("has {} color components", info.num_components));

  const int64_t pixels = int64_t(info.image_height) * info.image_width;
  if (pixels > alwaysAllowedPixels &&
      pixels / maxPixelsAByte > int64_t(file.size()))
    return failDamaged(
        name, fmt::format("{} bytes for {} pixels", file.size(), pixels));

  PixelFormat format = chooseFormat(info);
  decompressor.limitScans();
  boolean started = FALSE;
  if (!decompressor.run([&] { started = jpeg_start_decompress(&info); }))
    return failDamaged(name, decompressor.message());
  if (!started)
    return failCutOff(name);

  Picture picture =
      makePicture(int(info.output_height), int(info.output_width), mode);
  const size_t rowBytes = size_t(picture.width) * picture.channels;
  const bool direct = format != PixelFormat::InvertedCmyk &&
                      bytesOf(format) == picture.channels;
  std::vector<uint8_t> line(direct ? 0 : picture.width * bytesOf(format));
  uint8_t *out = picture.pixels.data();
  if (!decompressor.run([&] {
        while (info.output_scanline < info.output_height) {
          uint8_t *row = out + info.output_scanline * rowBytes;
          JSAMPROW to = direct ? row : line.data();
          if (jpeg_read_scanlines(&info, &to, 1) == 0)
            break;
          if (!direct)
            convertRow(format, mode, line.data(), row, picture.width);
        }
      }))
    return failDamaged(name, decompressor.message());
  if (info.output_scanline < info.output_height)
    return failCutOff(name);
  return picture;
}

} // namespace dlc::image
