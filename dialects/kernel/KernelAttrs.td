// The pattern of a kernel and the schedule that a target gives it.

#ifndef DLC_KERNEL_ATTRS
#define DLC_KERNEL_ATTRS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def KernelDialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::dlc::kernel";
  let summary = "Fused kernels: the only level that the emitters read";
  let useDefaultAttributePrinterParser = 1;
}

// Named pattern because `template` is a word of C++.
def PatternAttr : I32EnumAttr<"Pattern", "how a kernel walks its space", [
    I32EnumAttrCase<"Pointwise", 0, "pointwise">,
    // Reduced dims are the last ones: each row is folded by itself.
    I32EnumAttrCase<"RowReduction", 1, "row_reduction">,
    // Some dims after the reduced ones are kept: rows are added up.
    I32EnumAttrCase<"ColumnReduction", 2, "column_reduction">]> {
  let cppNamespace = "::dlc::kernel";
}

def HostScheduleAttr : AttrDef<KernelDialect, "HostSchedule"> {
  let summary = "How a CPU runs a kernel; changes its speed, never its meaning";
  let description = [{
    `parallel` leading loops run side by side. A column reduction without kept
    leading loops is cut in `chunks` equal parts of its first loop: each adds up
    its share in `scratch`, and a second stage combines the shares in their
    order. The number of chunks depends on the kernel alone, so results do not
    depend on the number of threads.
  }];
  let mnemonic = "host_schedule";
  let parameters = (ins "int64_t":$parallel, "int64_t":$chunks,
                        "int64_t":$scratch);
  let assemblyFormat = "`<` struct(params) `>`";
}

// Where a tensor lies. A function's arguments and results carry it as an
// attribute, and kernel ops one for each result.
def PlaceAttr : AttrDef<KernelDialect, "Place"> {
  let summary = "A region of memory and a byte offset in it";
  let mnemonic = "place";
  let parameters = (ins StringRefParameter<"`arena` or `state`">:$region,
                        "int64_t":$offset, "int64_t":$bytes);
  let assemblyFormat = "`<` $region `,` $offset `,` $bytes `>`";
}

#endif // DLC_KERNEL_ATTRS
