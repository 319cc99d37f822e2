// Writes the frame of a function, its loops and its accesses.
#include "compiler/emit/host/kernels/KernelCode.h"
#include "compiler/emit/host/kernels/Places.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

/// Runtime buffers begin at multiples of this.
static constexpr int64_t bufferAlignment = 64;

/// A truth value takes a byte in memory; code holds halves as their bits.
static Type getStorageType(Type scalar) {
  if (scalar.isBF16() || scalar.isF16())
    return IntegerType::get(scalar.getContext(), 16);
  return scalar.isInteger(1) ? IntegerType::get(scalar.getContext(), 8)
                             : scalar;
}

KernelCode::KernelCode(ModuleOp module, kernel::FusedOp kernel,
                       StringRef symbol, bool usesScratch)
    : b(kernel.getLoc(), kernel.getContext()), kernel(kernel) {
  kernel::HostScheduleAttr schedule = kernel.getScheduleAttr();
  nest = kernel::buildLoopNest(kernel, schedule.getParallel());
  writeFunctions(module, symbol, usesScratch);
}

void KernelCode::writeFunctions(ModuleOp module, StringRef symbol,
                                bool usesScratch) {
  b.setInsertionPointToEnd(module.getBody());
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type i64 = b.getI64Type(), none = LLVM::LLVMVoidType::get(b.getContext());
  BufferGroups groups = groupBuffers(kernel);
  unsigned pointers = groups.firstOfGroup.size() + usesScratch;
  unsigned scratchBuffer = groups.groupOfBuffer.size();

  SmallVector<Type> bodyTypes(pointers, pointer);
  bodyTypes.append(3, i64);
  auto body = LLVM::LLVMFuncOp::create(
      b, (symbol + ".body").str(), LLVM::LLVMFunctionType::get(none, bodyTypes),
      LLVM::Linkage::Internal);
  for (unsigned i = 0; i < pointers; ++i) {
    body.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                    b.getUnitAttr());
    body.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                    b.getI64IntegerAttr(bufferAlignment));
  }
  auto outer = LLVM::LLVMFuncOp::create(
      b, symbol, LLVM::LLVMFunctionType::get(none, {pointer, i64, i64, i64}));

  // The outer function looks the pointers up.
  b.setInsertionPointToStart(outer.addEntryBlock(b));
  SmallVector<Value> arguments;
  auto loadPointer = [&](int32_t buffer) {
    Value slot = LLVM::GEPOp::create(b, pointer, pointer, outer.getArgument(0),
                                     ArrayRef<LLVM::GEPArg>{buffer});
    arguments.push_back(LLVM::LoadOp::create(b, pointer, slot));
  };
  for (unsigned buffer : groups.firstOfGroup)
    loadPointer(buffer);
  if (usesScratch)
    loadPointer(scratchBuffer);
  llvm::append_range(arguments, outer.getArguments().drop_front());
  LLVM::CallOp::create(b, body, arguments);
  LLVM::ReturnOp::create(b, ValueRange());

  entry = body.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  for (unsigned group : groups.groupOfBuffer)
    buffers.push_back(body.getArgument(group));
  if (usesScratch)
    scratch = body.getArgument(pointers - 1);
  n = body.getArgument(pointers);
  begin = body.getArgument(pointers + 1);
  end = body.getArgument(pointers + 2);
  b.setInsertionPoint(LLVM::ReturnOp::create(b, ValueRange()));
}

//===-- Loops -------------------------------------------------------------===//

Value KernelCode::constant(int64_t value) {
  return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
}

Value KernelCode::countTrips(const kernel::Loop &loop) {
  Value trips = constant(loop.trips);
  if (!loop.timesBatch)
    return trips;
  return loop.trips == 1 ? n : arith::MulIOp::create(b, trips, n);
}

SmallVector<Value> KernelCode::writeLoop(Value low, Value high,
                                         ValueRange carried, LoopBody body) {
  auto loop = scf::ForOp::create(b, low, high, constant(1), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(b, next);
  return loop.getResults();
}

SmallVector<Value> KernelCode::writeLoops(ArrayRef<unsigned> loops,
                                          Point &point, ValueRange carried,
                                          NestBody body,
                                          std::optional<Bounds> first) {
  if (loops.empty())
    return body(carried);
  unsigned loop = loops.front();
  Value low = first ? first->low : constant(0);
  Value high = first ? first->high : countTrips(nest.loops[loop]);
  return writeLoop(low, high, carried, [&](Value position, ValueRange values) {
    point[loop] = position;
    return writeLoops(loops.drop_front(), point, values, body);
  });
}

void KernelCode::writeParallel(ArrayRef<unsigned> loops, Point &point,
                               llvm::function_ref<void(Value)> body) {
  auto writeLast = [&](Value low, Value high) {
    writeLoop(low, high, {}, [&](Value position, ValueRange) {
      if (!loops.empty())
        point[loops.back()] = position;
      body(position);
      return SmallVector<Value>();
    });
  };
  if (loops.size() < 2)
    return writeLast(begin, end);

  // Every row of the last loop that [begin, end) meets, and its share of each:
  // a division a row rather than one an iteration.
  Value trips = countTrips(nest.loops[loops.back()]), zero = constant(0);
  Value firstRow = arith::DivUIOp::create(b, begin, trips);
  Value above = arith::AddIOp::create(
      b, end, arith::SubIOp::create(b, trips, constant(1)));
  Value lastRow = arith::DivUIOp::create(b, above, trips);
  writeLoop(firstRow, lastRow, {}, [&](Value row, ValueRange) {
    Value rest = row;
    for (unsigned loop : llvm::reverse(loops.drop_front().drop_back())) {
      Value size = countTrips(nest.loops[loop]);
      point[loop] = arith::RemUIOp::create(b, rest, size);
      rest = arith::DivUIOp::create(b, rest, size);
    }
    point[loops.front()] = rest;
    Value start = arith::MulIOp::create(b, row, trips);
    Value low = arith::SubIOp::create(b, begin, start);
    Value high = arith::SubIOp::create(b, end, start);
    writeLast(arith::MaxSIOp::create(b, low, zero),
              arith::MinSIOp::create(b, high, trips));
    return SmallVector<Value>();
  });
}

//===-- Memory ------------------------------------------------------------===//

/// Positions are far below 2^63.
static constexpr auto noWrap = arith::IntegerOverflowFlags::nsw;

Value KernelCode::loadFrom(Value base, Value position, Type scalar) {
  Type storage = getStorageType(scalar);
  auto pointer = base.getType();
  Value address = LLVM::GEPOp::create(b, pointer, storage, base,
                                      ArrayRef<LLVM::GEPArg>{position},
                                      LLVM::GEPNoWrapFlags::inbounds);
  Value value = LLVM::LoadOp::create(b, storage, address);
  if (!scalar.isInteger(1))
    return value;
  Value zero = arith::ConstantOp::create(b, b.getI8IntegerAttr(0));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value, zero);
}

void KernelCode::storeTo(Value base, Value position, Value value) {
  Type storage = getStorageType(value.getType());
  if (storage != value.getType())
    value = arith::ExtUIOp::create(b, storage, value);
  Value address = LLVM::GEPOp::create(b, base.getType(), storage, base,
                                      ArrayRef<LLVM::GEPArg>{position},
                                      LLVM::GEPNoWrapFlags::inbounds);
  LLVM::StoreOp::create(b, value, address);
}

Value KernelCode::addBytes(Value base, Value bytes) {
  return LLVM::GEPOp::create(b, base.getType(), b.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{bytes},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value KernelCode::allocate(Type scalar, int64_t count) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  return LLVM::AllocaOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                                getStorageType(scalar), constant(count),
                                /*alignment=*/bufferAlignment);
}

/// offset + sum of stride * position.
Value KernelCode::locate(unsigned index, const Point &point) {
  const kernel::Access &access = nest.accesses[index];
  Value position;
  auto add = [&](Value term) {
    position =
        position ? arith::AddIOp::create(b, position, term, noWrap) : term;
  };
  for (auto [stride, value] : llvm::zip_equal(access.strides, point))
    if (stride == 1)
      add(value);
    else if (stride != 0)
      add(arith::MulIOp::create(b, value, constant(stride), noWrap));
  if (access.offset != 0 || !position)
    add(constant(access.offset));
  return position;
}

static Type getScalarType(kernel::FusedOp kernel, unsigned index) {
  unsigned inputs = kernel.getInputs().size();
  Type type = index < inputs ? kernel.getInputs()[index].getType()
                             : kernel.getOutputs()[index - inputs].getType();
  return cast<RankedTensorType>(type).getElementType();
}

Value KernelCode::load(unsigned index, const Point &point) {
  return loadFrom(buffers[index], locate(index, point),
                  getScalarType(kernel, index));
}

void KernelCode::store(unsigned index, const Point &point, Value value) {
  storeTo(buffers[index], locate(index, point), value);
}
