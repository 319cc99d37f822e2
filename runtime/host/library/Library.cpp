// The table of routines, and the border that no exception of oneDNN crosses.
#include "runtime/host/library/Library.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/DnnlCall.h"
#include "runtime/host/library/Halves.h"
#include "runtime/host/library/WidenedCall.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dlc::host {
namespace {

struct Routine {
  const char *name;
  Maker make;
  /// Whether it works on halves: by the processor's own instructions where
  /// there are such, or widened.
  bool takesHalves = false;
};

constexpr Routine routines[] = {
    {"dot", makeDot, true},
    {"conv2d", makeConv2D, true},
    {"conv2d_input_grad", makeConv2DInputGrad, true},
    {"conv2d_kernel_grad", makeConv2DKernelGrad, true},
    {"max_pool2d", makeMaxPool2D},
    {"max_pool2d_grad", makeMaxPool2DGrad},
    {"max_pool2d_pick", makeMaxPool2DPick},
    {"avg_pool2d", makeAvgPool2D},
    {"avg_pool2d_grad", makeAvgPool2DGrad},
    {"pad", makePad},
    {"concat", makeConcat},
    {"gather", makeGather},
    {"scatter_add", makeScatterAdd},
    {"attention", makeAttention},
    {"attention_grad", makeAttentionGrad},
};

std::string formatShapes(const std::vector<Argument> &arguments) {
  std::string text;
  for (const Argument &argument : arguments)
    text += (text.empty() ? "" : ", ") + formatShape(argument.shape);
  return text;
}

bool hasHalves(const CallSpec &spec) {
  return std::ranges::any_of(spec.operands, isHalf) ||
         std::ranges::any_of(spec.results, isHalf);
}

Expected<std::unique_ptr<Call>> makeFrom(const Library::Context &context,
                                         const CallSpec &spec,
                                         const Routine &routine) {
  bool isWidened = routine.takesHalves && hasHalves(spec);
  if (!isWidened || (isOfBf16(spec) && hasBf16())) {
    Config config(spec.config, spec.thing);
    auto call = routine.make(context, spec, config);
    if (!call || *call)
      return call;
  }
  return makeWidened(context, spec, routine.make);
}

} // namespace

bool isOfBf16(const CallSpec &spec) {
  return !spec.operands.empty() && spec.operands[0].dtype == DType::BF16;
}

Expected<void> expectFloats(const CallSpec &spec, size_t operands,
                            size_t results, int rank, bool bf16) {
  DType wanted = bf16 ? DType::BF16 : DType::F32;
  if (spec.operands.size() != operands || spec.results.size() != results)
    return fail(spec.thing,
                fmt::format("has {} operands and {} results",
                            spec.operands.size(), spec.results.size()),
                fmt::format("{} takes {} and gives {}", spec.routine, operands,
                            results),
                "compile the model again");
  for (const std::vector<Argument> *list : {&spec.operands, &spec.results})
    for (const Argument &argument : *list) {
      if (argument.dtype != wanted)
        return fail(
            spec.thing,
            fmt::format("has an argument of type {}", nameOf(argument.dtype)),
            fmt::format("{} works on {}", spec.routine, nameOf(wanted)),
            "compile the model again");
      if (rank >= 0 && argument.shape.size() != size_t(rank))
        return fail(
            spec.thing,
            fmt::format("has an argument of shape {}",
                        formatShape(argument.shape)),
            fmt::format("{} works on {} dimensions", spec.routine, rank),
            "compile the model again");
    }
  return {};
}

dlc::Unexpected<Error> failShapes(const CallSpec &spec, std::string limit) {
  return fail(spec.thing,
              fmt::format("has operands of shapes {} and results of {}",
                          formatShapes(spec.operands),
                          formatShapes(spec.results)),
              std::move(limit), "compile the model again");
}

Library::Library(std::unique_ptr<Context> context)
    : context(std::move(context)) {}
Library::Library(Library &&) noexcept = default;
Library &Library::operator=(Library &&) noexcept = default;
Library::~Library() = default;

Expected<Library> Library::create(int threads) {
  try {
    auto context = std::make_unique<Context>();
    context->threads = threads;
    context->engine = dnnl::engine(dnnl::engine::kind::cpu, 0);
    context->stream = dnnl::stream(context->engine);
    return Library(std::move(context));
  } catch (const dnnl::error &error) {
    return fail("oneDNN", fmt::format("cannot start: {}", error.what()), "",
                "check that libdnnl 2.6 or newer of its major version is "
                "installed");
  }
}

Expected<std::unique_ptr<Call>> Library::make(const CallSpec &spec) const {
  const auto *it = std::ranges::find_if(
      routines, [&](const auto &entry) { return spec.routine == entry.name; });
  if (it == std::end(routines))
    return fail(spec.thing, fmt::format("calls \"{}\"", spec.routine),
                "this runtime has no such routine",
                "use the runtime of the dlc that compiled the model");
  try {
    ThreadCount guard(context->threads);
    return makeFrom(*context, spec, *it);
  } catch (const dnnl::error &error) {
    return fail(spec.thing,
                fmt::format("cannot be made by oneDNN: {}", error.what()), "",
                "compile the model again");
  }
}

} // namespace dlc::host
