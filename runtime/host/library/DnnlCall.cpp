// A call made of oneDNN primitives and loops that run one after the other.
#include "runtime/host/library/DnnlCall.h"

#include "runtime/host/library/convolution/ChannelBlocks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <oneapi/dnnl/dnnl_debug.h>

#include <string_view>

namespace dlc::host {

using dnnl::memory;

bool isReference(const char *implementation) {
  // "ref:any", "ref"; "simple" and "gemm" are proper loops.
  return std::string_view(implementation).starts_with("ref");
}

static bool hasIsa(int features) {
  return (int(dnnl::get_effective_cpu_isa()) & features) == features;
}

bool hasAvx512() { return hasIsa(dnnl_cpu_isa_avx512_core); }

bool hasBf16() { return hasIsa(dnnl_cpu_isa_avx512_core_bf16); }

memory::data_type typeOf(const Argument &argument) {
  return argument.dtype == DType::BF16 ? memory::data_type::bf16
                                       : memory::data_type::f32;
}

dnnl::primitive_attr defaultAttributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

memory::desc describe(const memory::dims &dims, memory::format_tag tag,
                      memory::data_type type) {
  return memory::desc(dims, type, tag);
}

memory DnnlCall::at(const Argument &argument, const memory::desc &desc) {
  kept.emplace_back(desc, context.engine, argument.data);
  return kept.back();
}

memory DnnlCall::inScratch(const memory::desc &desc) {
  kept.emplace_back(desc, context.engine,
                    static_cast<void *>(DNNL_MEMORY_NONE));
  placed.push_back({kept.back(), scratchSize});
  scratchSize += (desc.get_size() + 63) / 64 * 64;
  return kept.back();
}

void DnnlCall::addStep(
    const dnnl::primitive &primitive, const char *implementation,
    const memory::desc &scratchpad,
    std::initializer_list<std::pair<int, memory>> arguments) {
  Step step;
  step.primitive = primitive;
  for (const auto &[index, memory] : arguments) {
    kept.push_back(memory);
    step.arguments.push_back({index, memory.get()});
  }
  if (scratchpad.get_size() > 0)
    step.arguments.push_back(
        {DNNL_ARG_SCRATCHPAD, inScratch(scratchpad).get()});
  steps.push_back(std::move(step));
  implementations.emplace_back(implementation);
}

void DnnlCall::addLoop(std::function<void()> loop, const char *name) {
  Step step;
  step.loop = std::move(loop);
  steps.push_back(std::move(step));
  implementations.emplace_back(name);
}

memory DnnlCall::reordered(const memory &from, const memory::desc &wanted) {
  if (from.get_desc() == wanted)
    return from;
  memory copy = inScratch(wanted);
  addReorder(from, copy);
  return copy;
}

void DnnlCall::addReorder(const memory &from, const memory &to) {
  if (auto copy = makeBlockCopy(from, to, /*relu=*/false, context.threads))
    return addLoop(std::move(copy));
  dnnl::reorder::primitive_desc desc(context.engine, from.get_desc(),
                                     context.engine, to.get_desc(),
                                     defaultAttributes());
  add<dnnl::reorder>(desc, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void DnnlCall::bindScratch(std::byte *scratch) {
  for (Placed &place : placed)
    place.memory.set_data_handle(scratch + place.offset);
}

Expected<void> DnnlCall::run() {
  for (Step &step : steps) {
    if (step.loop) {
      step.loop();
      continue;
    }
    // The C function: the C++ one copies the arguments into new containers.
    dnnl_status_t status = dnnl_primitive_execute(
        step.primitive.get(), context.stream.get(), int(step.arguments.size()),
        step.arguments.data());
    if (status != dnnl_success)
      return fail(thing,
                  fmt::format("failed in oneDNN: {}", dnnl_status2str(status)),
                  "", "report this with the model");
  }
  return {};
}

std::string DnnlCall::describe() const {
  return fmt::format("{}", fmt::join(implementations, ", "));
}

} // namespace dlc::host
