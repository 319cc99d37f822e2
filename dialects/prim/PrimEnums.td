// The predicates of prim.compare.

#ifndef DLC_PRIM_ENUMS
#define DLC_PRIM_ENUMS

include "mlir/IR/EnumAttr.td"

def PredicateAttr : I32EnumAttr<"Predicate", "an ordered comparison", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>,
    I32EnumAttrCase<"lt", 2>, I32EnumAttrCase<"le", 3>,
    I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::dlc::prim";
}

#endif // DLC_PRIM_ENUMS
