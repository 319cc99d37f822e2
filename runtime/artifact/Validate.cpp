// Whether a manifest may be run: every index, size and offset in its range.
#include "runtime/artifact/ArtifactFile.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace dlc::artifact {

namespace {

constexpr uint64_t alignment = 64;
/// Far above any model and machine, far below where sums of sizes overflow.
constexpr uint64_t maxBytes = uint64_t(1) << 46;
constexpr int64_t maxTrips = int64_t(1) << 46;

// What every GPU since compute capability 8.0 takes.
constexpr int64_t maxGridX = INT32_MAX;
constexpr uint32_t maxGridYZ = 65535;
constexpr uint32_t maxThreads = 1024;
constexpr uint32_t maxSharedBytes = 227 << 10;
/// Of images and windows: two of them multiplied fit in 62 bits.
constexpr int64_t maxSide = INT32_MAX;
constexpr size_t maxPointers = 64; // as parameters; a table holds more

/// Bytes of an array at batch `n`, or none where a dimension is negative or the
/// size is beyond any memory.
std::optional<uint64_t> countBytes(DType dtype, const Shape &shape, int64_t n) {
  uint64_t bytes = sizeOf(dtype);
  bool empty = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t dim = shape[i] == batchDim && i == 0 ? n : shape[i];
    if (dim < 0)
      return std::nullopt;
    // A zero makes the whole empty, but hides no nonsense in the others.
    empty |= dim == 0;
    if (__builtin_mul_overflow(bytes, uint64_t(std::max<int64_t>(dim, 1)),
                               &bytes) ||
        bytes > maxBytes)
      return std::nullopt;
  }
  return empty ? 0 : bytes;
}

/// Walks the manifest and keeps the first mistake.
class Validator {
public:
  Validator(const Artifact &artifact, const std::string &name)
      : artifact(artifact), manifest(artifact.manifest), file(name) {}

  std::optional<Error> run() {
    require(manifest.maxBatch >= 1 && manifest.maxBatch <= INT32_MAX,
            "manifest", "has max_batch " + std::to_string(manifest.maxBatch),
            "must have at least 1 and fit 31 bits");
    require(manifest.stepsPerLaunch >= 1 &&
                manifest.stepsPerLaunch <= INT32_MAX,
            "manifest",
            "has steps_per_launch " + std::to_string(manifest.stepsPerLaunch),
            "must have at least 1 and fit 31 bits");
    require(manifest.stateBytes <= maxBytes, "manifest",
            "has " + std::to_string(manifest.stateBytes) + " bytes of state",
            "no machine has so much memory");
    if (error)
      return error;
    checkStates();
    checkHostCode();
    checkDeviceCode();
    checkPrograms();
    checkMetricsAndTargets();
    checkBlob(manifest.kerasConfig, "keras_config");
    checkBlob(manifest.kerasMetadata, "keras_metadata");
    checkBlob(manifest.kerasLegacy.value_or(none), "keras_legacy");
    return error;
  }

private:
  void require(bool holds, const std::string &thing, const std::string &value,
               const std::string &limit) {
    if (!holds && !error)
      error =
          Error{file + ": " + thing, value, limit, "compile the model again"};
  }

  /// Each name once, and none empty.
  template <typename List>
  void checkNames(const List &list, const std::string &thing) {
    std::set<std::string_view> seen;
    for (const auto &item : list) {
      require(!item.name.empty(), thing, "has an empty name",
              "every one has a name");
      require(seen.insert(item.name).second, thing,
              "\"" + item.name + "\" is there twice", "names are unique");
    }
  }

  void checkBlob(BlobId blob, const std::string &thing) {
    require(blob >= none && blob < int64_t(artifact.blobs.size()), thing,
            "is blob " + std::to_string(blob),
            "the file has " + std::to_string(artifact.blobs.size()));
  }

  void checkIndex(uint32_t index, size_t size, const std::string &thing) {
    require(index < size, thing, "has index " + std::to_string(index),
            "there are " + std::to_string(size));
  }

  /// The array's bytes, with its place inside a region of `limit` bytes.
  uint64_t checkPlace(DType dtype, const Shape &shape, int64_t n,
                      uint64_t offset, uint64_t limit,
                      const std::string &thing) {
    auto bytes = countBytes(dtype, shape, n);
    require(bytes.has_value(), thing, "has shape " + formatShape(shape),
            "dimensions must be positive and fit memory, with the batch only "
            "as the first");
    require(offset % alignment == 0, thing,
            "has offset " + std::to_string(offset),
            "must be a multiple of " + std::to_string(alignment));
    if (error)
      return 0;
    require(*bytes <= limit && offset <= limit - *bytes, thing,
            "ends at " + std::to_string(offset) + " + " +
                std::to_string(*bytes) + " bytes",
            "its region has " + std::to_string(limit));
    return *bytes;
  }

  void checkStates() {
    checkNames(manifest.states, "states");
    std::vector<std::pair<uint64_t, uint64_t>> places;
    for (const State &state : manifest.states) {
      std::string thing = "state \"" + state.name + "\"";
      // A state never depends on the batch: 0 would hide batchDim.
      require(
          std::ranges::all_of(state.shape, [](int64_t d) { return d >= 0; }),
          thing, "has shape " + formatShape(state.shape),
          "states have static shapes");
      uint64_t bytes = checkPlace(state.dtype, state.shape, 1, state.offset,
                                  manifest.stateBytes, thing);
      checkBlob(state.initial, thing + ": initial");
      if (error)
        return;
      if (state.initial != none)
        require(artifact.blobs[state.initial].size() == bytes, thing,
                "has " + std::to_string(bytes) + " bytes",
                "its first value has " +
                    std::to_string(artifact.blobs[state.initial].size()));
      if (bytes > 0)
        places.emplace_back(state.offset, state.offset + bytes);
    }
    std::ranges::sort(places);
    for (size_t i = 1; i < places.size(); ++i)
      require(places[i - 1].second <= places[i].first, "states",
              "overlap at offset " + std::to_string(places[i].first),
              "each has its own place");
  }

  void checkHostCode() {
    std::set<std::string_view> seen;
    for (const HostCode &code : manifest.hostCode) {
      std::string thing = "host code \"" + code.cpu + "\"";
      require(!code.cpu.empty() && seen.insert(code.cpu).second, thing,
              "is there twice or has no name", "a CPU level is there once");
      checkBlob(code.object, thing);
      require(code.object != none, thing, "has no object",
              "code is a shared object in a blob");
    }
  }

  void checkDeviceCode() {
    std::set<std::pair<std::string_view, int32_t>> seen;
    for (const DeviceCode &code : manifest.deviceCode) {
      std::string thing = "device code \"" + code.target + "\"";
      std::string number = std::to_string(code.computeCapability);
      bool isCubin = code.target.starts_with("sm_" + number) &&
                     code.target.size() <= number.size() + 4;
      require(code.computeCapability > 0 && (isCubin || code.target == "ptx"),
              thing, "is for compute capability " + number,
              "a target is \"ptx\" or such as \"sm_90\"");
      require(seen.emplace(code.target, code.computeCapability).second, thing,
              "is there twice", "a target is there once");
      checkBlob(code.image, thing);
      if (error)
        return;
      require(code.image != none && !artifact.blobs[code.image].empty(), thing,
              "has no image", "code is PTX or a cubin in a blob");
    }
  }

  void checkPrograms() {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Program &program : manifest.programs) {
      std::string where = "program \"" + program.name + "\"";
      require(!program.name.empty(), "programs", "has an empty name",
              "every one has a name");
      require(program.device == onHost || program.device == onCuda, where,
              "is for device \"" + program.device + "\"",
              "this dlc knows \"host\" and \"cuda\"");
      require(seen.emplace(program.name, program.device).second, "programs",
              "\"" + program.name + "\" is there twice",
              "names are unique on a device");
      require(program.arenaBytes <= maxBytes, where,
              "has an arena of " + std::to_string(program.arenaBytes) +
                  " bytes",
              "no machine has so much memory");
      if (error)
        return;
      for (size_t i = 0; i < program.buffers.size() && !error; ++i) {
        const Buffer &buffer = program.buffers[i];
        uint64_t limit = buffer.region == Buffer::Region::Arena
                             ? program.arenaBytes
                             : manifest.stateBytes;
        checkPlace(buffer.dtype, buffer.shape, manifest.maxBatch, buffer.offset,
                   limit, where + ": buffer " + std::to_string(i));
      }
      checkPorts(program, program.inputs, where + ": inputs");
      checkPorts(program, program.outputs, where + ": outputs");
      checkNames(program.launches, where + ": launches");
      for (size_t i = 0; i < program.launches.size(); ++i) {
        const Launch &launch = program.launches[i];
        std::string thing = where + ": launch \"" + launch.name + "\"";
        checkLaunch(program, launch, thing);
        checkStream(program, launch, i, thing);
      }
    }
  }

  void checkPorts(const Program &program, const std::vector<Port> &ports,
                  const std::string &thing) {
    std::set<std::pair<Port::Role, std::string_view>> seen;
    for (const Port &port : ports) {
      checkIndex(port.buffer, program.buffers.size(), thing);
      require(seen.emplace(port.role, port.name).second, thing,
              "have \"" + port.name + "\" twice", "names are unique");
    }
  }

  void checkLaunch(const Program &program, const Launch &launch,
                   const std::string &thing) {
    for (const auto *list : {&launch.operands, &launch.results})
      for (uint32_t index : *list)
        checkIndex(index, program.buffers.size(), thing);
    if (launch.scratch)
      checkIndex(*launch.scratch, program.buffers.size(), thing);
    require(std::isfinite(launch.flops) && launch.flops >= 0, thing,
            "has " + std::to_string(launch.flops) + " flops",
            "must have a count");
    bool isKernel = launch.kind == Launch::Kind::Kernel;
    require(launch.routine.empty() == isKernel, thing,
            "names routine \"" + launch.routine + "\"",
            isKernel ? "a kernel names none" : "a library call names one");
    if (program.device == onHost)
      checkStages(launch, thing);
    else if (launch.product)
      checkProduct(program, launch, thing);
    else
      checkDeviceStages(launch, thing);
    if (launch.convolution)
      checkConvolution(program, launch, thing);
    if (isKernel)
      return;
    auto config = nlohmann::json::parse(launch.config, nullptr, false);
    require(config.is_object(), thing, "has config \"" + launch.config + "\"",
            "a configuration is a JSON object");
  }

  void checkStream(const Program &program, const Launch &launch, size_t number,
                   const std::string &thing) {
    bool isOnHost = program.device == onHost;
    require(launch.stream < (isOnHost ? 1 : maxStreams), thing,
            "is in stream " + std::to_string(launch.stream),
            isOnHost ? "the host has none"
                     : "there are " + std::to_string(maxStreams));
    for (uint32_t other : launch.waits)
      require(other < number, thing,
              "waits for launch " + std::to_string(other),
              "only earlier ones can be waited for");
  }

  void checkStages(const Launch &launch, const std::string &thing) {
    bool isKernel = launch.kind == Launch::Kind::Kernel;
    require(launch.stages.empty() == !isKernel, thing,
            "has " + std::to_string(launch.stages.size()) + " stages",
            isKernel ? "a kernel has at least one" : "a library call has none");
    require(launch.deviceStages.empty() && !launch.product &&
                !launch.convolution,
            thing, "has stages for a GPU", "its program is for the host");
    require(!isKernel || !manifest.hostCode.empty(), thing, "is a kernel",
            "the file has no code");
    for (const Launch::Stage &stage : launch.stages) {
      checkSymbol(stage.symbol, thing);
      countTrips(stage.extent, thing);
    }
  }

  void checkDeviceStages(const Launch &launch, const std::string &thing) {
    require(launch.stages.empty(), thing, "has stages for the host",
            "its program is for a GPU");
    require(!launch.deviceStages.empty(), thing, "has no stages",
            "a launch on a GPU has at least one");
    require(!manifest.deviceCode.empty(), thing, "is for a GPU",
            "the file has no device code");
    size_t pointers = launch.operands.size() + launch.results.size() +
                      (launch.scratch ? 1 : 0);
    for (const DeviceStage &stage : launch.deviceStages) {
      checkSymbol(stage.symbol, thing);
      int64_t trips = countTrips(stage.extent, thing);
      auto range = [&](int64_t value, int64_t least, int64_t most,
                       const std::string &what) {
        require(value >= least && value <= most, thing,
                "has a stage of " + std::to_string(value) + " " + what,
                "must have from " + std::to_string(least) + " to " +
                    std::to_string(most));
      };
      range(stage.perBlock, 1, maxTrips, "iterations a block");
      if (error)
        return;
      range((trips + stage.perBlock - 1) / stage.perBlock, 0, maxGridX,
            "blocks");
      range(stage.gridY, 1, maxGridYZ, "blocks along y");
      range(stage.gridZ, 1, maxGridYZ, "blocks along z");
      range(stage.threads, 1, maxThreads, "threads");
      range(stage.sharedBytes, 0, maxSharedBytes, "bytes of shared memory");
      require(stage.table || pointers <= maxPointers, thing,
              "has " + std::to_string(pointers) + " tensors as parameters",
              "more than " + std::to_string(maxPointers) + " come in a table");
    }
  }

  /// A library is given addresses and sizes as they are: all that it touches
  /// must lie in the launch's arrays.
  void checkProduct(const Program &program, const Launch &launch,
                    const std::string &thing) {
    const LibraryProduct &product = *launch.product;
    require(launch.kind == Launch::Kind::Library && launch.stages.empty() &&
                launch.deviceStages.empty(),
            thing, "has stages beside a product",
            "a library call has one of the two");
    size_t operands = product.bias ? 3 : 2;
    require(launch.operands.size() == operands && launch.results.size() == 1,
            thing,
            "has " + std::to_string(launch.operands.size()) + " operands and " +
                std::to_string(launch.results.size()) + " results",
            "its product takes " + std::to_string(operands) + " and gives one");
    if (error)
      return;
    int64_t parts = countSide(product.parts, thing),
            rows = countSide(product.rows, thing),
            columns = countSide(product.columns, thing),
            depth = countSide(product.depth, thing);
    const Buffer &result = program.buffers[launch.results[0]];
    require(result.dtype == typeOf(product.compute), thing,
            "has a product of another type",
            "its arrays are of what is multiplied");
    for (uint32_t operand : launch.operands)
      require(program.buffers[operand].dtype == result.dtype, thing,
              "has operands of several types", "its product takes one");
    if (error)
      return;
    holds(program.buffers[launch.operands[0]],
          countReached(product.lhs, parts, rows, depth, thing), "lhs", thing);
    holds(program.buffers[launch.operands[1]],
          countReached(product.rhs, parts, depth, columns, thing), "rhs",
          thing);
    holds(result, multiply(parts, multiply(rows, columns)), "the result",
          thing);
    if (product.bias)
      holds(program.buffers[launch.operands[2]], columns, "the bias", thing);
  }

  void holds(const Buffer &buffer, int64_t elements, const std::string &what,
             const std::string &thing) {
    int64_t count = countElements(buffer.shape, manifest.maxBatch);
    require(elements <= count, thing,
            "reaches element " + std::to_string(elements) + " of " + what,
            "it has " + std::to_string(count));
  }

  void checkSide(const LibraryConvolution::Side &side,
                 const std::string &thing) {
    for (int64_t size : {side.in, side.out, side.window, side.stride,
                         side.dilation, side.padding + 1})
      require(size >= 1 && size <= maxSide, thing,
              "has a convolution with a size of " + std::to_string(size),
              "must have from 1 to " + std::to_string(maxSide));
    if (error)
      return;
    int64_t room =
        side.in + 2 * side.padding - ((side.window - 1) * side.dilation + 1);
    require(room >= 0 && room / side.stride + 1 == side.out, thing,
            "has a convolution from " + std::to_string(side.in) + " to " +
                std::to_string(side.out) + " pixels",
            "its window gives another number");
  }

  /// As a product, a library's; the kernel lies in the scratch buffer too.
  void checkConvolution(const Program &program, const Launch &launch,
                        const std::string &thing) {
    using Direction = LibraryConvolution::Direction;
    const LibraryConvolution &conv = *launch.convolution;
    require(launch.kind == Launch::Kind::Library && !launch.product &&
                launch.deviceStages.size() == 1 && launch.scratch,
            thing, "has a convolution without one stage and scratch",
            "the stage turns its kernel round into scratch");
    bool isForward = conv.direction == Direction::Forward;
    size_t operands = conv.bias ? 3 : 2;
    require(
        launch.operands.size() == operands && launch.results.size() == 1, thing,
        "has " + std::to_string(launch.operands.size()) + " operands and " +
            std::to_string(launch.results.size()) + " results",
        "its convolution takes " + std::to_string(operands) + " and gives one");
    require(conv.bias ? isForward : !conv.relu, thing,
            "has a convolution with a bias or a ReLU",
            "only a forward one has them, a ReLU after a bias");
    int64_t images = countSide(conv.images, thing);
    checkSide(conv.rows, thing);
    checkSide(conv.columns, thing);
    require(conv.groups >= 1 && conv.channels >= 1 && conv.filters >= 1 &&
                conv.channels <= INT32_MAX && conv.filters <= INT32_MAX &&
                conv.channels % conv.groups == 0 &&
                conv.filters % conv.groups == 0,
            thing,
            "has " + std::to_string(conv.channels) + " channels and " +
                std::to_string(conv.filters) + " filters in " +
                std::to_string(conv.groups) + " groups",
            "must have some of each in every group");
    if (error)
      return;
    auto buffer = [&](size_t i) -> const Buffer & {
      return program
          .buffers[i < operands ? launch.operands[i] : launch.results[0]];
    };
    for (size_t i = 0; i <= operands; ++i)
      require(buffer(i).dtype == typeOf(conv.compute), thing,
              "has a convolution of another type",
              "its arrays are of what is multiplied");
    int64_t x = multiply(multiply(images, conv.channels),
                         conv.rows.in * conv.columns.in);
    int64_t y = multiply(multiply(images, conv.filters),
                         conv.rows.out * conv.columns.out);
    int64_t kernel = multiply(multiply(conv.channels / conv.groups,
                                       conv.rows.window * conv.columns.window),
                              conv.filters);
    bool fromY = conv.direction == Direction::InputGrad;
    bool toKernel = conv.direction == Direction::KernelGrad;
    holds(buffer(0), fromY ? y : x, "the first operand", thing);
    holds(buffer(1), toKernel ? y : kernel, "the second operand", thing);
    holds(buffer(operands),
          toKernel ? kernel
          : fromY  ? x
                   : y,
          "the result", thing);
    if (conv.bias)
      holds(buffer(2), conv.filters, "the bias", thing);
    if (error)
      return;
    const Buffer &scratch = program.buffers[*launch.scratch];
    require(multiply(kernel, int64_t(sizeOf(buffer(0).dtype))) <=
                multiply(countElements(scratch.shape, manifest.maxBatch),
                         int64_t(sizeOf(scratch.dtype))),
            thing, "has a scratch buffer that is too small",
            "the convolution's kernel lies in it");
  }

  static DType typeOf(LibraryProduct::Compute compute) {
    switch (compute) {
    case LibraryProduct::Compute::Bf16:
      return DType::BF16;
    case LibraryProduct::Compute::F16:
      return DType::F16;
    case LibraryProduct::Compute::Ieee:
    case LibraryProduct::Compute::Tf32:
      return DType::F32;
    }
    return DType::F32;
  }

  /// Rows, columns and the like at the largest batch.
  int64_t countSide(const Extent &extent, const std::string &thing) {
    int64_t count = countTrips(extent, thing);
    require(count >= 1 && count <= INT32_MAX, thing,
            "has a product of " + std::to_string(count) +
                " rows, columns, products or parts",
            "must have from 1 to 2147483647");
    return count;
  }

  /// More than any array has, where that many bits do not hold it.
  static int64_t multiply(int64_t left, int64_t right) {
    int64_t product = 0;
    return __builtin_mul_overflow(left, right, &product) ? INT64_MAX : product;
  }

  /// Elements from a matrix' first to its last, of all parts.
  int64_t countReached(const LibraryProduct::Matrix &matrix, int64_t parts,
                       int64_t rows, int64_t columns,
                       const std::string &thing) {
    int64_t lines = matrix.transposed ? columns : rows;
    int64_t across = matrix.transposed ? rows : columns;
    require(matrix.leading >= across && matrix.leading <= INT32_MAX &&
                matrix.stride >= 0 && matrix.stride <= maxTrips,
            thing,
            "has a matrix with lines " + std::to_string(matrix.leading) +
                " and parts " + std::to_string(matrix.stride) + " apart",
            "lines are of " + std::to_string(across));
    int64_t total = across;
    for (int64_t more : {multiply(lines - 1, matrix.leading),
                         multiply(parts - 1, matrix.stride)})
      if (__builtin_add_overflow(total, more, &total))
        return INT64_MAX;
    return total;
  }

  void checkSymbol(const std::string &symbol, const std::string &thing) {
    require(!symbol.empty() && symbol.find('\0') == std::string::npos, thing,
            "has a stage without a symbol", "every stage is a function");
  }

  /// The iterations at the largest batch.
  int64_t countTrips(const Extent &extent, const std::string &thing) {
    int64_t trips = 0;
    bool overflows = __builtin_mul_overflow(
        extent.trips, extent.timesBatch ? manifest.maxBatch : 1, &trips);
    require(!overflows && trips >= 0 && trips <= maxTrips, thing,
            "has a stage of " + std::to_string(extent.trips) + " iterations",
            "must have from 0 to " + std::to_string(maxTrips));
    return trips;
  }

  void checkMetricsAndTargets() {
    checkNames(manifest.metrics, "metrics");
    for (const Metric &metric : manifest.metrics) {
      std::string thing = "metric \"" + metric.name + "\"";
      for (uint32_t index : {metric.total, metric.count}) {
        checkIndex(index, manifest.states.size(), thing);
        if (error)
          return;
        require(countElements(manifest.states[index].shape) == 1, thing,
                "sums in state \"" + manifest.states[index].name + "\"",
                "a sum is one number");
      }
    }
    for (const Target &target : manifest.targets)
      require(target.classes >= 0, "target \"" + target.output + "\"",
              "has " + std::to_string(target.classes) + " classes",
              "must have 0 or more");
  }

  const Artifact &artifact;
  const Manifest &manifest;
  std::string file;
  std::optional<Error> error;
};

} // namespace

Expected<void> validate(const Artifact &artifact, const std::string &name) {
  if (auto error = Validator(artifact, name).run())
    return Unexpected(*std::move(error));
  return {};
}

} // namespace dlc::artifact
