#include "runtime/image/Decode.h"

#include "runtime/image/formats/Decoders.h"

#include <algorithm>

namespace dlc::image {

namespace {

bool startsWith(Bytes file, std::string_view magic) {
  return file.size() >= magic.size() &&
         std::ranges::equal(std::as_bytes(std::span(magic)),
                            file.first(magic.size()));
}

} // namespace

Expected<Picture> decode(Bytes file, const std::string &name, ColorMode mode) {
  if (startsWith(file, "\xff\xd8\xff"))
    return decodeJpeg(file, name, mode);
  if (startsWith(file, "\x89PNG\r\n\x1a\n"))
    return decodePng(file, name, mode);
  if (startsWith(file, "GIF87a") || startsWith(file, "GIF89a"))
    return decodeGif(file, name, mode);
  if (startsWith(file, "BM"))
    return decodeBmp(file, name, mode);
  return fail(name,
              file.empty() ? "is empty" : "does not start as an image file",
              "JPEG, PNG, GIF and BMP files are read",
              "convert it to one of these or leave it out of the data");
}

} // namespace dlc::image
