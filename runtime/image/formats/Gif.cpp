// GIF files by giflib: the first frame on its canvas.
#include "runtime/image/formats/ConvertRow.h"
#include "runtime/image/formats/Decoders.h"

#include <algorithm>
#include <cstring>
#include <gif_lib.h>
#include <memory>
#include <optional>

namespace dlc::image {

namespace {

struct Close {
  void operator()(GifFileType *gif) const { DGifCloseFile(gif, nullptr); }
};
using Handle = std::unique_ptr<GifFileType, Close>;

int readFrom(GifFileType *gif, GifByteType *to, int count) {
  auto &left = *static_cast<Bytes *>(gif->UserData);
  auto taken = std::min(size_t(count), left.size());
  std::memcpy(to, left.data(), taken);
  left = left.subspan(taken);
  return int(taken);
}

/// A map that gives every index its own gray says nothing: the indices are
/// levels, also those beyond its end.
bool isGrayRamp(const ColorMapObject &map) {
  for (int i = 0; i < map.ColorCount; ++i)
    if (map.Colors[i].Red != i || map.Colors[i].Green != i ||
        map.Colors[i].Blue != i)
      return false;
  return true;
}

/// `clear` is the index without color, -1 for none.
Palette makePalette(const GifFileType &gif, int clear) {
  Palette palette;
  const ColorMapObject *map =
      gif.Image.ColorMap ? gif.Image.ColorMap : gif.SColorMap;
  if (map && !isGrayRamp(*map)) {
    for (int i = 0; i < std::min(map->ColorCount, 256); ++i) {
      palette.colors[i][0] = map->Colors[i].Red;
      palette.colors[i][1] = map->Colors[i].Green;
      palette.colors[i][2] = map->Colors[i].Blue;
    }
  } else {
    for (int i = 0; i < 256; ++i)
      std::fill_n(palette.colors[i], 3, uint8_t(i));
  }
  if (clear >= 0)
    palette.colors[clear][3] = 0;
  return palette;
}

/// Skips to the first frame. Returns the index without color that a graphics
/// control block before it names, -1 for none; nothing where giflib gave up or
/// the file has no frame.
std::optional<int> findFrame(GifFileType *gif) {
  int clear = -1;
  for (;;) {
    GifRecordType record;
    if (DGifGetRecordType(gif, &record) == GIF_ERROR)
      return std::nullopt;
    if (record == IMAGE_DESC_RECORD_TYPE)
      return DGifGetImageDesc(gif) == GIF_ERROR ? std::nullopt
                                                : std::optional(clear);
    if (record != EXTENSION_RECORD_TYPE)
      return std::nullopt;
    int code = 0;
    GifByteType *block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
      return std::nullopt;
    GraphicsControlBlock control;
    if (block && code == GRAPHICS_EXT_FUNC_CODE &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
        control.TransparentColor != NO_TRANSPARENT_COLOR)
      clear = control.TransparentColor;
    while (block)
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
        return std::nullopt;
  }
}

/// The frame's indices as the file has them, nothing where giflib gave up. They
/// grow with what is really there: the canvas may be claimed to be huge.
std::optional<std::vector<uint8_t>> readFrame(GifFileType *gif) {
  const auto width = size_t(gif->Image.Width);
  std::vector<uint8_t> indices;
  for (int i = 0; i < gif->Image.Height; ++i) {
    indices.resize(indices.size() + width);
    if (DGifGetLine(gif, indices.data() + indices.size() - width, int(width)) ==
        GIF_ERROR)
      return std::nullopt;
  }
  return indices;
}

/// The frame's rows in the order in which the file has them.
std::vector<int> orderRows(int height, bool interlaced) {
  std::vector<int> order;
  order.reserve(size_t(height));
  auto add = [&](int first, int step) {
    for (int y = first; y < height; y += step)
      order.push_back(y);
  };
  if (!interlaced) {
    add(0, 1);
  } else {
    add(0, 8);
    add(4, 8);
    add(2, 4);
    add(1, 2);
  }
  return order;
}

} // namespace

Expected<Picture> decodeGif(Bytes file, const std::string &name,
                            ColorMode mode) {
  Bytes left = file;
  int code = 0;
  Handle gif(DGifOpen(&left, readFrom, &code));
  auto gaveUp = [&]() -> Unexpected<Error> {
    int error = gif ? gif->Error : code;
    const char *text = GifErrorString(error);
    return left.empty() ? failCutOff(name)
                        : failDamaged(name, text ? text : "it has no frame");
  };
  if (!gif)
    return gaveUp();
  auto clear = findFrame(gif.get());
  if (!clear)
    return gaveUp();

  // A frame that is larger than the canvas makes the canvas larger.
  const GifImageDesc &frame = gif->Image;
  int height = std::max(gif->SHeight, frame.Top + frame.Height);
  int width = std::max(gif->SWidth, frame.Left + frame.Width);
  auto fits = checkSize(height, width, name);
  if (!fits)
    return Unexpected(fits.error());
  if (frame.Height < 1 || frame.Width < 1)
    return failDamaged(name, "its frame has no pixels");

  auto indices = readFrame(gif.get());
  if (!indices)
    return gaveUp();

  Picture picture = makePicture(height, width, mode);
  PaletteLookup lookup(makePalette(*gif, *clear), mode);
  const size_t rowBytes = size_t(width) * size_t(picture.channels);
  // What the frame does not cover is clear, or the first color.
  std::vector<uint8_t> line(size_t(width), uint8_t(std::max(*clear, 0)));
  const std::vector<uint8_t> empty = line;
  const auto order = orderRows(frame.Height, frame.Interlace);
  for (int y = 0; y < height; ++y)
    if (y < frame.Top || y >= frame.Top + frame.Height)
      lookup.convertRow(empty.data(), picture.pixels.data() + y * rowBytes,
                        width);
  for (size_t i = 0; i < order.size(); ++i) {
    std::copy_n(indices->begin() + ptrdiff_t(i) * frame.Width, frame.Width,
                line.begin() + frame.Left);
    lookup.convertRow(
        line.data(),
        picture.pixels.data() + size_t(order[i] + frame.Top) * rowBytes, width);
  }
  return picture;
}

} // namespace dlc::image
