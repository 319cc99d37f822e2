// A kernel.library op as the routines read it.
#include "compiler/emit/cuda/routines/RoutineCall.h"
#include "dialects/kernel/Libraries.h"

#include <limits>

using namespace mlir;

namespace dlc::emit::cuda::routines {

/// What a size or a count of steps may be at most, so that sums of a few fit.
constexpr int64_t most = std::numeric_limits<int32_t>::max();

static Array readArray(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Array array;
  array.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  Type element = tensor.getElementType();
  array.dtype = element.isF32()         ? DType::F32
                : element.isBF16()      ? DType::BF16
                : element.isF16()       ? DType::F16
                : element.isInteger(32) ? DType::I32
                                        : DType::Bool;
  return array;
}

std::string Array::describe() const {
  std::vector<std::string> dims;
  for (int64_t dim : shape)
    dims.push_back(ShapedType::isDynamic(dim) ? "n" : std::to_string(dim));
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

const char *typeName(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return "float";
  case DType::I32:
    return "int";
  case DType::Bool:
    return "unsigned char";
  case DType::BF16:
  case DType::F16:
    return "unsigned short";
  }
  return "float";
}

RoutineCall::RoutineCall(Operation *op, int64_t maxBatch)
    : RoutineCall(isa<kernel::ChainOp>(op) ? cast<kernel::ChainOp>(op).getCall()
                                           : cast<kernel::LibraryOp>(op),
                  dyn_cast<kernel::ChainOp>(op), maxBatch) {}

RoutineCall::RoutineCall(kernel::LibraryOp op, kernel::ChainOp chain,
                         int64_t maxBatch)
    : routine(op.getRoutine()), byLibrary(op->hasAttr(kernel::libraryKey)),
      maxBatch(maxBatch), config(op.getConfig()),
      thing(fmt::format("kernel \"{}\" ({})", op.getName().str(),
                        op.getRoutine().str())) {
  for (Value input : op.getInputs())
    operands.push_back(readArray(input.getType()));
  for (Value output : op.getOutputs())
    results.push_back(readArray(output.getType()));
  result = results.front();
  if (chain)
    epilogue.emplace(chain, maxBatch);
  auto isPlain = [](const Array &array) {
    return llvm::none_of(
        llvm::ArrayRef(array.shape)
            .drop_front(std::min<size_t>(1, array.shape.size())),
        ShapedType::isDynamic);
  };
  if (!llvm::all_of(operands, isPlain) || !llvm::all_of(results, isPlain))
    first = Error{thing, "has an array whose later dimensions vary",
                  "only the first dimension may be the batch",
                  "transpose the array first"};
}

void RoutineCall::mistake(llvm::StringRef key, const char *kind) {
  if (!first)
    first =
        Error{thing, "has no proper \"" + key.str() + "\" in its configuration",
              std::string("it must be ") + kind, "compile the model again"};
}

Attribute RoutineCall::find(llvm::StringRef key, const char *kind) {
  Attribute value = config.get(key);
  if (!value)
    mistake(key, kind);
  return value;
}

llvm::SmallVector<int64_t> RoutineCall::integers(llvm::StringRef key) {
  constexpr const char *kind = "a list of integers";
  Attribute value = find(key, kind);
  auto list = dyn_cast_if_present<DenseI64ArrayAttr>(value);
  if (value && !list)
    mistake(key, kind);
  return list ? llvm::SmallVector<int64_t>(list.asArrayRef())
              : llvm::SmallVector<int64_t>();
}

int64_t RoutineCall::integer(llvm::StringRef key) {
  constexpr const char *kind = "an integer";
  Attribute value = find(key, kind);
  auto number = dyn_cast_if_present<IntegerAttr>(value);
  if (value && !number)
    mistake(key, kind);
  return number ? number.getInt() : 0;
}

RoutineCall::Pair RoutineCall::pair(llvm::StringRef key, int64_t least) {
  llvm::SmallVector<int64_t> values = integers(key);
  bool fits = values.size() == 2 && llvm::all_of(values, [&](int64_t value) {
                return value >= least && value <= most;
              });
  if (fits)
    return {values[0], values[1]};
  mistake(key, least ? "two positive integers" : "two counts");
  return {least, least};
}

std::array<RoutineCall::Pair, 2> RoutineCall::pads(llvm::StringRef key) {
  constexpr const char *kind = "[[low, high], [low, high]] of counts";
  std::array<Pair, 2> result{};
  auto sides = dyn_cast_if_present<ArrayAttr>(find(key, kind));
  bool fits = sides && sides.size() == 2;
  for (size_t dim = 0; fits && dim < 2; ++dim) {
    auto counts = dyn_cast<DenseI64ArrayAttr>(sides[dim]);
    fits = counts && counts.size() == 2 &&
           llvm::all_of(counts.asArrayRef(), [](int64_t count) {
             return count >= 0 && count <= most;
           });
    if (fits)
      result[dim] = {counts[0], counts[1]};
  }
  if (!fits)
    mistake(key, kind);
  return result;
}

double RoutineCall::number(llvm::StringRef key) {
  constexpr const char *kind = "a number";
  Attribute value = find(key, kind);
  auto number = dyn_cast_if_present<FloatAttr>(value);
  if (value && !number)
    mistake(key, kind);
  return number ? number.getValueAsDouble() : 0;
}

bool RoutineCall::flag(llvm::StringRef key) {
  Attribute value = config.get(key);
  auto flag = dyn_cast_if_present<BoolAttr>(value);
  if (value && !flag)
    mistake(key, "true or false");
  return flag && flag.getValue();
}

bool RoutineCall::relu() {
  Attribute value = config.get("activation");
  auto name = dyn_cast_if_present<StringAttr>(value);
  bool known = name && name.getValue() == "relu";
  if (value && !known)
    mistake("activation", "\"relu\"");
  return known;
}

Precision RoutineCall::precision() {
  // Halves leave no choice.
  if (!operands.empty() && isHalf(operands[0].dtype))
    return operands[0].dtype == DType::BF16 ? Precision::Bf16 : Precision::F16;
  Attribute value = config.get("precision");
  auto name = dyn_cast_if_present<StringAttr>(value);
  for (Precision known : {Precision::Tf32, Precision::Tf32x3})
    if (name && name.getValue() == nameOf(known))
      return known;
  if (value)
    mistake("precision", "\"tf32\" or \"tf32x3\"");
  return Precision::Ieee;
}

Expected<void> RoutineCall::check() const {
  if (first)
    return dlc::Unexpected(*first);
  return {};
}

Expected<void> RoutineCall::expectFloats(size_t count,
                                         std::optional<size_t> rank) const {
  bool floats = (result.dtype == DType::F32 || isHalf(result.dtype)) &&
                llvm::all_of(operands, [&](const Array &array) {
                  return array.dtype == result.dtype;
                });
  if (operands.size() != count || !floats)
    return failShapes(fmt::format("it takes {} arrays and gives one, all of "
                                  "float32, of bfloat16 or of float16",
                                  count));
  auto hasRank = [&](const Array &array) {
    return array.shape.size() == *rank;
  };
  if (rank && (!llvm::all_of(operands, hasRank) || !hasRank(result)))
    return failShapes(fmt::format("it works on {} dimensions", *rank));
  return {};
}

dlc::Unexpected<Error> RoutineCall::failShapes(std::string limit) const {
  std::vector<std::string> shapes;
  for (const Array &operand : operands)
    shapes.push_back(operand.describe());
  return fail(thing,
              fmt::format("has operands {} and the result {}",
                          fmt::join(shapes, ", "), result.describe()),
              std::move(limit), "compile the model again");
}

void RoutineCall::openKernel(Code &code, uint32_t threads,
                             llvm::ArrayRef<std::string> names, bool scratch,
                             std::optional<uint32_t> blocks) {
  std::vector<std::string> parameters; // type, then name
  for (auto [operand, name] : llvm::zip(operands, names))
    parameters.push_back(fmt::format("const {} *__restrict__ {}",
                                     typeName(operand.dtype), name));
  if (epilogue)
    llvm::append_range(parameters, epilogue->listParameters());
  else
    for (auto [array, name] :
         llvm::zip_equal(results, names.drop_front(operands.size())))
      parameters.push_back(
          fmt::format("{} *__restrict__ {}", typeName(array.dtype), name));
  code.line("extern \"C\" __global__ void __launch_bounds__({}{})", threads,
            blocks ? fmt::format(", {}", *blocks) : "");
  if (usesTable()) {
    code.open("@NAME@{}(void *const *table, int n)", suffix);
    writeComment(code);
    for (auto [i, parameter] : llvm::enumerate(parameters))
      code.line("{} = static_cast<{}*>(table[{}]);", parameter,
                parameter.substr(0, parameter.find('*')), i);
    return;
  }
  if (scratch)
    parameters.emplace_back("float *__restrict__ scratch");
  parameters.emplace_back("int n");
  code.open("@NAME@{}({})", suffix, fmt::join(parameters, ", "));
  writeComment(code);
}

void RoutineCall::writeComment(Code &code) {
  std::vector<std::string> shapes, made;
  for (const Array &operand : operands)
    shapes.push_back(operand.describe());
  for (const Array &array : results)
    made.push_back(array.describe());
  code.line("// {}: {} -> {}{}{}", routine, fmt::join(shapes, ", "),
            fmt::join(made, ", "), note.empty() ? "" : "; ", note);
  if (epilogue)
    code.line("// {}", epilogue->describe());
}

std::string RoutineCall::read(const Lanes &lanes, const std::string &array,
                              const std::string &place) const {
  return widen(Lanes(lanes.width, operands[0].dtype).load(array, place));
}

std::string RoutineCall::widen(const std::string &value) const {
  DType dtype = operands[0].dtype;
  if (!isHalf(dtype))
    return value;
  return fmt::format("{}({})", dtype == DType::BF16 ? "fromBf16" : "fromF16",
                     value);
}

std::string RoutineCall::round(const std::string &value) const {
  if (!isHalf(result.dtype))
    return value;
  return fmt::format("{}({})", result.dtype == DType::BF16 ? "toBf16" : "toF16",
                     value);
}

void RoutineCall::finishElement(Code &code, const Lanes &lanes,
                                const std::string &array,
                                const Element &element) {
  Lanes stored(lanes.width, result.dtype);
  if (!epilogue) {
    code.line("{} = {};", stored.target(array, element.offset),
              round(element.value));
    return;
  }
  Element rounded = element;
  if (isHalf(result.dtype)) {
    rounded.value = "rounded";
    code.line("const {} rounded = {};", stored.type(), round(element.value));
  }
  epilogue->write(code, lanes, rounded);
}

const char *RoutineCall::indexType() const {
  auto isSmall = [this](const Array &array) {
    return evaluate(array.count(), maxBatch) <= most / 2;
  };
  bool small = isSmall(result) && llvm::all_of(operands, isSmall);
  return small ? "int" : "long long";
}

} // namespace dlc::emit::cuda::routines
