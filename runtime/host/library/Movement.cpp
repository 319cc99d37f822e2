// Routines that only move elements, of any type:
//   "pad"    (x) -> y      {"low": [..], "high": [..], "interior": [..],
//                           "value": v}: v before, behind and between elements
//   "concat" (xs...) -> y  {"dim": d}
#include "runtime/core/Half.h"
#include "runtime/host/Parallel.h"
#include "runtime/host/library/Routines.h"

#include <cstring>
#include <limits>

namespace dlc::host {
namespace {

class RowLoop final : public Call {
public:
  RowLoop(int threads, int64_t rows, int64_t rowBytes, RowsBody body)
      : threads(threads), rows(rows), rowBytes(rowBytes),
        body(std::move(body)) {}
  size_t scratchBytes() const override { return 0; }
  void bindScratch(std::byte *) override {}
  Expected<void> run() override {
    int64_t grain =
        std::max<int64_t>(1, 16384 / std::max<int64_t>(1, rowBytes));
    parallelFor(threads, rows, grain, body);
    return {};
  }
  std::string describe() const override { return "loop"; }

private:
  int threads;
  int64_t rows, rowBytes;
  RowsBody body;
};

/// One row at a time.
template <typename Body> RowsBody forEachRow(Body body) {
  return [body = std::move(body)](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      body(row);
  };
}

/// The bytes of one element with this value.
std::array<std::byte, 4> encode(DType dtype, double value) {
  std::array<std::byte, 4> bytes{};
  if (dtype == DType::F32) {
    float element = float(value);
    std::memcpy(bytes.data(), &element, sizeof element);
  } else if (dtype == DType::I32) {
    constexpr auto least = double(std::numeric_limits<int32_t>::min());
    constexpr auto most = double(std::numeric_limits<int32_t>::max());
    int32_t element =
        value == value ? int32_t(std::clamp(value, least, most)) : 0;
    std::memcpy(bytes.data(), &element, sizeof element);
  } else if (dtype == DType::BF16 || dtype == DType::F16) {
    uint16_t element = dtype == DType::BF16 ? roundToBf16(float(value))
                                            : roundToF16(float(value));
    std::memcpy(bytes.data(), &element, sizeof element);
  } else {
    bytes[0] = std::byte(value != 0);
  }
  return bytes;
}

template <typename Word>
void padRow(Word *y, int64_t size, Word value, const Word *x, int64_t count,
            int64_t low, int64_t step) {
  std::fill_n(y, size, value);
  if (x)
    for (int64_t i = 0; i < count; ++i)
      y[low + i * step] = x[i];
}

} // namespace

std::unique_ptr<Call> makeRowLoop(int threads, int64_t rows, int64_t rowBytes,
                                  RowsBody body) {
  return std::make_unique<RowLoop>(threads, rows, rowBytes, std::move(body));
}

Expected<std::unique_ptr<Call>> makePad(const Library::Context &context,
                                        const CallSpec &spec, Config &config) {
  std::vector<int64_t> low = config.integers("low");
  std::vector<int64_t> high = config.integers("high");
  std::vector<int64_t> interior = config.integers("interior");
  double value = config.number("value");
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (spec.operands.size() != 1 || spec.results.size() != 1 ||
      spec.operands[0].dtype != spec.results[0].dtype)
    return failShapes(spec, "pad takes one array and gives one of its type");
  const Argument &from = spec.operands[0], &to = spec.results[0];
  size_t rank = from.shape.size();
  bool fits = to.shape.size() == rank && low.size() == rank &&
              high.size() == rank && interior.size() == rank;
  for (size_t i = 0; fits && i < rank; ++i) {
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    for (int64_t count : {low[i], high[i], interior[i]})
      fits &= count >= 0 && count <= most;
    int64_t between = std::max<int64_t>(from.shape[i] - 1, 0);
    fits = fits && to.shape[i] ==
                       low[i] + from.shape[i] + between * interior[i] + high[i];
  }
  if (!fits)
    return failShapes(spec, "the padding gives another shape");

  // A scalar is a row of one.
  Shape x = from.shape, y = to.shape;
  if (rank == 0) {
    x = y = {1};
    low = interior = {0};
  }
  size_t last = x.size() - 1;
  int64_t rows = y[last] ? countElements(y) / y[last] : 0;
  size_t width = sizeOf(from.dtype);
  std::array<std::byte, 4> fill = encode(from.dtype, value);
  auto body = [=](int64_t row) {
    // The row of x that this row of y holds, if it holds one.
    int64_t rest = row, source = 0, stride = 1;
    bool inside = true;
    for (size_t i = last; i-- > 0;) {
      int64_t place = rest % y[i] - low[i];
      rest /= y[i];
      int64_t step = interior[i] + 1;
      inside = inside && place >= 0 && place % step == 0 && place / step < x[i];
      source += place / step * stride;
      stride *= x[i];
    }
    const std::byte *in =
        inside ? from.data + source * x[last] * int64_t(width) : nullptr;
    std::byte *out = to.data + row * y[last] * int64_t(width);
    if (width == 4) {
      uint32_t word;
      std::memcpy(&word, fill.data(), sizeof word);
      padRow(reinterpret_cast<uint32_t *>(out), y[last], word,
             reinterpret_cast<const uint32_t *>(in), x[last], low[last],
             interior[last] + 1);
    } else if (width == 2) {
      uint16_t word;
      std::memcpy(&word, fill.data(), sizeof word);
      padRow(reinterpret_cast<uint16_t *>(out), y[last], word,
             reinterpret_cast<const uint16_t *>(in), x[last], low[last],
             interior[last] + 1);
    } else {
      padRow(out, y[last], fill[0], in, x[last], low[last], interior[last] + 1);
    }
  };
  return makeRowLoop(context.threads, rows, y[last] * int64_t(width),
                     forEachRow(body));
}

Expected<std::unique_ptr<Call>> makeConcat(const Library::Context &context,
                                           const CallSpec &spec,
                                           Config &config) {
  int64_t dim = config.integer("dim");
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (spec.operands.empty() || spec.results.size() != 1)
    return failShapes(spec, "concat takes some arrays and gives one");
  const Argument &to = spec.results[0];
  if (dim < 0 || dim >= int64_t(to.shape.size()))
    return failShapes(spec, "the result has no such dimension to join along");
  Shape sum = to.shape;
  sum[dim] = 0;
  for (const Argument &from : spec.operands) {
    bool fits = from.dtype == to.dtype && from.shape.size() == sum.size();
    for (size_t i = 0; fits && i < sum.size(); ++i)
      fits = int64_t(i) == dim || from.shape[i] == sum[i];
    if (!fits)
      return failShapes(spec, "operands agree but for the joined dimension");
    sum[dim] += from.shape[dim];
  }
  if (sum != to.shape)
    return failShapes(spec, "the operands joined have another shape");

  int64_t rows = 1;
  for (int64_t i = 0; i < dim; ++i)
    rows *= to.shape[i];
  struct Part {
    const std::byte *data;
    int64_t bytes; // of one row
  };
  std::vector<Part> parts;
  int64_t rowBytes = 0;
  for (const Argument &from : spec.operands) {
    int64_t bytes = sizeOf(from.dtype);
    for (size_t i = dim; i < from.shape.size(); ++i)
      bytes *= from.shape[i];
    parts.push_back({from.data, bytes});
    rowBytes += bytes;
  }
  auto body = [parts, rowBytes, data = to.data](int64_t row) {
    std::byte *out = data + row * rowBytes;
    for (const Part &part : parts) {
      std::memcpy(out, part.data + row * part.bytes, part.bytes);
      out += part.bytes;
    }
  };
  return makeRowLoop(context.threads, rows, rowBytes, forEachRow(body));
}

} // namespace dlc::host
