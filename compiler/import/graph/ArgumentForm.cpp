// The usual form of a call, from what the op says of its operands.
#include "compiler/import/graph/ArgumentForm.h"
#include "dialects/layer/Layer.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

bool importer::namesOperands(OperationName op) {
  return !getParameters(op).empty();
}

ArrayRef<StringRef> importer::getParameters(OperationName op) {
  auto *layer = op.getInterface<layer::LayerOpInterface>();
  return layer ? layer->getParameters() : ArrayRef<StringRef>();
}

ArrayRef<StringRef> importer::getCallKeys(OperationName op) {
  auto *layer = op.getInterface<layer::LayerOpInterface>();
  return layer ? layer->getCallKeys() : ArrayRef<StringRef>();
}

/// Leading parameters by position, the others by key.
static void writeNamed(ArgumentForm &form, ArrayRef<StringRef> names,
                       ArrayRef<StringRef> parameters, size_t count) {
  bool leads = true;
  for (size_t i = 0; i < count; ++i) {
    Json tensor = {{"tensor", i}};
    leads &= i >= names.size() ||
             (i < parameters.size() && names[i] == parameters[i]);
    if (leads)
      form.args.push_back(std::move(tensor));
    else
      form.kwargs[names[i].str()] = std::move(tensor);
  }
}

ArgumentForm importer::makeUsualForm(OperationName op,
                                     DictionaryAttr attributes, size_t count) {
  ArgumentForm form;
  if (namesOperands(op)) {
    auto arguments = attributes.getAs<ArrayAttr>("arguments");
    writeNamed(form, layer::nameOperands(arguments, getParameters(op), count),
               getParameters(op), count);
  } else {
    Json tensors = Json::array();
    for (size_t i = 0; i < count; ++i)
      tensors.push_back({{"tensor", i}});
    bool oneList = op.getStringRef() == layer::CallOp::getOperationName()
                       ? count > 1
                       : op.hasTrait<OpTrait::VariadicOperands>();
    form.args = oneList ? Json::array({tensors}) : tensors;
  }
  for (StringRef key : getCallKeys(op)) {
    Attribute value = attributes.get(key);
    auto flag = dyn_cast_or_null<BoolAttr>(value);
    if (!layer::isNull(value) && (!flag || flag.getValue()))
      form.kwargs[key.str()] = toJson(value);
  }
  return form;
}
