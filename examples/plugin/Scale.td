// The layer acme.scale, for class Scale of the Keras package "Acme".

#ifndef ACME_SCALE
#define ACME_SCALE

include "dialects/layer/LayerBase.td"

def AcmeDialect : Dialect {
  let name = "acme";
  let cppNamespace = "::acme";
  let dependentDialects = ["::dlc::layer::LayerDialect",
                           "::dlc::prim::PrimDialect"];
  let usePropertiesForAttributes = 0;
}

def ScaleOp : UnaryLayerOp<"scale", "Scale", (ins
    DefaultNumberAttr<"1.0">:$factor,
    DefaultObjectAttr<"ones">:$scale_initializer,
    NullableObjectAttr:$scale_regularizer), ["weights"], "Acme", AcmeDialect> {
  let summary = "x times factor times a learnt number for each channel";
}

#endif // ACME_SCALE
