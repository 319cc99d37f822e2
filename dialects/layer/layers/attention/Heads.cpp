// Shapes, checks and weights of heads (keras/src/layers/attention/
// multi_head_attention.py, grouped_query_attention.py).
#include "dialects/layer/layers/attention/Heads.h"
#include "dialects/layer/layers/Broadcast.h"
#include "mlir/Support/DebugStringHelper.h"

using namespace mlir;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

ArrayRef<StringRef> dlc::layer::getHeadsParameters() {
  static constexpr StringRef names[] = {"query",
                                        "value",
                                        "key",
                                        "query_mask",
                                        "value_mask",
                                        "key_mask",
                                        "attention_mask",
                                        "return_attention_scores",
                                        "training",
                                        "use_causal_mask"};
  return names;
}

ArrayRef<StringRef> dlc::layer::getHeadsCallKeys() {
  static constexpr StringRef keys[] = {"arguments", "return_attention_scores",
                                       "use_causal_mask"};
  return keys;
}

/// Key, or value where the call has none.
static Value keyOf(const Tensors &tensors) {
  Value key = tensors.find("key");
  return key ? key : tensors.find("value");
}

//===-- Checks ------------------------------------------------------------===//

static std::string findSizeProblem(const Heads &heads) {
  for (auto [what, size] :
       {std::pair("the number of heads", heads.queries),
        std::pair("the number of heads of keys and values", heads.keys),
        std::pair("the size of a key", heads.keyDim),
        std::pair("the size of a value", heads.valueDim),
        std::pair("sliding_window", heads.window.value_or(1))})
    if (size < 1)
      return std::string(what) + " is " + std::to_string(size) +
             " but must be at least 1; give a positive number";
  if (heads.queries % heads.keys != 0)
    return std::to_string(heads.queries) + " heads of queries share " +
           std::to_string(heads.keys) +
           " of keys and values but each of these serves as many; choose a "
           "multiple";
  for (int64_t size : heads.output)
    if (size < 1)
      return "output_shape holds " + std::to_string(size) +
             " but sizes must be at least 1; give positive ones";
  if (heads.dropout < 0 || heads.dropout > 1)
    return "dropout is " + formatNumber(heads.dropout) +
           " but a share is between 0 and 1; choose one in that range";
  return "";
}

static std::string findShapeProblem(const Heads &heads,
                                    const Tensors &tensors) {
  RankedTensorType query = typeOf(tensors.find("query"));
  RankedTensorType value = typeOf(tensors.find("value"));
  RankedTensorType key = typeOf(keyOf(tensors));
  std::string given = "is given the query " + debugString(query) +
                      ", the value " + debugString(value) + " and the key " +
                      debugString(key);
  int64_t rank = query.getRank();
  if (value.getRank() != rank || key.getRank() != rank)
    return given + " but these are of one rank; reshape them";
  if (heads.isGrouped && rank != 3)
    return given + " but these have the batch, places and features: rank 3; "
                   "reshape them";
  if (value.getShape().drop_back() != key.getShape().drop_back())
    return given + " but each value has a key; give as many of both";
  if (heads.axes.empty() || heads.axes.front() < 1 ||
      heads.axes.back() > rank - 2)
    return given +
           " but attention_axes are none of their places; choose from "
           "1 to " +
           std::to_string(rank - 2);
  for (int64_t dim = 0; dim < rank - 1; ++dim)
    if (!llvm::is_contained(heads.axes, dim) &&
        query.getDimSize(dim) != value.getDimSize(dim))
      return given + " but they differ in dimension " + std::to_string(dim) +
             ", over which they do not attend; make them agree there";
  return "";
}

/// As Keras shapes it: dimensions that it lacks are put before the places.
static FailureOr<SmallVector<int64_t>>
alignMask(const Heads &heads, RankedTensorType mask, RankedTensorType scores) {
  int64_t places = 2 * heads.axes.size();
  SmallVector<int64_t> shape(mask.getShape());
  if (mask.getRank() < places || mask.getRank() > scores.getRank())
    return failure();
  shape.insert(shape.end() - places, scores.getRank() - mask.getRank(), 1);
  auto joined = broadcastShapes(shape, scores.getShape());
  if (failed(joined) || ArrayRef(*joined) != scores.getShape())
    return failure();
  return shape;
}

/// [n, n1..., heads, t..., s...]: side by side, then queries by keys.
static RankedTensorType getScoresType(const Heads &heads,
                                      const Tensors &tensors) {
  RankedTensorType query = typeOf(tensors.find("query"));
  RankedTensorType value = typeOf(tensors.find("value"));
  SmallVector<int64_t> shape;
  for (int64_t dim = 0; dim < query.getRank() - 1; ++dim)
    if (!llvm::is_contained(heads.axes, dim))
      shape.push_back(query.getDimSize(dim));
  shape.push_back(heads.queries);
  for (int64_t axis : heads.axes)
    shape.push_back(query.getDimSize(axis));
  for (int64_t axis : heads.axes)
    shape.push_back(value.getDimSize(axis));
  return RankedTensorType::get(shape, Float32Type::get(query.getContext()));
}

static std::string findMaskProblem(const Heads &heads, const Tensors &tensors) {
  RankedTensorType scores = getScoresType(heads, tensors);
  bool isSequence = scores.getRank() == 4;
  bool ofKeys = tensors.find("value_mask") || tensors.find("key_mask");
  if (!isSequence && (heads.causal || heads.window || ofKeys))
    return "has a causal mask, a sliding window or a mask of keys but these "
           "are for one dimension of places; give an attention_mask";
  for (StringRef name : {"value_mask", "key_mask"})
    if (Value mask = tensors.find(name);
        mask &&
        typeOf(mask).getShape() !=
            ArrayRef<int64_t>{scores.getDimSize(0), scores.getDimSize(3)})
      return (name + " is " + debugString(typeOf(mask)) +
              " but there is one number for each key; give as many")
          .str();
  Value mask = tensors.find("attention_mask");
  if (!mask)
    return "";
  // Keras aligns a mask of each head with the others from the last dimension.
  if ((ofKeys && typeOf(mask).getRank() > 3) ||
      failed(alignMask(heads, typeOf(mask), scores)))
    return "attention_mask is " + debugString(typeOf(mask)) +
           " but the scores are " + debugString(scores) +
           "; give a mask of their places, for each sample or head";
  return "";
}

std::string dlc::layer::findHeadsProblem(const Heads &heads,
                                         const Tensors &tensors) {
  if (tensors.find("query_mask"))
    return "is given a query_mask but dlc masks keys; give an attention_mask";
  for (auto find : {+[](const Heads &heads, const Tensors &) {
                      return findSizeProblem(heads);
                    },
                    +[](const Heads &heads, const Tensors &tensors) {
                      return findShapeProblem(heads, tensors);
                    },
                    +[](const Heads &heads, const Tensors &tensors) {
                      return findMaskProblem(heads, tensors);
                    }})
    if (std::string problem = find(heads, tensors); !problem.empty())
      return problem;
  return "";
}

SmallVector<Type> dlc::layer::inferHeads(const Heads &heads,
                                         const Tensors &tensors) {
  RankedTensorType query = typeOf(tensors.find("query"));
  SmallVector<int64_t> shape(query.getShape().drop_back());
  llvm::append_range(shape, heads.output);
  SmallVector<Type> types = {
      RankedTensorType::get(shape, Float32Type::get(query.getContext()))};
  if (heads.returnScores)
    types.push_back(getScoresType(heads, tensors));
  return types;
}

//===-- Weights -----------------------------------------------------------===//

/// The initializer told which dimensions of the kernel are a unit's inputs
/// (keras/src/layers/core/einsum_dense.py: _update_kernel_initializer).
static Attribute tellAxes(Attribute initializer, int64_t inputs, int64_t rank) {
  MLIRContext *context = initializer.getContext();
  Builder b(context);
  NamedAttrList config(getObjectConfig(initializer));
  auto tell = [&](StringRef key, int64_t from, int64_t to) {
    if (isNull(config.get(key)))
      config.set(key, b.getI64ArrayAttr(
                          llvm::to_vector(llvm::seq<int64_t>(from, to))));
  };
  tell("input_axes", 0, inputs);
  tell("output_axes", inputs, rank);
  return b.getDictionaryAttr(
      {b.getNamedAttr("class_name",
                      b.getStringAttr(getObjectClass(initializer))),
       b.getNamedAttr("config", config.getDictionary(context))});
}

namespace {

/// A layer within: the names of its weights and of its place in a file.
struct Projection {
  StringRef kernel, bias, holder, privateHolder;
};

} // namespace

// Kernels [features, heads, size] with biases [heads, size]; the last one
// [heads, size, output...] with [output...]. The gate is private in both.
SmallVector<WeightSpec> dlc::layer::listHeadsWeights(const Heads &heads,
                                                     const Tensors &tensors) {
  SmallVector<WeightSpec> weights;
  Type f32 = Float32Type::get(heads.kernelInitializer.getContext());
  auto add = [&](const Projection &projection, ArrayRef<int64_t> shape,
                 int64_t inputs) {
    StringRef holder =
        heads.isGrouped ? projection.privateHolder : projection.holder;
    weights.push_back({projection.kernel, RankedTensorType::get(shape, f32),
                       true,
                       tellAxes(heads.kernelInitializer, inputs, shape.size()),
                       heads.kernelRegularizer, holder});
    if (heads.useBias)
      weights.push_back({projection.bias,
                         RankedTensorType::get(shape.drop_front(inputs), f32),
                         true, heads.biasInitializer, heads.biasRegularizer,
                         holder});
  };
  auto project = [&](const Projection &projection, Value x, int64_t count,
                     int64_t size) {
    add(projection, {typeOf(x).getShape().back(), count, size}, 1);
  };
  Value query = tensors.find("query");
  project({"query/kernel", "query/bias", "query_dense", "_query_dense"}, query,
          heads.queries, heads.keyDim);
  project({"key/kernel", "key/bias", "key_dense", "_key_dense"}, keyOf(tensors),
          heads.keys, heads.keyDim);
  if (heads.useGate)
    project({"gate/kernel", "gate/bias", "_gate_dense", "_gate_dense"}, query,
            heads.queries, heads.valueDim);
  project({"value/kernel", "value/bias", "value_dense", "_value_dense"},
          tensors.find("value"), heads.keys, heads.valueDim);
  SmallVector<int64_t> last = {heads.queries, heads.valueDim};
  llvm::append_range(last, heads.output);
  add({"attention_output/kernel", "attention_output/bias", "output_dense",
       "_output_dense"},
      last, 2);
  return weights;
}
