// Fused loop nests, calls of library routines, and views.

#ifndef DLC_KERNEL_OPS
#define DLC_KERNEL_OPS

include "dialects/kernel/KernelAttrs.td"
include "mlir/Dialect/Arith/IR/ArithBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// `?` is the number of samples in the batch, as in prim.
def KernelTensor : TensorOf<[F32, BF16, F16, I32, I1]>;
// Sums may be f64 within a region; tensors are not.
def KernelScalar : AnyTypeOf<[F32, F64, BF16, F16, I32, I1]>;

def FusedOp : Op<KernelDialect, "fused", [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "A loop nest over `space` around one region of scalars";
  let description = [{
    `maps` say, first for each input and then for each output, which element the
    point (d0, d1, ...) reads or writes. A value of the region is *per element* if
    it differs along the `reduced` loops and *per row* if it does not;
    `kernel.reduce` takes the first kind to the second. What comes before a reduce
    is its prologue, what comes after it an epilogue, and a region may hold
    several. A size of `space` is `?` (kDynamic) for the batch. For [C1] to [C6]
    see FusedOp.cpp.

    ```mlir
    // The sum of the squares of every row.
    %y = kernel.fused "k0" row_reduction over [4, 8] reduced [1]
        maps [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>] (%x)
        : (tensor<4x8xf32>) -> tensor<4xf32> {
    ^bb0(%e: f32):
      %square = arith.mulf %e, %e : f32
      %sum = kernel.reduce addf %square : f32
      kernel.yield %sum : f32
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, PatternAttr:$pattern,
                       DenseI64ArrayAttr:$space, DenseI64ArrayAttr:$reduced,
                       AffineMapArrayAttr:$maps, Variadic<KernelTensor>:$inputs,
                       OptionalAttr<HostScheduleAttr>:$schedule);
  let results = (outs Variadic<KernelTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name $pattern `over` custom<Space>($space) `reduced` $reduced `maps` $maps
    (`schedule` $schedule^)? `(` $inputs `)` attr-dict
    `:` functional-type($inputs, $outputs) $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::AffineMap getInputMap(unsigned input);
    ::mlir::AffineMap getOutputMap(unsigned output);
    /// All dims of the space, and all but the reduced ones.
    ::mlir::AffineMap getIdentityMap();
    ::mlir::AffineMap getKeptMap();
    /// The values of the region that differ along the reduced loops.
    ::llvm::DenseSet<::mlir::Value> findPerElement();
  }];
}

def ReduceOp : Op<KernelDialect, "reduce",
    [Pure, HasParent<"FusedOp">, SameOperandsAndResultType]> {
  let summary = "Combine a per-element scalar over the reduced loops";
  let arguments = (ins AtomicRMWKindAttr:$combiner, KernelScalar:$x);
  let results = (outs KernelScalar:$result);
  let assemblyFormat = "$combiner $x attr-dict `:` type($x)";
}

def IndexOp : Op<KernelDialect, "index", [Pure, HasParent<"FusedOp">]> {
  let summary = "The position of loop `dim`; per element if that loop is reduced";
  let arguments = (ins I64Attr:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict";
}

def BatchSizeOp : Op<KernelDialect, "batch_size", [Pure, HasParent<"FusedOp">]> {
  let summary = "The number of samples n in the batch at hand";
  let results = (outs F32:$result);
  let assemblyFormat = "attr-dict";
}

def YieldOp : Op<KernelDialect, "yield",
    [Terminator, ParentOneOf<["FusedOp", "GroupOp", "ChainOp"]>]> {
  let summary = "One scalar, or of a group or chain one tensor, for each output";
  let arguments = (ins Variadic<AnyTypeOf<[KernelScalar, KernelTensor]>>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def LibraryOp : Op<KernelDialect, "library", [Pure]> {
  let summary = "A call of a routine of runtime/host/library";
  let description = [{
    `config` becomes the JSON that the routine reads.
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$routine, DictionaryAttr:$config,
                       F64Attr:$flops, Variadic<KernelTensor>:$inputs);
  let results = (outs Variadic<KernelTensor>:$outputs);
  let assemblyFormat = [{
    $name $routine $config `flops` $flops `(` $inputs `)` attr-dict
    `:` functional-type($inputs, $outputs)
  }];
  let extraClassDeclaration = [{
    /// The result, or the first of several.
    ::mlir::TypedValue<::mlir::TensorType> getOutput() {
      return ::llvm::cast<::mlir::TypedValue<::mlir::TensorType>>(
          getOutputs().front());
    }
  }];
}

def ViewOp : Op<KernelDialect, "view", [Pure]> {
  let summary = "The same elements under another shape, in the same place";
  let arguments = (ins KernelTensor:$x);
  let results = (outs KernelTensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
}

def GroupOp : Op<KernelDialect, "group",
    [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "Kernels that one launch runs side by side";
  let description = [{
    The region holds the members. No member needs another one's results: each
    reads arguments of the region, and these go to the members in their order,
    so an operand that two members read is there twice. It yields the results of
    all members, in their order. For [G1] to [G3] see GroupOp.cpp.

    ```mlir
    %0, %1 = kernel.group "k0" (%x, %y)
        : (tensor<4xf32>, tensor<9xf32>) -> (tensor<4xf32>, tensor<9xf32>) {
    ^bb0(%a: tensor<4xf32>, %b: tensor<9xf32>):
      %2 = kernel.fused "k0_0" pointwise over [4] ... (%a) ...
      %3 = kernel.fused "k0_1" pointwise over [9] ... (%b) ...
      kernel.yield %2, %3 : tensor<4xf32>, tensor<9xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<KernelTensor>:$inputs);
  let results = (outs Variadic<KernelTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs) $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    auto getMembers() { return getBody().getOps<FusedOp>(); }
    /// What an argument of the region, or the result of a member, is outside.
    ::mlir::Value getOutside(::mlir::Value inside);
    /// The result of a member that this result of the group is.
    ::mlir::OpResult getInside(::mlir::OpResult output);
  }];
}

def ChainOp : Op<KernelDialect, "chain",
    [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "A library call and what follows from its elements, in one launch";
  let description = [{
    Means what its ops mean one after the other: a kernel.library, views of its
    result, and a kernel.fused that goes on with each element where it is made. A
    target that writes the routine itself has no need to store the result and read
    it again. For [C7] to [C9] see ChainOp.cpp.

    ```mlir
    // The gradient behind a relu, and that of its bias.
    %dy, %db = kernel.chain "k0" (%g, %w, %y) : (...) -> (tensor<?x8xf32>, tensor<8xf32>) {
    ^bb0(%a: tensor<?x4xf32>, %b: tensor<8x4xf32>, %c: tensor<?x8xf32>):
      %0 = kernel.library "k0" "dot" {...} flops 6.4e+01 (%a, %b) : ...
      %1:2 = kernel.fused "k0" column_reduction over [?, 8] reduced [0] ... (%0, %c) : ... {
        ...
      }
      kernel.yield %1#0, %1#1 : tensor<?x8xf32>, tensor<8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<KernelTensor>:$inputs);
  let results = (outs Variadic<KernelTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs) $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    LibraryOp getCall();
    FusedOp getEpilogue();
    /// The input of the epilogue that is the call's result.
    unsigned getCarried();
  }];
}

#endif // DLC_KERNEL_OPS
