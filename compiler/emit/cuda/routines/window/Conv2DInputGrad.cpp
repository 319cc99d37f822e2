// "conv2d_input_grad" as a matrix product in gather form:
//
// dx[h, w, c] = sum over taps (p, q) and filters o of
//   dy[(h + top - p * dh) / sh, (w + left - q * dw) / sw, o] kernel[p, q, c, o]
//
// where the divisions are exact. With strides only every sh-th tap meets a
// given row: pixels are sorted into sh x sw phases, each with its own taps, so
// that no product is with a zero between the pixels of dy.
#include "compiler/emit/cuda/routines/library/LibraryConv.h"
#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/window/Conv.h"

namespace dlc::emit::cuda::routines {
namespace {

/// One of the two dimensions of an image, by phases.
struct Phases {
  Phases(const Conv &conv, int dim)
      : count(conv.dilation[dim] == 1 ? conv.strides[dim] : 1),
        taps(ceilDiv(conv.window[dim], count)),
        size(ceilDiv(conv.in[dim], count)), dim(dim), conv(conv) {}

  int64_t count; // of phases
  int64_t taps;  // of a phase, at most
  int64_t size;  // pixels of a phase, at most

  const char *name() const { return dim ? "Column" : "Row"; }
  /// The tap of the window that is `step` in its phase.
  std::string tap(const std::string &step) const {
    if (count == 1)
      return step;
    return sum({fmt::format("firstTap{}", name()), times(step, count)});
  }
  /// The pixel of dx that is `place` in its phase.
  std::string pixel(const std::string &place) const {
    if (count == 1)
      return place;
    return sum({times(place, count), fmt::format("phase{}", name())});
  }
  bool tapsEnd() const { return taps * count > conv.window[dim]; }
  bool pixelsEnd() const { return size * count > conv.in[dim]; }

  /// Declares `variable`, the place in dy that tap `tap` takes to `pixel`, and
  /// returns the condition that there is one.
  std::string locate(Code &code, const std::string &index, const char *variable,
                     const std::string &pixel, const std::string &tap) const {
    int64_t stride = conv.strides[dim];
    std::string under =
        tap == "0" ? "" : " - " + times(tap, conv.dilation[dim]);
    std::string distance = plus(pixel, conv.low[dim]) + under;
    std::vector<std::string> conditions;
    if (stride == 1) {
      code.line("const {} {} = {};", index, variable, distance);
    } else {
      code.line("const {} {}Distance = {};", index, variable, distance);
      code.line("const {0} {1} = {1}Distance / {2};", index, variable, stride);
      if (count == 1)
        conditions.push_back(
            fmt::format("{}Distance % {} == 0", variable, stride));
    }
    // A distance of -1 over 2 is 0: the distance itself is compared.
    if (conv.low[dim] < (conv.window[dim] - 1) * conv.dilation[dim])
      conditions.push_back(
          fmt::format("{}{} >= 0", variable, stride == 1 ? "" : "Distance"));
    if ((size * count - 1 + conv.low[dim]) / stride >= conv.out[dim])
      conditions.push_back(fmt::format("{} < {}", variable, conv.out[dim]));
    return all(conditions);
  }

  int dim;
  const Conv &conv;
};

class InputGrad {
public:
  InputGrad(RoutineCall &call, const Conv &conv)
      : call(call), conv(conv), rows(conv, 0), columns(conv, 1),
        index(call.indexType()) {}

  Product describe() const {
    Product product;
    product.parts = fixed(conv.groups * rows.count * columns.count);
    product.rows = pixels();
    product.columns = fixed(conv.channels);
    product.depth = fixed(rows.taps * columns.taps * conv.filters);
    product.partName = isPhased() ? "part" : "group";
    product.sharesColumns = conv.groups == 1;
    if (isPhased())
      product.enterPart = [this](Code &code) { enterPart(code); };
    int64_t width = widthOf(call, conv.filters);
    product.left = {"dy", true, width,
                    [this](Code &code) { return locateOutput(code); }};
    product.right = {"kernel", true, width,
                     [this](Code &code) { return locateKernel(code); }};
    product.locate = [this](Code &code) { return locateInput(code); };
    product.vectorResult = conv.channels % 4 == 0;
    std::vector<std::string> empty;
    if (rows.count > conv.window[0])
      empty.push_back(fmt::format("firstTapRow >= {}", conv.window[0]));
    if (columns.count > conv.window[1])
      empty.push_back(fmt::format("firstTapColumn >= {}", conv.window[1]));
    product.emptyIf = fmt::format("{}", fmt::join(empty, " || "));
    return product;
  }

private:
  /// Pixels of a phase, of all images.
  Count pixels() const {
    return countOf({call.result.shape[0], rows.size, columns.size});
  }

  bool isPhased() const { return rows.count * columns.count > 1; }

  std::string group(int64_t channels) const {
    return conv.groups == 1 ? "0" : fmt::format("group * {}", channels);
  }

  /// The phase of the block's pixels, and the first tap that meets it.
  void enterPart(Code &code) const {
    if (conv.groups > 1)
      code.line("const {} group = part % {};", index, conv.groups);
    int64_t inner = conv.groups * columns.count;
    if (rows.count > 1)
      declarePhase(code, rows, coordinate("part", inner, 0));
    if (columns.count > 1)
      declarePhase(
          code, columns,
          coordinate("part", conv.groups, rows.count > 1 ? columns.count : 0));
  }

  void declarePhase(Code &code, const Phases &phases,
                    const std::string &phase) const {
    code.line("const {} phase{} = {};", index, phases.name(), phase);
    std::string first = fmt::format("phase{}", phases.name());
    if (conv.low[phases.dim])
      first = fmt::format("({} + {})", first, conv.low[phases.dim]);
    code.line("const {} firstTap{} = {} % {};", index, phases.name(), first,
              phases.count);
  }

  /// Declares the tap of `k`; the condition is that the window has it.
  std::string declareTap(Code &code) const {
    std::string rowStep = coordinate("k", columns.taps * conv.filters, 0);
    if (rows.taps == 1)
      rowStep = "0";
    std::string columnStep = coordinate("k", conv.filters, columns.taps);
    code.line("const {} tapRow = {}, tapColumn = {};", index, rows.tap(rowStep),
              columns.tap(columnStep));
    return all(
        {rows.tapsEnd() ? fmt::format("tapRow < {}", conv.window[0]) : "",
         columns.tapsEnd() ? fmt::format("tapColumn < {}", conv.window[1])
                           : ""});
  }

  bool isOneTap() const { return rows.taps * columns.taps == 1; }
  /// The filter of `k`, of its group.
  std::string filter() const {
    return isOneTap() ? "k" : coordinate("k", 1, conv.filters);
  }

  std::string pixelRow() const {
    return rows.pixel(coordinate("row", columns.size, rows.size));
  }
  std::string pixelColumn() const {
    return columns.pixel(coordinate("row", 1, columns.size));
  }
  std::string image() const {
    return coordinate("row", rows.size * columns.size, 0);
  }

  Place locateOutput(Code &code) const {
    if (conv.isPointwise())
      return {sum({times("row", conv.outChannels), group(conv.filters), "k"}),
              ""};
    std::string hasTap = declareTap(code);
    std::string hasRow = rows.locate(code, index, "h", pixelRow(), "tapRow");
    std::string hasColumn =
        columns.locate(code, index, "w", pixelColumn(), "tapColumn");
    return {sum({fmt::format("(({} * {} + h) * {} + w) * {}", image(),
                             conv.out[0], conv.out[1], conv.outChannels),
                 group(conv.filters), filter()}),
            all({hasTap, hasRow, hasColumn})};
  }

  Place locateKernel(Code &code) const {
    std::string place = sum({group(conv.filters), filter()});
    if (!isPhased()) {
      std::string tap =
          isOneTap() ? "0"
                     : times(coordinate("k", conv.filters, 0), conv.channels);
      return {sum({tap == "0" ? times("column", conv.outChannels)
                              : fmt::format("({} + column) * {}", tap,
                                            conv.outChannels),
                   place}),
              ""};
    }
    std::string hasTap = declareTap(code);
    return {sum({fmt::format("((tapRow * {} + tapColumn) * {} + column) * {}",
                             conv.window[1], conv.channels, conv.outChannels),
                 place}),
            hasTap};
  }

  Place locateInput(Code &code) const {
    std::string channel =
        sum({group(conv.channels), indexOver("column", fixed(conv.channels))});
    if (!isPhased())
      return {
          sum({times(indexOver("row", pixels()), conv.inChannels), channel}),
          ""};
    code.line("const {} h = {}, w = {};", index, pixelRow(), pixelColumn());
    return {
        sum({fmt::format("(({} * {} + h) * {} + w) * {}", image(), conv.in[0],
                         conv.in[1], conv.inChannels),
             channel}),
        all({rows.pixelsEnd() ? fmt::format("h < {}", conv.in[0]) : "",
             columns.pixelsEnd() ? fmt::format("w < {}", conv.in[1]) : ""})};
  }

  RoutineCall &call;
  const Conv &conv;
  Phases rows, columns;
  std::string index;
};

} // namespace

Expected<KernelText> emitConv2DInputGrad(RoutineCall &call) {
  if (call.byLibrary)
    return emitLibraryConv(call);
  if (auto checked = call.expectFloats(2, 4); !checked)
    return dlc::Unexpected(checked.error());
  auto conv = readConv(call, call.result, call.operands[1], call.operands[0]);
  if (!conv)
    return dlc::Unexpected(conv.error());
  Code code;
  call.note = conv->describe();
  if (conv->isDepthwise())
    return writeDepthwiseInputGrad(call, code, *conv);
  InputGrad grad(call, *conv);
  return writeProduct(call, code, grad.describe(), {"dy", "kernel", "dx"});
}

} // namespace dlc::emit::cuda::routines
