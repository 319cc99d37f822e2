// Parameters as the runtime passes them (runtime/artifact/Artifact.h), and
// positions by division.
#include "compiler/emit/cuda/kernels/KernelCode.h"
#include "compiler/emit/cuda/kernels/Aliases.h"
#include "compiler/emit/cuda/kernels/ScalarCode.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

/// A batch to reckon with: choices depend neither on the actual one nor on the
/// largest, so that neither changes results.
static constexpr int64_t nominalBatch = 128;

/// More pointers come in a table.
static constexpr size_t mostPointers = 64;

std::string dlc::emit::cuda::registerType(Type scalar) {
  // Halves are bits: scalars of them are widened before they are computed with.
  if (scalar.isBF16() || scalar.isF16())
    return "unsigned short";
  if (isa<FloatType>(scalar))
    return scalar.isF64() ? "double" : "float";
  switch (scalar.isIndex() ? 64 : scalar.getIntOrFloatBitWidth()) {
  case 1:
    return "bool";
  case 8:
    return "char";
  case 16:
    return "short";
  case 32:
    return "int";
  default:
    return "long long";
  }
}

std::string dlc::emit::cuda::memoryType(Type scalar) {
  return scalar.isInteger(1) ? "unsigned char" : registerType(scalar);
}

KernelCode::KernelCode(kernel::FusedOp kernel, int64_t maxBatch)
    : kernel(kernel), nest(kernel::buildLoopNest(kernel)),
      levels(kernel::findLevels(kernel)), perElement(kernel.findPerElement()),
      inputs(kernel.getInputs().size()), maxBatch(maxBatch) {
  for (Type type : kernel->getOperandTypes())
    tensors.push_back(cast<RankedTensorType>(type));
  for (Type type : kernel->getResultTypes())
    tensors.push_back(cast<RankedTensorType>(type));
  llvm::append_range(reduces, kernel.getBody().getOps<kernel::ReduceOp>());
  SmallVector<unsigned> all;
  for (auto [i, loop] : llvm::enumerate(nest.loops)) {
    (loop.reduced ? reducedLoops : keptLoops).push_back(i);
    all.push_back(i);
  }
  auto yield = cast<kernel::YieldOp>(kernel.getBody().front().getTerminator());
  for (auto [i, value] : llvm::enumerate(yield.getValues())) {
    bool perPoint = !kernel.getReduced().empty() &&
                    kernel.getOutputMap(i) == kernel.getIdentityMap();
    (perPoint ? elementOutputs : rowOutputs).push_back({unsigned(i), value});
  }
  // A grid may step over the end once before it stops.
  int64_t most = countMost(all);
  for (unsigned i = 0; i < nest.accesses.size(); ++i)
    most = std::max(most, countElements(i));
  index = most < (int64_t(1) << 30) ? "int" : "long long";
}

int64_t KernelCode::countElements(unsigned tensor) const {
  int64_t elements = 1;
  for (int64_t size : tensors[tensor].getShape())
    elements *= ShapedType::isDynamic(size) ? maxBatch : size;
  return elements;
}

std::string KernelCode::nameOf(unsigned tensor) const {
  return tensor < inputs ? "in" + std::to_string(tensor)
                         : "out" + std::to_string(tensor - inputs);
}

Type KernelCode::scalarOf(unsigned tensor) const {
  return tensors[tensor].getElementType();
}

unsigned KernelCode::outputTensor(unsigned output) const {
  return inputs + output;
}

std::string KernelCode::makeName(StringRef prefix) {
  return (prefix + Twine(names[prefix]++)).str();
}

std::string KernelCode::summarise() {
  std::string text = stringifyPattern(kernel.getPattern()).str() + " over [";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(kernel.getSpace(), os, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      os << "n";
    else
      os << size;
  });
  os << "]: " << listOps(kernel);
  return text;
}

/// "const float *__restrict__ in0": the type, then the name.
SmallVector<std::string> KernelCode::listPointers() const {
  llvm::SmallDenseSet<unsigned> aliased = findAliased(kernel);
  SmallVector<std::string> pointers;
  for (unsigned i = 0; i < nest.accesses.size(); ++i) {
    std::string type = (i < inputs ? "const " : "") + memoryType(scalarOf(i));
    pointers.push_back(type + (aliased.contains(i) ? " *" : " *__restrict__ ") +
                       nameOf(i));
  }
  return pointers;
}

/// Declares a pointer that lies in the table.
static void readPointer(CodeText &text, StringRef pointer, const Twine &place) {
  StringRef type = pointer.take_until([](char c) { return c == '*'; });
  text.line(pointer + " = static_cast<" + type + "*>(table[" + place + "]);");
}

void KernelCode::openFunction(int64_t threads, bool usesScratch,
                              std::optional<int64_t> blocks) {
  text.comment(summarise());
  SmallVector<std::string> pointers = listPointers();
  if (usesScratch)
    pointers.push_back("char *scratch");
  usesTable = pointers.size() > mostPointers;

  std::string bounds = std::to_string(threads);
  if (blocks)
    bounds += ", " + std::to_string(*blocks);
  text.line("extern \"C\" __global__ void __launch_bounds__(" + bounds + ")");
  if (!usesTable) {
    std::string list;
    for (const std::string &pointer : pointers)
      list += pointer + ", ";
    text.open("@NAME@(" + list + "int n)");
    return;
  }
  text.open("@NAME@(void *const *__restrict__ table, int n)");
  for (auto [i, pointer] : llvm::enumerate(pointers))
    readPointer(text, pointer, Twine(i));
}

void KernelCode::readTable(StringRef firstInput, StringRef firstOutput) {
  for (auto [i, pointer] : llvm::enumerate(listPointers()))
    if (i < inputs)
      readPointer(text, pointer, firstInput + " + " + Twine(i));
    else
      readPointer(text, pointer, firstOutput + " + " + Twine(i - inputs));
}

//===-- Loops -------------------------------------------------------------===//

std::string KernelCode::countTrips(ArrayRef<unsigned> loops,
                                   int64_t divisor) const {
  int64_t fixed = 1;
  std::string batches;
  for (unsigned loop : loops) {
    fixed *= nest.loops[loop].trips;
    if (nest.loops[loop].timesBatch)
      batches += batches.empty() ? "n" : " * n";
  }
  fixed /= divisor;
  if (batches.empty())
    return std::to_string(fixed);
  std::string trips =
      fixed == 1 ? batches : batches + " * " + std::to_string(fixed);
  return widen(trips);
}

int64_t KernelCode::countMost(ArrayRef<unsigned> loops) const {
  int64_t trips = 1;
  for (unsigned loop : loops)
    trips *= nest.loops[loop].countTrips(maxBatch);
  return trips;
}

int64_t KernelCode::countNominal(ArrayRef<unsigned> loops) const {
  int64_t trips = 1;
  for (unsigned loop : loops)
    trips *= nest.loops[loop].countTrips(nominalBatch);
  return trips;
}

bool KernelCode::timesBatch(ArrayRef<unsigned> loops) const {
  return llvm::any_of(
      loops, [&](unsigned loop) { return nest.loops[loop].timesBatch; });
}

void KernelCode::splitPosition(ArrayRef<unsigned> loops, StringRef position,
                               Point &point, int64_t step) {
  if (loops.empty())
    return;
  std::string rest = position.str();
  for (unsigned loop : llvm::reverse(loops)) {
    bool isLast = loop == loops.back(), isFirst = loop == loops.front();
    std::string trips = countTrips({loop}, isLast ? step : 1);
    if (StringRef(trips).contains(' '))
      trips = "(" + trips + ")";
    std::string here = isFirst ? rest : rest + " % " + trips;
    if (isLast && step != 1)
      here = (isFirst ? here : "(" + here + ")") + " * " + std::to_string(step);
    point[loop] = here;
    if (here != rest) {
      point[loop] = makeName("i");
      text.line("const " + index + " " + point[loop] + " = " + here + ";");
    }
    if (isFirst)
      break;
    std::string above = makeName("above");
    text.line("const " + index + " " + above + " = " + rest + " / " + trips +
              ";");
    rest = above;
  }
}

std::string KernelCode::widen(StringRef count) const {
  return (index == "int" ? count : "(long long)" + count).str();
}

//===-- Memory ------------------------------------------------------------===//

std::string KernelCode::locate(unsigned tensor, const Point &point) const {
  if (!flat.empty() && isFlat(tensor))
    return flat;
  const kernel::Access &access = nest.accesses[tensor];
  std::string position;
  auto add = [&](const std::string &term) {
    position += position.empty() ? term : " + " + term;
  };
  for (auto [stride, value] : llvm::zip_equal(access.strides, point)) {
    bool isSum = StringRef(value).contains(' ');
    if (stride == 1)
      add(value);
    else if (stride != 0)
      add((isSum ? "(" + value + ")" : value) + " * " + std::to_string(stride));
  }
  if (access.offset != 0 || position.empty())
    add(std::to_string(access.offset));
  return position;
}

bool KernelCode::isFlat(unsigned tensor) const {
  const kernel::Access &access = nest.accesses[tensor];
  int64_t inner = 1;
  for (size_t i = nest.loops.size(); i-- > 0;) {
    if (access.strides[i] != inner)
      return false;
    inner *= nest.loops[i].trips;
  }
  return access.offset == 0;
}

bool KernelCode::isWide(unsigned tensor, unsigned loop) const {
  const kernel::Access &access = nest.accesses[tensor];
  if (access.strides[loop] != 1 || access.offset % width != 0)
    return false;
  for (auto [i, stride] : llvm::enumerate(access.strides))
    if (i != loop && stride % width != 0)
      return false;
  return true;
}

bool KernelCode::mayWiden(unsigned loop) const {
  bool gains = false;
  for (unsigned i = 0; i < nest.accesses.size(); ++i) {
    int64_t stride = nest.accesses[i].strides[loop];
    bool isInput = i < inputs, wide = isWide(i, loop);
    if (!wide && stride != 0 && (stride != 1 || !isInput))
      return false;
    gains |= wide;
  }
  return gains;
}
