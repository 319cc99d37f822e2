// What a pass may ask of a prim: its gradient, its loop nest, its definition.

#ifndef DLC_PRIM_INTERFACES
#define DLC_PRIM_INTERFACES

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let description = [{
    The vector-Jacobian product. Every prim declares it through its base class,
    so a prim without a gradient does not link.
  }];
  let cppNamespace = "::dlc::prim";
  let methods = [InterfaceMethod<[{
      From the gradient of each result to the gradient of each operand. A null
      Value stands for zero, on the way in and on the way out; an op whose results
      all have gradient zero is not asked. Operands that are not floats have none.
    }], "::llvm::SmallVector<::mlir::Value>", "buildVjp",
    (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::ValueRange":$grads)>];
}

def LoopOpInterface : OpInterface<"LoopOpInterface"> {
  let description = [{
    A prim as a perfect loop nest: at each point of `getSpace()` read one element
    of every operand, compute one scalar, and combine it over `getReducedDims()`.
    The defaults describe an elementwise op. Fusion needs no more than this, so
    it names no op. A trip count is ShapedType::kDynamic for the batch.
  }];
  let cppNamespace = "::dlc::prim";
  let methods = [
    InterfaceMethod<"Trip counts, outermost first.",
      "::llvm::SmallVector<int64_t>", "getSpace", (ins), "", [{
        ::mlir::Type type = $_op->getResult(0).getType();
        return ::llvm::to_vector(
            ::llvm::cast<::mlir::RankedTensorType>(type).getShape());
      }]>,
    InterfaceMethod<"The loops that the combiner folds away.",
      "::llvm::SmallVector<int64_t>", "getReducedDims", (ins), "", "return {};">,
    InterfaceMethod<"The fold over the reduced loops, if there are any.",
      "std::optional<::mlir::arith::AtomicRMWKind>", "getCombiner", (ins), "",
      "return std::nullopt;">,
    InterfaceMethod<[{
      From a point of the space to the element read: affine in the dims, with
      constants and strides (a slice reads (d0, d1 * 2 + 1)), always in bounds.
      }], "::mlir::AffineMap", "getOperandMap", (ins "unsigned":$operand), "", [{
        return ::mlir::AffineMap::getMultiDimIdentityMap(
            $_op.getSpace().size(), $_op->getContext());
      }]>,
    InterfaceMethod<[{
      The scalar at one point, in `arith` and `math`. Operands that are bf16 or
      f16 come as f32, and f32 is what it may give for one: see Element.h.
      }],
      "::mlir::Value", "buildScalar",
      (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::ValueRange":$x,
           "::dlc::prim::LoopScope &":$scope)>,
    InterfaceMethod<"Whether it only names or moves data: reading it is free.",
      "bool", "isFree", (ins), "", "return false;">,
  ];
}

def LibraryOpInterface : OpInterface<"LibraryOpInterface"> {
  let description = [{
    A prim that a target may hand to a library routine: contractions,
    convolutions, windows, and movement that no affine map describes. The routine
    and its configuration are those of runtime/host/library.
  }];
  let cppNamespace = "::dlc::prim";
  let methods = [
    InterfaceMethod<"The routine, as in \"conv2d\".", "::llvm::StringRef",
      "getRoutine", (ins), "", [{
        return $_op->getName().stripDialect();
      }]>,
    InterfaceMethod<"Its configuration: the op's own attributes.",
      "::mlir::DictionaryAttr", "getConfig", (ins), "",
      "return $_op->getAttrDictionary();">,
    InterfaceMethod<"Floating-point operations, for a batch of n samples.",
      "double", "getFlops", (ins "int64_t":$n), "", "return 0;">,
  ];
}

def CompositeOpInterface : OpInterface<"CompositeOpInterface"> {
  let description = [{
    A prim defined by other prims that keeps its own name until after training,
    because its own gradient is shorter or more exact than theirs.
  }];
  let cppNamespace = "::dlc::prim";
  let methods = [InterfaceMethod<"The definition, in other prims.",
    "::mlir::Value", "decompose", (ins "::mlir::ImplicitLocOpBuilder &":$b)>];
}

#endif // DLC_PRIM_INTERFACES
