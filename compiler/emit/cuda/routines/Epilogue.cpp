// The epilogue of a routine: its scalars are written by emit/cuda/kernels, as
// those of any other kernel; here are the places and the sums.
#include "compiler/emit/cuda/routines/Epilogue.h"
#include "compiler/emit/cuda/kernels/Aliases.h"
#include "compiler/emit/cuda/kernels/Folds.h"
#include "compiler/emit/cuda/routines/Counts.h"

namespace dlc::emit::cuda::routines {

Epilogue::Epilogue(kernel::ChainOp chain, int64_t maxBatch)
    : chain(chain), carried(chain.getCarried()),
      kernel(chain.getEpilogue(), maxBatch) {
  const auto &loops = kernel.nest.loops;
  if (loops.empty() || loops.back().reduced)
    return;
  lastLoop = loops.size() - 1;
  wide = loops.back().trips % width == 0 && kernel.mayWiden(*lastLoop);
}

std::vector<std::string> Epilogue::listParameters() {
  llvm::SmallDenseSet<unsigned> aliased = findAliased(chain);
  std::vector<std::string> parameters;
  unsigned inputs = kernel.kernel.getInputs().size();
  unsigned place = chain.getCall().getInputs().size();
  for (unsigned i = 0; i < kernel.nest.accesses.size(); ++i) {
    if (i == carried)
      continue;
    parameters.push_back(fmt::format(
        "{}{} *{}{}", i < inputs ? "const " : "",
        memoryType(kernel.scalarOf(i)),
        aliased.contains(place) ? "" : "__restrict__ ", kernel.nameOf(i)));
    ++place;
  }
  return parameters;
}

std::vector<std::string> Epilogue::listSums() const {
  std::vector<std::string> types;
  for (kernel::ReduceOp reduce : kernel.reduces)
    types.push_back(registerType(reduce.getType()));
  return types;
}

void Epilogue::declareSums(Code &code, int64_t perThread) {
  for (auto [sum, type] : llvm::enumerate(listSums()))
    code.line("{} {}[{}] = {{}};", type, accumulatorOf(sum), perThread);
}

/// The position in a loop, from what the element knows of its place.
std::string Epilogue::placeIn(unsigned loop, const Element &element) const {
  const auto &loops = kernel.nest.loops;
  int64_t inner = 1;
  for (unsigned i = loop + 1; i < loops.size(); ++i)
    inner *= loops[i].trips;
  int64_t size = loop == 0 ? 0 : loops[loop].trips;
  if (!element.columns)
    return coordinate(element.offset, inner, size);
  if (inner == 1 && loops[loop].trips == element.columns)
    return element.column;
  if (inner % element.columns == 0 && !element.row.empty())
    return coordinate(element.row, inner / element.columns, size);
  return coordinate(element.offset, inner, size);
}

/// Whether something depends on the position in a loop, beside what lies flat.
bool Epilogue::isPlaced(unsigned loop) {
  for (unsigned tensor = 0; tensor < kernel.nest.accesses.size(); ++tensor)
    if (tensor != carried && !kernel.isFlat(tensor) &&
        kernel.nest.accesses[tensor].strides[loop] != 0 &&
        // The outputs of sums have places of their own.
        !(tensor >= kernel.outputTensor(0) && hasSums()))
      return true;
  for (kernel::IndexOp index :
       chain.getEpilogue().getBody().getOps<kernel::IndexOp>())
    if (kernel.nest.findLoop(index.getDim()) == loop)
      return true;
  return false;
}

void Epilogue::write(Code &code, const Lanes &lanes, const Element &element) {
  kernel.text = CodeText();
  kernel.flat = element.offset;
  Visit visit;
  visit.point.resize(kernel.nest.loops.size());
  for (unsigned loop = 0; loop < visit.point.size(); ++loop) {
    if (!isPlaced(loop))
      continue;
    std::string place = placeIn(loop, element);
    if (llvm::StringRef(place).contains(' ')) {
      std::string name = kernel.makeName("i");
      code.line("const {} {} = {};", kernel.index, name, place);
      place = name;
    }
    visit.point[loop] = place;
  }
  visit.outputs = hasSums() ? kernel.elementOutputs : kernel.rowOutputs;
  for (kernel::ReduceOp reduce : kernel.reduces)
    visit.roots.push_back(reduce.getX());

  Scope scope;
  mlir::BlockArgument argument =
      chain.getEpilogue().getBody().getArgument(carried);
  std::string value = element.value;
  if (lanes.width == width) {
    visit.wideLoop = lastLoop;
    std::string name = fmt::format("x{}", carried);
    code.line("const Four<{2}> {0} = {{{1}.x, {1}.y, {1}.z, {1}.w}};", name,
              value, memoryType(kernel.scalarOf(carried)));
    value = name + ".at[lane]";
  }
  scope.set(argument, value);
  writeVisit(kernel, visit, scope, [&](Scope &inner, llvm::StringRef lane) {
    for (auto [i, reduce] : llvm::enumerate(kernel.reduces)) {
      std::string place =
          sum({element.accumulator.empty() ? "0" : element.accumulator,
               lane.empty() ? "0" : lane.str()});
      std::string r = fmt::format("{}[{}]", accumulatorOf(i), place);
      kernel.text.line(r + " += " + inner.find(reduce.getX()) + ";");
    }
  });
  code.splice(kernel.text.take());
}

void Epilogue::writeSums(Code &code, const ColumnTiles &tiles) {
  ColumnSums(tiles, listSums()).write(code);
  kernel.text = CodeText();
  kernel.flat.clear();
  Visit visit;
  visit.point.resize(kernel.nest.loops.size());
  if (lastLoop)
    visit.point[*lastLoop] = "column";
  visit.outputs = kernel.rowOutputs;
  Scope scope;
  for (auto [i, reduce] : llvm::enumerate(kernel.reduces))
    scope.set(reduce, fmt::format("total{}", i));
  writeVisit(kernel, visit, scope, [](Scope &, llvm::StringRef) {});
  code.splice(kernel.text.take());
}

} // namespace dlc::emit::cuda::routines
