// numpy's .npy format: one array in a file or in a member of an .npz.
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/NpyHeader.h"

#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace dlc::data {

namespace {

static_assert(std::endian::native == std::endian::little);

/// IEEE half precision, which C++20 has no type for.
struct Half {
  uint16_t bits;
  explicit operator float() const {
    uint32_t sign = uint32_t(bits & 0x8000) << 16;
    uint32_t rest = bits & 0x7fff;
    // Exponent and mantissa in a float's places; the bias follows by a product,
    // which is exact and makes halves below 2^-14 right too.
    float value = std::bit_cast<float>(rest << 13) * 0x1p112f;
    // All ones in the exponent: infinity or NaN.
    if (rest >= 0x7c00)
      value = std::bit_cast<float>(0x7f800000 | rest << 13);
    return std::bit_cast<float>(std::bit_cast<uint32_t>(value) | sign);
  }
};

/// Where element i of the array in C order lies in the file: i itself, or its
/// place in Fortran order.
class FileOrder {
public:
  explicit FileOrder(const NpyHeader &header)
      : shape(header.shape), index(shape.size(), 0), strides(shape.size()),
        isFortran(header.fortranOrder && shape.size() > 1) {
    int64_t stride = 1;
    for (size_t d = 0; d < shape.size(); ++d) {
      strides[d] = stride;
      stride *= shape[d];
    }
  }

  /// The place of the next element in C order.
  int64_t next() {
    int64_t now = place;
    if (!isFortran) {
      ++place;
      return now;
    }
    for (size_t d = shape.size(); d-- > 0;) {
      place += strides[d];
      if (++index[d] < shape[d])
        break;
      place -= strides[d] * shape[d];
      index[d] = 0;
    }
    return now;
  }

private:
  const Shape &shape;
  Shape index, strides;
  int64_t place = 0;
  bool isFortran;
};

template <typename From>
From load(std::span<const std::byte> bytes, int64_t place) {
  From value;
  std::memcpy(&value, bytes.data() + size_t(place) * sizeof(From),
              sizeof(From));
  return value;
}

template <typename From, typename To>
Expected<Tensor> readAs(DType dtype, const NpyHeader &header,
                        std::span<const std::byte> bytes,
                        const std::string &thing) {
  int64_t count = countElements(header.shape);
  if (bytes.size() / sizeof(From) != size_t(count) ||
      bytes.size() % sizeof(From) != 0)
    return fail(thing, fmt::format("has {} bytes of elements", bytes.size()),
                fmt::format("its shape {} and type {} need {}",
                            formatShape(header.shape), header.descr,
                            size_t(count) * sizeof(From)),
                "the file is cut off or damaged: write it again");
  Tensor tensor(dtype, header.shape);
  std::span<To> to = tensor.as<To>();
  FileOrder order(header);
  for (size_t i = 0; i < to.size(); ++i) {
    From value = load<From>(bytes, order.next());
    if constexpr (std::is_integral_v<From> && std::is_same_v<To, int32_t>) {
      if (!std::in_range<int32_t>(value))
        return fail(thing, fmt::format("holds {} at element {}", value, i),
                    "integers are read as 32 bits",
                    "check the data or store them as floats");
    }
    // A byte of a damaged file may be neither 0 nor 1.
    if constexpr (std::is_same_v<To, uint8_t>)
      to[i] = value != 0;
    else
      to[i] = static_cast<To>(value);
  }
  return tensor;
}

} // namespace

Expected<Tensor> readNpy(std::span<const std::byte> bytes,
                         const std::string &thing) {
  auto header = readNpyHeader(bytes, thing);
  if (!header)
    return Unexpected(header.error());
  std::span<const std::byte> elements = bytes.subspan(header->headerBytes);
  std::string_view type = header->descr;
  // Single bytes have no order, which numpy writes as |.
  bool isLittle = type.starts_with('<') || type.starts_with('|');
  std::string_view kind = type.substr(type.empty() ? 0 : 1);
  auto as = [&]<typename From, typename To>(DType dtype) {
    return readAs<From, To>(dtype, *header, elements, thing);
  };
  if (isLittle && kind == "f4")
    return as.operator()<float, float>(DType::F32);
  if (isLittle && kind == "f8")
    return as.operator()<double, float>(DType::F32);
  if (isLittle && kind == "f2")
    return as.operator()<Half, float>(DType::F32);
  if (isLittle && kind == "i1")
    return as.operator()<int8_t, int32_t>(DType::I32);
  if (isLittle && kind == "i2")
    return as.operator()<int16_t, int32_t>(DType::I32);
  if (isLittle && kind == "i4")
    return as.operator()<int32_t, int32_t>(DType::I32);
  if (isLittle && kind == "i8")
    return as.operator()<int64_t, int32_t>(DType::I32);
  if (isLittle && kind == "u1")
    return as.operator()<uint8_t, int32_t>(DType::I32);
  if (isLittle && kind == "u2")
    return as.operator()<uint16_t, int32_t>(DType::I32);
  if (isLittle && kind == "u4")
    return as.operator()<uint32_t, int32_t>(DType::I32);
  if (isLittle && kind == "u8")
    return as.operator()<uint64_t, int32_t>(DType::I32);
  if (isLittle && kind == "b1")
    return as.operator()<uint8_t, uint8_t>(DType::Bool);
  return fail(thing, fmt::format("has element type \"{}\"", type),
              "little-endian float16 to 64, integers and bool are read",
              "convert it with astype(\"float32\") and save it again");
}

} // namespace dlc::data
