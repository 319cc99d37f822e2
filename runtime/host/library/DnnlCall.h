// A call made of oneDNN primitives and loops that run one after the other.
#pragma once

#include "runtime/host/library/Routines.h"

#include <functional>
#include <initializer_list>

namespace dlc::host {

/// Whether oneDNN fell back to its plain reference code, hundreds of times
/// slower than the rest.
bool isReference(const char *implementation);

/// Whether oneDNN may use AVX-512 here, for which alone it has products and
/// Winograd's algorithm that keep a core's multipliers busy.
bool hasAvx512();

/// Whether it may use instructions that multiply bf16: AVX512-BF16 or AMX.
bool hasBf16();

/// oneDNN's name of float32 or bf16.
dnnl::memory::data_type typeOf(const Argument &argument);

/// Attributes of every primitive: scratchpads belong to the user.
dnnl::primitive_attr defaultAttributes();

/// The dimensions as oneDNN takes them.
inline dnnl::memory::dims dimsOf(const Shape &shape) {
  return {shape.begin(), shape.end()};
}

dnnl::memory::desc
describe(const dnnl::memory::dims &dims, dnnl::memory::format_tag tag,
         dnnl::memory::data_type type = dnnl::memory::data_type::f32);

/// Built by a routine's maker: memory first, then steps in order. Nothing is
/// allocated here by a run; oneDNN itself makes a small table of arguments.
class DnnlCall final : public Call {
public:
  DnnlCall(const Library::Context &context, std::string thing)
      : context(context), thing(std::move(thing)) {}

  /// Memory at the address of an argument.
  dnnl::memory at(const Argument &argument, const dnnl::memory::desc &desc);
  /// Memory in the scratch; only steps may look at its address.
  dnnl::memory inScratch(const dnnl::memory::desc &desc);

  /// Adds a primitive with its own scratchpad, if it wants one.
  template <typename Primitive>
  void add(const typename Primitive::primitive_desc &desc,
           std::initializer_list<std::pair<int, dnnl::memory>> arguments) {
    addStep(Primitive(desc), desc.impl_info_str(), desc.scratchpad_desc(),
            arguments);
  }
  /// `name` is what `describe` calls it.
  void addLoop(std::function<void()> loop, const char *name = "loop");

  /// `memory` in the layout `wanted`: itself, or a copy in the scratch.
  dnnl::memory reordered(const dnnl::memory &memory,
                         const dnnl::memory::desc &wanted);
  void addReorder(const dnnl::memory &from, const dnnl::memory &to);

  size_t scratchBytes() const override { return scratchSize; }
  void bindScratch(std::byte *scratch) override;
  Expected<void> run() override;
  std::string describe() const override;

private:
  struct Step {
    dnnl::primitive primitive;
    std::vector<dnnl_exec_arg_t> arguments;
    std::function<void()> loop; // instead of a primitive
  };
  struct Placed {
    dnnl::memory memory;
    size_t offset;
  };
  void addStep(const dnnl::primitive &primitive, const char *implementation,
               const dnnl::memory::desc &scratchpad,
               std::initializer_list<std::pair<int, dnnl::memory>> arguments);

  const Library::Context &context;
  std::string thing;
  std::vector<dnnl::memory> kept; // step arguments point into these
  std::vector<Placed> placed;
  std::vector<Step> steps;
  std::vector<std::string> implementations;
  size_t scratchSize = 0;
};

} // namespace dlc::host
