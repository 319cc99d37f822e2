// Routines that only move elements, of any type: "pad" and "concat". The
// configuration is that of runtime/host/library/Movement.cpp.
#include "compiler/emit/cuda/routines/Lanes.h"
#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "runtime/core/Half.h"

#include <cmath>
#include <limits>

namespace dlc::emit::cuda::routines {

constexpr uint32_t threads = 256;

/// Opens a kernel with a thread for every `lanes.width` elements of the result
/// and declares `place`, the first of them.
static void enterElements(RoutineCall &call, Code &code, const Lanes &lanes,
                          llvm::ArrayRef<std::string> names) {
  call.openKernel(code, threads, names, false);
  code.line("const {} place = {};", call.indexType(),
            times(fmt::format("(blockIdx.x * {} + threadIdx.x)", threads),
                  lanes.width));
  code.line("if (place >= {})", toText(call.result.count()));
  code.line("  return;");
}

static KernelText finish(const RoutineCall &call, Code &code,
                         const Lanes &lanes) {
  code.close();
  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = call.result.count();
  stage.perBlock = threads * lanes.width;
  stage.threads = threads;
  stage.table = call.usesTable();
  return {code.take(), {stage}, 0};
}

/// One element with this value, as an expression.
static std::string literal(DType dtype, double value) {
  if (dtype == DType::Bool)
    return value != 0 ? "1" : "0";
  if (dtype == DType::BF16 || dtype == DType::F16)
    return std::to_string(dtype == DType::BF16 ? roundToBf16(float(value))
                                               : roundToF16(float(value)));
  if (dtype == DType::I32) {
    constexpr auto least = double(std::numeric_limits<int32_t>::min());
    constexpr auto most = double(std::numeric_limits<int32_t>::max());
    auto element = value == value ? int32_t(std::clamp(value, least, most)) : 0;
    return fmt::format("int({}u)", uint32_t(element));
  }
  if (std::isfinite(value) && std::isfinite(float(value)))
    return fmt::format("{:#}f", float(value));
  const char *bits = std::isnan(value) ? "0x7fc00000"
                     : value > 0       ? "0x7f800000"
                                       : "0xff800000";
  return fmt::format("__int_as_float({})", bits);
}

Expected<KernelText> emitPad(RoutineCall &call) {
  llvm::SmallVector<int64_t> low = call.integers("low");
  llvm::SmallVector<int64_t> high = call.integers("high");
  llvm::SmallVector<int64_t> interior = call.integers("interior");
  double value = call.number("value");
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  if (call.operands.size() != 1 || call.operands[0].dtype != call.result.dtype)
    return call.failShapes("pad takes one array and gives one of its type");
  llvm::ArrayRef<int64_t> x = call.operands[0].shape, y = call.result.shape;
  bool fits = x.size() == y.size() && low.size() == x.size() &&
              high.size() == x.size() && interior.size() == x.size();
  for (size_t i = 0; fits && i < x.size(); ++i) {
    bool plain = low[i] == 0 && high[i] == 0 && interior[i] == 0;
    bool none = std::min({low[i], high[i], interior[i]}) < 0;
    int64_t between = std::max<int64_t>(x[i] - 1, 0);
    fits = !none &&
           (plain ? x[i] == y[i]
                  : x[i] >= 0 && y[i] == low[i] + x[i] + between * interior[i] +
                                             high[i]);
  }
  if (!fits)
    return call.failShapes("the padding gives another shape");

  // Vectors where no dimension that is padded cuts one.
  int64_t run = 1;
  for (size_t i = x.size(); i-- > 0 && x[i] == y[i] && x[i] >= 0;)
    run *= x[i];
  DType dtype = call.result.dtype;
  Lanes lanes = lanesFor(run, dtype);

  Code code;
  enterElements(call, code, lanes, {"x", "y"});
  // Dimensions from the last to the first; what is not padded is one with its
  // neighbours.
  std::vector<std::string> conditions, terms;
  int64_t inner = 1, stride = 1;
  for (size_t i = x.size(); i-- > 0;) {
    bool plain = x[i] == y[i];
    int64_t size = i ? y[i] : 0;
    int64_t extent = y[i];
    int64_t source = x[i];
    while (plain && i > 0 && x[i - 1] == y[i - 1]) {
      --i;
      extent = x[i] < 0 ? x[i] : extent * x[i];
      source = extent;
      size = i ? extent : 0;
    }
    std::string at = coordinate("place", inner, size);
    if (plain) {
      terms.push_back(times(at, stride));
    } else {
      int64_t step = interior[i] + 1;
      code.line("const {0} at{1} = {2};", call.indexType(), i,
                plus(at, -low[i]));
      std::string name = fmt::format("at{}", i);
      if (low[i] > 0)
        conditions.push_back(name + " >= 0");
      if (step > 1)
        conditions.push_back(fmt::format("{} % {} == 0", name, step));
      if (high[i] > 0)
        conditions.push_back(
            fmt::format("{} < {}", name, source * step - interior[i]));
      terms.push_back(times(coordinate(name, step, 0), stride));
    }
    inner *= extent;
    stride *= source;
  }
  std::reverse(terms.begin(), terms.end());
  std::reverse(conditions.begin(), conditions.end());
  std::string load = lanes.load("x", sum(terms)), inside = all(conditions);
  code.line("{} = {};", lanes.target("y", "place"),
            inside.empty() ? load
                           : fmt::format("{} ? {} : {}", inside, load,
                                         lanes.all(literal(dtype, value))));
  return finish(call, code, lanes);
}

Expected<KernelText> emitConcat(RoutineCall &call) {
  int64_t dim = call.integer("dim");
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  if (call.operands.empty())
    return call.failShapes("concat takes some arrays and gives one");
  llvm::ArrayRef<int64_t> y = call.result.shape;
  if (dim < 0 || dim >= int64_t(y.size()) || y[dim] < 0)
    return call.failShapes("the result has no such dimension to join along");
  // Elements of a row: the joined dimension and those behind it.
  std::vector<int64_t> rows;
  int64_t row = 0;
  bool aligned = true;
  for (const Array &from : call.operands) {
    bool fits =
        from.dtype == call.result.dtype && from.shape.size() == y.size();
    for (size_t i = 0; fits && i < y.size(); ++i)
      fits = int64_t(i) == dim ? from.shape[i] >= 0 : from.shape[i] == y[i];
    if (!fits)
      return call.failShapes("operands agree but for the joined dimension");
    rows.push_back(countOf(llvm::ArrayRef(from.shape).drop_front(dim)).trips);
    row += rows.back();
    aligned &= rows.back() % 4 == 0;
  }
  if (row != countOf(y.drop_front(dim)).trips)
    return call.failShapes("the sizes add up to another one");

  Lanes lanes = lanesFor(aligned ? 4 : 1, call.result.dtype);
  std::vector<std::string> names;
  for (size_t i = 0; i < call.operands.size(); ++i)
    names.push_back(fmt::format("x{}", i));
  names.emplace_back("y");
  Code code;
  enterElements(call, code, lanes, names);
  code.line("const {} row = place / {}, at = place % {};", call.indexType(),
            row, row);
  int64_t begin = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string from =
        lanes.load(names[i], sum({times("row", rows[i]), plus("at", -begin)}));
    bool last = i + 1 == rows.size();
    if (!last)
      code.line("{}if (at < {})", i ? "else " : "", begin + rows[i]);
    else if (i)
      code.line("else");
    code.line("{}{} = {};", rows.size() > 1 ? "  " : "",
              lanes.target("y", "place"), from);
    begin += rows[i];
  }
  return finish(call, code, lanes);
}

} // namespace dlc::emit::cuda::routines
