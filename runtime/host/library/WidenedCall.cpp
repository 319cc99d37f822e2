// A call on halves for which there is code of float32 alone.
#include "runtime/host/library/WidenedCall.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/Halves.h"

#include <fmt/format.h>

namespace dlc::host {

namespace {

size_t roundToLine(size_t bytes) { return (bytes + 63) / 64 * 64; }

size_t wideBytes(const Argument &argument) {
  return roundToLine(size_t(countElements(argument.shape)) * sizeof(float));
}

class WidenedCall final : public Call {
public:
  WidenedCall(const Library::Context &context, const CallSpec &spec,
              Maker maker)
      : context(context), spec(spec), maker(maker) {}

  /// Makes the call in float32 with its arguments at the start of `scratch`.
  Expected<void> make(std::byte *scratch) {
    CallSpec wide = spec;
    size_t offset = 0;
    for (auto *arguments : {&wide.operands, &wide.results})
      for (Argument &argument : *arguments)
        if (isHalf(argument)) {
          argument.dtype = DType::F32;
          argument.data = scratch + offset;
          offset += wideBytes(argument);
        }
    argumentBytes = offset;
    ThreadCount guard(context.threads);
    Config config(spec.config, spec.thing);
    auto made = maker(context, wide, config);
    if (!made)
      return Unexpected(made.error());
    inner = std::move(*made);
    operands = std::move(wide.operands);
    results = std::move(wide.results);
    return {};
  }

  size_t scratchBytes() const override {
    return argumentBytes + inner->scratchBytes();
  }

  /// The call in float32 knows where its arguments are from its making on.
  void bindScratch(std::byte *scratch) override {
    try {
      bound = make(scratch);
    } catch (const dnnl::error &error) {
      bound = fail(spec.thing,
                   fmt::format("cannot be made by oneDNN: {}", error.what()),
                   "", "compile the model again");
    }
    if (bound)
      inner->bindScratch(scratch + argumentBytes);
  }

  Expected<void> run() override {
    if (!bound)
      return Unexpected(bound.error());
    for (size_t i = 0; i < operands.size(); ++i)
      if (isHalf(spec.operands[i]))
        widen(spec.operands[i], wideData(operands[i]), context.threads);
    if (auto ran = inner->run(); !ran)
      return ran;
    for (size_t i = 0; i < results.size(); ++i)
      if (isHalf(spec.results[i]))
        narrow(wideData(results[i]), spec.results[i], context.threads);
    return {};
  }

  std::string describe() const override {
    return "widened, " + inner->describe();
  }

private:
  static float *wideData(const Argument &argument) {
    return reinterpret_cast<float *>(argument.data);
  }

  const Library::Context &context;
  CallSpec spec;
  Maker maker;
  std::unique_ptr<Call> inner;
  std::vector<Argument> operands, results; // of `inner`
  size_t argumentBytes = 0;
  Expected<void> bound;
};

} // namespace

Expected<std::unique_ptr<Call>> makeWidened(const Library::Context &context,
                                            const CallSpec &spec, Maker maker) {
  auto call = std::make_unique<WidenedCall>(context, spec, maker);
  // Says how much scratch it wants, and what is wrong with the call.
  if (auto made = call->make(nullptr); !made)
    return Unexpected(made.error());
  return call;
}

} // namespace dlc::host
