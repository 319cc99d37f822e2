// Each Keras initializer as one function from a shape to numbers.
#include "compiler/expand/Initialize.h"
#include "compiler/expand/Random.h"
#include "dialects/layer/Layer.h"
#include "dialects/layer/WeightPaths.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <unistd.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

//===-- Which weights there are -------------------------------------------===//

static Shape toShape(RankedTensorType type) {
  return Shape(type.getShape().begin(), type.getShape().end());
}

/// `names` prefixes state names, `paths` the groups of the weights file.
static void collectModel(layer::ModelOp model, const std::string &names,
                         const std::string &paths, InitialWeights &weights) {
  llvm::StringMap<std::string> groups = layer::getWeightPaths(model);
  for (Operation &op : model.getBody().front()) {
    auto name = op.getAttrOfType<StringAttr>("name");
    if (name && !layer::findOwner(model, name).empty())
      continue; // it has the weights of another layer
    if (auto call = dyn_cast<layer::CallOp>(op)) {
      auto inner = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
          call, call.getModelAttr());
      collectModel(inner, names + call.getName().str() + "/",
                   paths + groups[call.getName()] + "/", weights);
      continue;
    }
    auto layer = dyn_cast<layer::LayerOpInterface>(op);
    if (!layer)
      continue;
    SmallVector<layer::WeightSpec> specs = layer.weights();
    for (auto [spec, dataset] :
         llvm::zip_equal(specs, layer::listDatasets(specs)))
      weights[names + layer.getName().str() + "/" + spec.name.str()] = {
          paths + groups[layer.getName()] + "/" + dataset, toShape(spec.type),
          spec.initializer,
          spec.type.getElementType().isF32() ? DType::F32 : DType::I32};
  }
}

InitialWeights dlc::expand::collectInitialWeights(ModuleOp module) {
  InitialWeights weights;
  if (FailureOr<layer::ModelOp> model = layer::findMainModel(module);
      succeeded(model))
    collectModel(*model, "", "", weights);
  return weights;
}

//===-- Their values ------------------------------------------------------===//

namespace {

/// What an initializer is made of: its config with defaults, and the stream.
struct Draw {
  DictionaryAttr config;
  RandomStream random;

  double number(StringRef key, double otherwise) const {
    Attribute value = config ? config.get(key) : Attribute();
    return layer::findNumber(value).value_or(otherwise);
  }

  std::string text(StringRef key, StringRef otherwise) const {
    auto value = config ? config.getAs<StringAttr>(key) : StringAttr();
    return value ? value.str() : otherwise.str();
  }
};

template <typename Next> Tensor fill(const Shape &shape, Next next) {
  Tensor tensor(DType::F32, shape);
  for (float &element : tensor.as<float>())
    element = float(next());
  return tensor;
}

/// Inputs and outputs of one unit: those of the axes that the initializer
/// names, else (in, out) for a matrix, times the receptive field for a
/// convolution, the same for both in a vector.
std::pair<double, double> countFans(const Shape &shape, DictionaryAttr config) {
  auto count = [&](StringRef key) -> std::optional<double> {
    auto axes = config ? config.getAs<ArrayAttr>(key) : ArrayAttr();
    if (!axes || !llvm::all_of(axes, llvm::IsaPred<IntegerAttr>))
      return std::nullopt;
    double size = 1;
    for (auto axis : axes.getAsRange<IntegerAttr>())
      if (axis.getInt() >= 0 && axis.getInt() < int64_t(shape.size()))
        size *= double(shape[axis.getInt()]);
    return size;
  };
  std::optional<double> in = count("input_axes"), out = count("output_axes");
  if (in && out)
    return {*in, *out};
  if (shape.empty())
    return {1, 1};
  if (shape.size() == 1)
    return {double(shape[0]), double(shape[0])};
  double field = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i)
    field *= double(shape[i]);
  return {field * double(shape[shape.size() - 2]),
          field * double(shape.back())};
}

/// scale / fan, as a uniform, a normal or a truncated normal distribution of
/// that variance.
Tensor scaleVariance(Draw &draw, const Shape &shape, double scale,
                     StringRef mode, StringRef distribution) {
  auto [in, out] = countFans(shape, draw.config);
  double fan = mode == "fan_in" ? in : mode == "fan_out" ? out : (in + out) / 2;
  scale /= std::max(1.0, fan);
  if (distribution == "uniform") {
    double limit = std::sqrt(3.0 * scale);
    return fill(shape,
                [&] { return limit * (2.0 * draw.random.uniform() - 1.0); });
  }
  if (distribution == "untruncated_normal")
    return fill(shape, [&] { return std::sqrt(scale) * draw.random.normal(); });
  // What is left of a normal within two deviations has this deviation.
  const double truncated = 0.87962566103423978;
  double deviation = std::sqrt(scale) / truncated;
  return fill(shape, [&] { return deviation * draw.random.truncatedNormal(); });
}

/// Orthonormal columns (or rows, if there are fewer): Gram and Schmidt, twice
/// over against rounding, on normal numbers. That is QR with a positive
/// diagonal.
Tensor makeOrthogonal(Draw &draw, const Shape &shape) {
  int64_t columns = shape.back(), rows = countElements(shape) / columns;
  int64_t length = std::max(rows, columns), count = std::min(rows, columns);
  std::vector<std::vector<double>> basis(count, std::vector<double>(length));
  for (std::vector<double> &v : basis)
    for (double &x : v)
      x = draw.random.normal();
  for (int64_t i = 0; i < count; ++i)
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t j = 0; j < i; ++j) {
        double dot = 0;
        for (int64_t k = 0; k < length; ++k)
          dot += basis[i][k] * basis[j][k];
        for (int64_t k = 0; k < length; ++k)
          basis[i][k] -= dot * basis[j][k];
      }
      double norm = 0;
      for (double x : basis[i])
        norm += x * x;
      for (double &x : basis[i])
        x /= std::sqrt(norm);
    }
  double gain = draw.number("gain", 1.0);
  Tensor tensor(DType::F32, shape);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      tensor.as<float>()[r * columns + c] =
          float(gain * (rows >= columns ? basis[c][r] : basis[r][c]));
  return tensor;
}

Tensor makeIdentity(Draw &draw, const Shape &shape) {
  Tensor tensor(DType::F32, shape);
  for (int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    tensor.as<float>()[i * shape[1] + i] = float(draw.number("gain", 1.0));
  return tensor;
}

struct Scaling {
  const char *name;
  double scale;
  const char *mode, *distribution;
};

constexpr Scaling scalings[] = {
    {"glorot_uniform", 1, "fan_avg", "uniform"},
    {"glorot_normal", 1, "fan_avg", "truncated_normal"},
    {"he_uniform", 2, "fan_in", "uniform"},
    {"he_normal", 2, "fan_in", "truncated_normal"},
    {"lecun_uniform", 1, "fan_in", "uniform"},
    {"lecun_normal", 1, "fan_in", "truncated_normal"},
};

/// None for a name that is no initializer, or a shape that it cannot fill.
std::optional<Tensor> make(StringRef name, Draw &draw, const Shape &shape) {
  RandomStream &random = draw.random;
  for (const Scaling &known : scalings)
    if (name == known.name)
      return scaleVariance(draw, shape, known.scale, known.mode,
                           known.distribution);
  if (name == "variance_scaling")
    return scaleVariance(draw, shape, draw.number("scale", 1),
                         draw.text("mode", "fan_in"),
                         draw.text("distribution", "truncated_normal"));
  if (name == "zeros")
    return Tensor(DType::F32, shape);
  if (name == "ones")
    return fill(shape, [] { return 1.0; });
  if (name == "constant") {
    if (!layer::isNull(draw.config.get("value")) &&
        !layer::findNumber(draw.config.get("value")))
      return std::nullopt;
    double value = draw.number("value", 0);
    return fill(shape, [&] { return value; });
  }
  double mean = draw.number("mean", 0), deviation = draw.number("stddev", 0.05);
  if (name == "random_normal")
    return fill(shape, [&] { return mean + deviation * random.normal(); });
  if (name == "truncated_normal")
    return fill(shape,
                [&] { return mean + deviation * random.truncatedNormal(); });
  if (name == "random_uniform") {
    double low = draw.number("minval", -0.05);
    double high = draw.number("maxval", 0.05);
    return fill(shape, [&] { return low + (high - low) * random.uniform(); });
  }
  if (name == "orthogonal" && shape.size() >= 2)
    return makeOrthogonal(draw, shape);
  if (name == "identity" && shape.size() == 2)
    return makeIdentity(draw, shape);
  return std::nullopt;
}

Tensor truncate(const Tensor &real) {
  Tensor whole(DType::I32, real.shape());
  for (auto [to, from] : llvm::zip_equal(whole.as<int32_t>(), real.as<float>()))
    to = int32_t(from);
  return whole;
}

} // namespace

/// Sizes come from files: a product of them may overflow, or fill the machine.
static Expected<void> checkSize(const std::string &name,
                                const InitialWeight &weight) {
  double bytes = sizeOf(weight.dtype);
  for (int64_t size : weight.shape)
    bytes *= double(size);
  double memory =
      double(::sysconf(_SC_PHYS_PAGES)) * double(::sysconf(_SC_PAGE_SIZE));
  if (bytes <= memory)
    return {};
  return fail(
      "weight \"" + name + "\" of shape " + formatShape(weight.shape),
      llvm::formatv("takes {0:f1} GiB", bytes / 0x1p30).str(),
      llvm::formatv("this machine has {0:f1} GiB", memory / 0x1p30).str(),
      "make its layer smaller");
}

Expected<Tensor> dlc::expand::initializeWeight(const std::string &name,
                                               const InitialWeight &weight,
                                               uint64_t seed) {
  if (auto checked = checkSize(name, weight); !checked)
    return dlc::Unexpected(checked.error());
  std::string kind = layer::getObjectClass(weight.initializer);
  DictionaryAttr config = layer::getObjectConfig(weight.initializer);
  Draw draw{config, RandomStream(seed, name)};
  if (auto own = config ? layer::findNumber(config.get("seed")) : std::nullopt)
    draw.random = RandomStream(uint64_t(*own), name);
  if (std::optional<Tensor> tensor = make(kind, draw, weight.shape))
    return weight.dtype == DType::I32 ? truncate(*tensor) : std::move(*tensor);
  return fail("weight \"" + name + "\" of shape " + formatShape(weight.shape),
              "has the initializer \"" + kind + "\"",
              "dlc knows Keras' own initializers for shapes that they take",
              "choose one such as glorot_uniform, or give the model's weights");
}

Expected<std::map<std::string, Tensor>>
dlc::expand::initializeWeights(const InitialWeights &weights, uint64_t seed) {
  std::map<std::string, Tensor> values;
  for (const auto &[name, weight] : weights) {
    Expected<Tensor> value = initializeWeight(name, weight, seed);
    if (!value)
      return dlc::Unexpected(value.error());
    values[weight.h5Path] = std::move(*value);
  }
  return values;
}
