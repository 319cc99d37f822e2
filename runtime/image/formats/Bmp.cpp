// BMP files: all that PIL reads, which are OS/2's and Windows' headers, 1 to 32
// bits, bit fields of the usual kinds, run lengths.
#include "runtime/image/formats/BmpRle.h"
#include "runtime/image/formats/ConvertRow.h"
#include "runtime/image/formats/Decoders.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace dlc::image {

namespace {

constexpr size_t fileHeaderBytes = 14;

/// How a row's bytes become pixels.
enum class Layout {
  Indexed, ///< 1, 4 or 8 bits an index
  Bgr555,
  Bgr565,
  /// Bytes of a pixel of 24 or 32 bits, named from the first.
  Bgr,
  Bgrx,
  Xbgr,
  Bgxr,
  Abgr,
  RgbaBytes,
  Bgra,
  Bgar,
};

enum Compression : uint32_t { Raw = 0, Rle8 = 1, Rle4 = 2, BitFields = 3 };

struct Header {
  int64_t width = 0, height = 0;
  bool topDown = false;
  int bits = 0;
  uint32_t compression = Raw;
  std::array<uint32_t, 4> masks = {};
  uint32_t colors = 0;
  int paletteEntryBytes = 4;
  size_t paletteAt = 0; ///< in the file
  size_t pixelsAt = 0;
};

/// Little-endian numbers; what lies beyond the end is 0 and remembered.
class Fields {
public:
  explicit Fields(Bytes file) : file(file) {}

  uint32_t u16(size_t at) { return byte(at) | byte(at + 1) << 8; }
  uint32_t u32(size_t at) { return u16(at) | u16(at + 2) << 16; }
  uint32_t byte(size_t at) {
    if (at >= file.size()) {
      ended = true;
      return 0;
    }
    return uint32_t(file[at]);
  }
  bool endedEarly() const { return ended; }

private:
  Bytes file;
  bool ended = false;
};

Expected<Header> readHeader(Bytes file, const std::string &name) {
  Fields fields(file);
  Header header;
  uint32_t pixelsAt = fields.u32(10);
  const uint32_t size = fields.u32(fileHeaderBytes);
  const size_t at = fileHeaderBytes + 4;
  size_t end = fileHeaderBytes + size;
  if (size == 12) {
    header.width = fields.u16(at);
    header.height = fields.u16(at + 2);
    header.bits = int(fields.u16(at + 6));
    header.paletteEntryBytes = 3;
  } else if (size == 40 || size == 52 || size == 56 || size == 64 ||
             size == 108 || size == 124) {
    header.width = fields.u32(at);
    header.height = fields.u32(at + 4);
    header.topDown = header.height >> 24 == 0xff;
    if (header.topDown)
      header.height = (int64_t(1) << 32) - header.height;
    header.bits = int(fields.u16(at + 10));
    header.compression = fields.u32(at + 12);
    header.colors = fields.u32(at + 28);
    // The masks follow a header that has no room for them.
    const size_t masksAt = size == 40 ? end : at + 36;
    if (header.compression == BitFields) {
      const int count = size >= 56 ? 4 : 3;
      for (int i = 0; i < count; ++i)
        header.masks[size_t(i)] = fields.u32(masksAt + 4 * size_t(i));
      if (size == 40)
        end += 12;
    }
  } else if (!fields.endedEarly()) {
    return failUnsupported(name, fmt::format("has a header of {} bytes", size));
  }
  if (fields.endedEarly() || file.size() < end)
    return failCutOff(name);

  if (header.colors == 0 && header.bits < 32)
    header.colors = uint32_t(1) << header.bits;
  header.paletteAt = end;
  header.pixelsAt = pixelsAt;
  if (header.bits <= 8) {
    if (header.colors < 1 || header.colors > 65536)
      return failDamaged(name, fmt::format("{} colors", header.colors));
    size_t after = end + size_t(header.paletteEntryBytes) * header.colors;
    if (pixelsAt == 0 || pixelsAt == fileHeaderBytes + size)
      header.pixelsAt = after;
  } else if (pixelsAt == 0) {
    header.pixelsAt = end;
  }
  return header;
}

/// The layouts that PIL knows by their masks of red, green, blue and alpha.
std::optional<Layout> findByMasks(int bits, std::array<uint32_t, 4> masks) {
  struct Known {
    int bits;
    std::array<uint32_t, 4> masks;
    Layout layout;
  };
  static constexpr Known known[] = {
      {32, {0xff0000, 0xff00, 0xff, 0}, Layout::Bgrx},
      {32, {0xff000000, 0xff0000, 0xff00, 0}, Layout::Xbgr},
      {32, {0xff000000, 0xff00, 0xff, 0}, Layout::Bgxr},
      {32, {0xff000000, 0xff0000, 0xff00, 0xff}, Layout::Abgr},
      {32, {0xff, 0xff00, 0xff0000, 0xff000000}, Layout::RgbaBytes},
      {32, {0xff0000, 0xff00, 0xff, 0xff000000}, Layout::Bgra},
      {32, {0xff000000, 0xff00, 0xff, 0xff0000}, Layout::Bgar},
      {32, {0, 0, 0, 0}, Layout::Bgra},
      {24, {0xff0000, 0xff00, 0xff, 0}, Layout::Bgr},
      {16, {0xf800, 0x7e0, 0x1f, 0}, Layout::Bgr565},
      {16, {0x7c00, 0x3e0, 0x1f, 0}, Layout::Bgr555},
  };
  if (bits < 32)
    masks[3] = 0;
  for (const Known &one : known)
    if (one.bits == bits && one.masks == masks)
      return one.layout;
  return std::nullopt;
}

Expected<Layout> chooseLayout(const Header &header, const std::string &name) {
  const int bits = header.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 &&
      bits != 32)
    return failUnsupported(name, fmt::format("has {} bits a pixel", bits));
  switch (header.compression) {
  case Raw:
    return bits <= 8    ? Layout::Indexed
           : bits == 16 ? Layout::Bgr555
           : bits == 24 ? Layout::Bgr
                        : Layout::Bgrx;
  case Rle8:
  case Rle4:
    if (bits <= 8)
      return Layout::Indexed;
    return failDamaged(name,
                       fmt::format("run lengths of {} bits a pixel", bits));
  case BitFields:
    if (auto layout = findByMasks(bits, header.masks))
      return *layout;
    return failUnsupported(
        name, fmt::format("has pixels of {} bits with the masks {:x}, {:x}, "
                          "{:x}, {:x}",
                          bits, header.masks[0], header.masks[1],
                          header.masks[2], header.masks[3]));
  default:
    return failUnsupported(
        name, fmt::format("has compression {}", header.compression));
  }
}

Palette readPalette(Bytes file, const Header &header) {
  Fields fields(file);
  Palette palette;
  for (size_t i = 0; i < std::min<size_t>(header.colors, 256); ++i) {
    size_t at = header.paletteAt + i * size_t(header.paletteEntryBytes);
    for (size_t c = 0; c < 3; ++c)
      palette.colors[i][c] = uint8_t(fields.byte(at + 2 - c));
  }
  return palette;
}

void unpackIndices(const uint8_t *row, int bits, uint8_t *out, int width) {
  const int perByte = 8 / bits;
  for (int x = 0; x < width; ++x) {
    int shift = 8 - bits * (x % perByte + 1);
    out[x] = uint8_t(row[x / perByte] >> shift & ((1 << bits) - 1));
  }
}

/// Five or six bits as eight.
uint8_t widen(int value, int max) { return uint8_t(value * 255 / max); }

void unpack16(Layout layout, const uint8_t *row, uint8_t *out, int width) {
  const bool green6 = layout == Layout::Bgr565;
  const int greenMax = green6 ? 63 : 31;
  for (int x = 0; x < width; ++x, out += 3) {
    int pixel = row[2 * x] | row[2 * x + 1] << 8;
    out[0] = widen(pixel >> (green6 ? 11 : 10) & 31, 31);
    out[1] = widen(pixel >> 5 & greenMax, greenMax);
    out[2] = widen(pixel & 31, 31);
  }
}

/// Where red, green, blue and alpha stand in a pixel's bytes; alpha is -1 where
/// there is none.
std::array<int, 4> placesOf(Layout layout) {
  switch (layout) {
  case Layout::Xbgr:
    return {3, 2, 1, -1};
  case Layout::Bgxr:
    return {3, 1, 0, -1};
  case Layout::Abgr:
    return {3, 2, 1, 0};
  case Layout::RgbaBytes:
    return {0, 1, 2, 3};
  case Layout::Bgra:
    return {2, 1, 0, 3};
  case Layout::Bgar:
    return {3, 1, 0, 2};
  default:
    return {2, 1, 0, -1};
  }
}

/// Writes red, green, blue and, if the layout has it, alpha.
void unpackBytes(Layout layout, const uint8_t *row, uint8_t *out, int width) {
  const auto [red, green, blue, alpha] = placesOf(layout);
  const int step = layout == Layout::Bgr ? 3 : 4;
  for (int x = 0; x < width; ++x, row += step) {
    *out++ = row[red];
    *out++ = row[green];
    *out++ = row[blue];
    if (alpha >= 0)
      *out++ = row[alpha];
  }
}

/// Rows of the file, from its first, into the picture.
Expected<Picture> readRows(Bytes pixels, const Header &header, Layout layout,
                           const Palette &palette, const std::string &name,
                           ColorMode mode) {
  const int width = int(header.width), height = int(header.height);
  const size_t used = (size_t(width) * size_t(header.bits) + 7) / 8;
  const size_t stride = (used + 3) / 4 * 4;
  // The padding of the last row may be missing.
  if (pixels.size() < stride * size_t(height - 1) + used)
    return failCutOff(name);
  Picture picture = makePicture(height, width, mode);
  PaletteLookup lookup(palette, mode);
  const PixelFormat format = header.bits > 16 && placesOf(layout)[3] >= 0
                                 ? PixelFormat::Rgba
                                 : PixelFormat::Rgb;
  std::vector<uint8_t> line(size_t(width) * 4);
  for (int i = 0; i < height; ++i) {
    auto *row =
        reinterpret_cast<const uint8_t *>(pixels.data()) + size_t(i) * stride;
    int y = header.topDown ? i : height - 1 - i;
    uint8_t *out = picture.pixels.data() +
                   size_t(y) * size_t(width) * size_t(picture.channels);
    if (layout == Layout::Indexed) {
      unpackIndices(row, header.bits, line.data(), width);
      lookup.convertRow(line.data(), out, width);
      continue;
    }
    if (header.bits == 16)
      unpack16(layout, row, line.data(), width);
    else
      unpackBytes(layout, row, line.data(), width);
    convertRow(format, mode, line.data(), out, width);
  }
  return picture;
}

Expected<Picture> readRuns(Bytes pixels, const Header &header,
                           const Palette &palette, size_t parity,
                           const std::string &name, ColorMode mode) {
  const int width = int(header.width), height = int(header.height);
  auto indices =
      readBmpRuns(pixels, header.compression == Rle4, width, height, parity);
  if (indices.size() < size_t(width) * size_t(height))
    return failCutOff(name);
  Picture picture = makePicture(height, width, mode);
  PaletteLookup lookup(palette, mode);
  for (int i = 0; i < height; ++i) {
    int y = header.topDown ? i : height - 1 - i;
    lookup.convertRow(indices.data() + size_t(i) * size_t(width),
                      picture.pixels.data() +
                          size_t(y) * size_t(width) * size_t(picture.channels),
                      width);
  }
  return picture;
}

} // namespace

Expected<Picture> decodeBmp(Bytes file, const std::string &name,
                            ColorMode mode) {
  auto header = readHeader(file, name);
  if (!header)
    return Unexpected(header.error());
  auto fits = checkSize(header->height, header->width, name);
  if (!fits)
    return Unexpected(fits.error());
  auto layout = chooseLayout(*header, name);
  if (!layout)
    return Unexpected(layout.error());
  if (header->pixelsAt > file.size())
    return failCutOff(name);
  Palette palette;
  if (*layout == Layout::Indexed)
    palette = readPalette(file, *header);
  Bytes pixels = file.subspan(header->pixelsAt);
  if (header->compression == Rle8 || header->compression == Rle4)
    return readRuns(pixels, *header, palette, header->pixelsAt % 2, name, mode);
  return readRows(pixels, *header, *layout, palette, name, mode);
}

} // namespace dlc::image
