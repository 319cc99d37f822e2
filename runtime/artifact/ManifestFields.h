// The fields of every struct of the manifest, once, for the reader and the
// writer alike.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::artifact {

/// Fields<T>::visit(visitor, value) calls visitor("key", value.field) for each
/// field; `value` is const for a writer. With a third argument `mayBeAbsent`
/// the field keeps its default where a file of an older version lacks it.
struct MayBeAbsent {};
inline constexpr MayBeAbsent mayBeAbsent;
template <typename T> struct Fields;

template <> struct Fields<State> {
  static void visit(auto &&visitor, auto &state) {
    visitor("name", state.name);
    visitor("role", state.role);
    visitor("dtype", state.dtype);
    visitor("shape", state.shape);
    visitor("trainable", state.trainable);
    visitor("offset", state.offset);
    visitor("h5_path", state.h5Path);
    visitor("h5_copies", state.h5Copies, mayBeAbsent);
    visitor("initial", state.initial);
  }
};

template <> struct Fields<Buffer> {
  static void visit(auto &&visitor, auto &buffer) {
    visitor("region", buffer.region);
    visitor("offset", buffer.offset);
    visitor("dtype", buffer.dtype);
    visitor("shape", buffer.shape);
  }
};

template <> struct Fields<Extent> {
  static void visit(auto &&visitor, auto &extent) {
    visitor("trips", extent.trips);
    visitor("times_batch", extent.timesBatch);
  }
};

template <> struct Fields<DeviceStage> {
  static void visit(auto &&visitor, auto &stage) {
    visitor("symbol", stage.symbol);
    visitor("extent", stage.extent);
    visitor("per_block", stage.perBlock);
    visitor("grid_y", stage.gridY);
    visitor("grid_z", stage.gridZ);
    visitor("threads", stage.threads);
    visitor("shared_bytes", stage.sharedBytes);
    visitor("table", stage.table);
  }
};

template <> struct Fields<LibraryProduct::Matrix> {
  static void visit(auto &&visitor, auto &matrix) {
    visitor("transposed", matrix.transposed);
    visitor("leading", matrix.leading);
    visitor("stride", matrix.stride);
  }
};

template <> struct Fields<LibraryProduct> {
  static void visit(auto &&visitor, auto &product) {
    visitor("library", product.library);
    visitor("compute", product.compute);
    visitor("parts", product.parts);
    visitor("rows", product.rows);
    visitor("columns", product.columns);
    visitor("depth", product.depth);
    visitor("lhs", product.lhs);
    visitor("rhs", product.rhs);
    visitor("bias", product.bias);
    visitor("relu", product.relu);
  }
};

template <> struct Fields<LibraryConvolution::Side> {
  static void visit(auto &&visitor, auto &side) {
    visitor("in", side.in);
    visitor("out", side.out);
    visitor("window", side.window);
    visitor("stride", side.stride);
    visitor("dilation", side.dilation);
    visitor("padding", side.padding);
  }
};

template <> struct Fields<LibraryConvolution> {
  static void visit(auto &&visitor, auto &convolution) {
    visitor("library", convolution.library);
    visitor("direction", convolution.direction);
    visitor("compute", convolution.compute);
    visitor("images", convolution.images);
    visitor("channels", convolution.channels);
    visitor("filters", convolution.filters);
    visitor("groups", convolution.groups);
    visitor("rows", convolution.rows);
    visitor("columns", convolution.columns);
    visitor("bias", convolution.bias);
    visitor("relu", convolution.relu);
  }
};

template <> struct Fields<Launch::Stage> {
  static void visit(auto &&visitor, auto &stage) {
    visitor("symbol", stage.symbol);
    visitor("extent", stage.extent);
  }
};

template <> struct Fields<Launch> {
  static void visit(auto &&visitor, auto &launch) {
    visitor("kind", launch.kind);
    visitor("name", launch.name);
    visitor("pattern", launch.pattern);
    visitor("layers", launch.layers);
    visitor("operands", launch.operands);
    visitor("results", launch.results);
    visitor("scratch", launch.scratch);
    visitor("stages", launch.stages);
    visitor("routine", launch.routine);
    visitor("config", launch.config);
    visitor("flops", launch.flops);
    visitor("device_stages", launch.deviceStages, mayBeAbsent);
    visitor("product", launch.product);
    visitor("convolution", launch.convolution);
    visitor("stream", launch.stream, mayBeAbsent);
    visitor("waits", launch.waits, mayBeAbsent);
    visitor("reasons", launch.reasons, mayBeAbsent);
  }
};

template <> struct Fields<Port> {
  static void visit(auto &&visitor, auto &port) {
    visitor("role", port.role);
    visitor("name", port.name);
    visitor("buffer", port.buffer);
  }
};

template <> struct Fields<Program> {
  static void visit(auto &&visitor, auto &program) {
    visitor("name", program.name);
    visitor("device", program.device, mayBeAbsent);
    visitor("inputs", program.inputs);
    visitor("outputs", program.outputs);
    visitor("buffers", program.buffers);
    visitor("launches", program.launches);
    visitor("arena_bytes", program.arenaBytes);
    visitor("max_live_bytes", program.maxLiveBytes);
  }
};

template <> struct Fields<HostCode> {
  static void visit(auto &&visitor, auto &code) {
    visitor("cpu", code.cpu);
    visitor("features", code.features);
    visitor("object", code.object);
  }
};

template <> struct Fields<KernelUsage> {
  static void visit(auto &&visitor, auto &usage) {
    visitor("kernel", usage.kernel);
    visitor("registers", usage.registers);
    visitor("stack_bytes", usage.stackBytes);
    visitor("spill_stores", usage.spillStores);
    visitor("spill_loads", usage.spillLoads);
    visitor("shared_bytes", usage.sharedBytes);
  }
};

template <> struct Fields<DeviceCode> {
  static void visit(auto &&visitor, auto &code) {
    visitor("target", code.target);
    visitor("compute_capability", code.computeCapability);
    visitor("image", code.image);
    visitor("usage", code.usage, mayBeAbsent);
  }
};

template <> struct Fields<Metric> {
  static void visit(auto &&visitor, auto &metric) {
    visitor("name", metric.name);
    visitor("total", metric.total);
    visitor("count", metric.count);
    visitor("direction", metric.direction, mayBeAbsent);
  }
};

template <> struct Fields<Target> {
  static void visit(auto &&visitor, auto &target) {
    visitor("output", target.output);
    visitor("classes", target.classes);
    visitor("loss", target.loss, mayBeAbsent);
  }
};

template <> struct Fields<Manifest> {
  static void visit(auto &&visitor, auto &manifest) {
    visitor("model", manifest.model);
    visitor("max_batch", manifest.maxBatch);
    visitor("steps_per_launch", manifest.stepsPerLaunch, mayBeAbsent);
    visitor("state_bytes", manifest.stateBytes);
    visitor("states", manifest.states);
    visitor("programs", manifest.programs);
    visitor("host_code", manifest.hostCode);
    visitor("device_code", manifest.deviceCode, mayBeAbsent);
    visitor("metrics", manifest.metrics);
    visitor("targets", manifest.targets);
    visitor("keras_config", manifest.kerasConfig);
    visitor("keras_metadata", manifest.kerasMetadata);
    visitor("keras_legacy", manifest.kerasLegacy);
    visitor("producer", manifest.producer);
  }
};

/// The names of an enum's values, in their order.
template <typename T> struct EnumNames;

template <> struct EnumNames<DType> {
  static constexpr std::string_view names[] = {"float32", "int32", "bool",
                                               "bfloat16", "float16"};
};
template <> struct EnumNames<State::Role> {
  static constexpr std::string_view names[] = {"weight", "optimizer", "metric",
                                               "control"};
};
template <> struct EnumNames<Buffer::Region> {
  static constexpr std::string_view names[] = {"arena", "state"};
};
template <> struct EnumNames<Launch::Kind> {
  static constexpr std::string_view names[] = {"kernel", "library"};
};
template <> struct EnumNames<LibraryProduct::Library> {
  static constexpr std::string_view names[] = {"cublaslt"};
};
template <> struct EnumNames<LibraryProduct::Compute> {
  static constexpr std::string_view names[] = {"ieee", "tf32", "bf16", "f16"};
};
template <> struct EnumNames<LibraryConvolution::Library> {
  static constexpr std::string_view names[] = {"cudnn"};
};
template <> struct EnumNames<LibraryConvolution::Direction> {
  static constexpr std::string_view names[] = {"forward", "input_grad",
                                               "kernel_grad"};
};
template <> struct EnumNames<Port::Role> {
  static constexpr std::string_view names[] = {"input", "target",
                                               "sample_weight", "output"};
};

} // namespace dlc::artifact
