// PNG files by libpng: any depth and color type, interlaced, with tRNS.
#include "runtime/image/formats/ConvertRow.h"
#include "runtime/image/formats/Decoders.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <optional>
#include <png.h>

namespace dlc::image {

namespace {

/// What deflate can make of a byte at most. Rows as libpng gives them are up to
/// eight times as long as in the file.
constexpr int64_t maxDeflateRatio = 1033;

/// libpng's state and its way out of errors, which is a jump: between a call of
/// `run` and the library no object needs to be destroyed.
class Reader {
public:
  explicit Reader(Bytes file) : left(file) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError,
                                 [](png_structp, png_const_charp) {});
    if (!png)
      return;
    if (!run([&] {
          info = png_create_info_struct(png);
          // Sizes are checked before anything is allocated.
          png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
          png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
          skipOtherChunks();
          png_set_read_fn(png, this, onRead);
        }))
      info = nullptr;
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader &) = delete;

  /// False if libpng gave up with `message()`.
  template <typename Step> bool run(Step step) {
    if (setjmp(jump))
      return false;
    step();
    return true;
  }

  bool ready() const { return png && info; }
  bool endedEarly() const { return early; }
  const char *message() const { return text; }

  png_structp png = nullptr;
  png_infop info = nullptr;

private:
  static void onError(png_structp png, png_const_charp message) {
    auto *self = static_cast<Reader *>(png_get_error_ptr(png));
    std::snprintf(self->text, sizeof self->text, "%s", message);
    std::longjmp(self->jump, 1);
  }

  static void onRead(png_structp png, png_bytep to, size_t count) {
    auto *self = static_cast<Reader *>(png_get_io_ptr(png));
    if (count > self->left.size()) {
      self->early = true;
      png_error(png, "the file ends");
    }
    std::memcpy(to, self->left.data(), count);
    self->left = self->left.subspan(count);
  }

  /// Texts, profiles and the like would be decompressed for nothing.
  void skipOtherChunks() {
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_byte skipped[] = "cHRM\0gAMA\0iCCP\0sBIT\0sRGB\0bKGD\0hIST\0pHYs\0"
                         "sPLT\0eXIf\0tIME\0iTXt\0tEXt\0zTXt\0oFFs\0pCAL\0sCAL";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped,
                                int(sizeof skipped / 5));
  }

  Bytes left;
  std::jmp_buf jump;
  char text[128] = "";
  bool early = false;
};

/// What tRNS says of pictures without alpha and palette: one color is clear.
struct ClearColor {
  uint8_t red, green, blue;
};

/// The rows as libpng is asked for them, and what they mean.
struct Rows {
  std::optional<PixelFormat> format; ///< none: indices of the palette, or deep
  bool deep = false;
  Palette palette;
  std::optional<ClearColor> clear;
};

/// tRNS has a level of the file's depth. PIL compares its low eight bits with
/// the level out of 255, except of pictures of one bit: so does this.
std::optional<ClearColor> findClearColor(Reader &reader, int depth) {
  png_color_16p color = nullptr;
  if (!png_get_tRNS(reader.png, reader.info, nullptr, nullptr, &color) ||
      !color)
    return std::nullopt;
  if (png_get_color_type(reader.png, reader.info) == PNG_COLOR_TYPE_RGB)
    return ClearColor{uint8_t(color->red), uint8_t(color->green),
                      uint8_t(color->blue)};
  auto level = uint8_t(depth == 1 ? (color->gray ? 255 : 0) : color->gray);
  return ClearColor{level, level, level};
}

void readPalette(Reader &reader, Palette &palette) {
  png_colorp colors = nullptr;
  png_bytep alphas = nullptr;
  int count = 0, alphaCount = 0;
  if (png_get_PLTE(reader.png, reader.info, &colors, &count))
    for (int i = 0; i < std::min(count, 256); ++i) {
      palette.colors[i][0] = colors[i].red;
      palette.colors[i][1] = colors[i].green;
      palette.colors[i][2] = colors[i].blue;
    }
  if (png_get_tRNS(reader.png, reader.info, &alphas, &alphaCount, nullptr) &&
      alphas)
    for (int i = 0; i < std::min(alphaCount, 256); ++i)
      palette.colors[i][3] = alphas[i];
}

/// Asks libpng for bytes, or for 16 bits of deep pictures. PIL drops the low
/// half of 16 bits but for gray, which it keeps or cuts off at 255.
Rows setUp(Reader &reader) {
  Rows rows;
  int depth = png_get_bit_depth(reader.png, reader.info);
  auto strip = [&](PixelFormat format) {
    if (depth == 16)
      png_set_strip_16(reader.png);
    rows.format = format;
  };
  switch (png_get_color_type(reader.png, reader.info)) {
  case PNG_COLOR_TYPE_GRAY:
    rows.clear = findClearColor(reader, depth);
    rows.deep = depth == 16;
    if (rows.deep)
      png_set_swap(reader.png);
    else
      rows.format = PixelFormat::Gray;
    if (depth < 8)
      png_set_expand_gray_1_2_4_to_8(reader.png);
    break;
  case PNG_COLOR_TYPE_PALETTE:
    readPalette(reader, rows.palette);
    png_set_packing(reader.png);
    break;
  case PNG_COLOR_TYPE_GRAY_ALPHA:
    strip(PixelFormat::GrayAlpha);
    break;
  case PNG_COLOR_TYPE_RGB:
    rows.clear = findClearColor(reader, depth);
    strip(PixelFormat::Rgb);
    break;
  default:
    strip(PixelFormat::Rgba);
    break;
  }
  return rows;
}

/// One row into the picture; `gray` has room for a row.
class RowWriter {
public:
  RowWriter(const Rows &rows, Picture &picture, ColorMode mode)
      : rows(rows), picture(picture), mode(mode), lookup(rows.palette, mode),
        gray(rows.deep ? picture.width : 0) {}

  void write(int y, const uint8_t *row) {
    const size_t width = size_t(picture.width);
    if (picture.isDeep()) {
      std::memcpy(picture.deepPixels.data() + y * width, row, width * 2);
      return;
    }
    uint8_t *out = picture.pixels.data() + y * width * picture.channels;
    if (rows.deep) {
      for (size_t x = 0; x < width; ++x) {
        uint16_t level;
        std::memcpy(&level, row + 2 * x, sizeof level);
        gray[x] = uint8_t(std::min<uint16_t>(level, 255));
      }
      convertRow(PixelFormat::Gray, mode, gray.data(), out, picture.width);
    } else if (rows.format) {
      convertRow(*rows.format, mode, row, out, picture.width);
    } else {
      lookup.convertRow(row, out, picture.width);
    }
    if (rows.clear && mode == ColorMode::Rgba)
      clearPixels(out);
  }

private:
  void clearPixels(uint8_t *out) const {
    for (int x = 0; x < picture.width; ++x, out += 4)
      if (out[0] == rows.clear->red && out[1] == rows.clear->green &&
          out[2] == rows.clear->blue)
        out[3] = 0;
  }

  const Rows &rows;
  Picture &picture;
  ColorMode mode;
  PaletteLookup lookup;
  std::vector<uint8_t> gray;
};

} // namespace

Expected<Picture> decodePng(Bytes file, const std::string &name,
                            ColorMode mode) {
  Reader reader(file);
  auto gaveUp = [&]() -> Unexpected<Error> {
    return reader.endedEarly() ? failCutOff(name)
                               : failDamaged(name, reader.message());
  };
  if (!reader.ready() ||
      !reader.run([&] { png_read_info(reader.png, reader.info); }))
    return gaveUp();
  auto fits = checkSize(png_get_image_height(reader.png, reader.info),
                        png_get_image_width(reader.png, reader.info), name);
  if (!fits)
    return Unexpected(fits.error());
  int height = int(png_get_image_height(reader.png, reader.info));
  int width = int(png_get_image_width(reader.png, reader.info));

  Rows rows;
  int passes = 1;
  if (!reader.run([&] {
        rows = setUp(reader);
        passes = png_set_interlace_handling(reader.png);
        png_read_update_info(reader.png, reader.info);
      }))
    return gaveUp();

  // Nothing is allocated for rows that cannot be in the file.
  size_t rowBytes = png_get_rowbytes(reader.png, reader.info);
  if (int64_t(rowBytes) * height / 8 > int64_t(file.size()) * maxDeflateRatio)
    return failCutOff(name);

  Picture picture;
  if (rows.deep && mode == ColorMode::Grayscale)
    picture = {height,
               width,
               1,
               {},
               std::vector<uint16_t>(size_t(height) * size_t(width))};
  else
    picture = makePicture(height, width, mode);
  RowWriter writer(rows, picture, mode);

  // Passes fill rows in turns, so that all rows are held until the last.
  std::vector<uint8_t> held(rowBytes * size_t(passes > 1 ? height : 1));
  if (!reader.run([&] {
        for (int pass = 0; pass < passes; ++pass)
          for (int y = 0; y < height; ++y) {
            uint8_t *row =
                held.data() + (passes > 1 ? size_t(y) * rowBytes : 0);
            png_read_row(reader.png, row, nullptr);
            if (pass == passes - 1)
              writer.write(y, row);
          }
      }))
    return gaveUp();
  return picture;
}

} // namespace dlc::image
