// Fuzzes what reads the layout of legacy .h5 files. The input is JSON that says
// what libhdf5 would have found, which takes it a hundred times longer:
//   {"attributes": {GROUP: {NAME: TEXT or [TEXT, ...]}}, "datasets": {PATH:
//   SHAPE}}
#include "compiler/import/legacy/ReadLegacy.h"
#include "test/fuzz/ReadModel.h"

#include <nlohmann/json.hpp>

using namespace dlc;

namespace {

using Json = nlohmann::json;

const Json &member(const Json &object, const char *key) {
  static const Json none = Json::object();
  auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : none;
}

keras::TextAttribute readText(const Json &json) {
  keras::TextAttribute text;
  text.isList = json.is_array();
  for (const Json &value : text.isList ? json : Json::array({json}))
    text.values.push_back(value.is_string() ? value.get<std::string>()
                                            : value.dump());
  return text;
}

/// Zeros of a shape; what is no shape of a small array is a scalar.
Tensor makeTensor(const Json &json) {
  Shape shape;
  int64_t count = 1;
  for (const Json &size : json)
    if (size.is_number_unsigned() && size < 1000) {
      shape.push_back(size.get<int64_t>());
      count *= std::max<int64_t>(shape.back(), 1);
      if (count > 10'000 || shape.size() > 8)
        return Tensor(DType::F32, {});
    }
  return Tensor(DType::F32, std::move(shape));
}

keras::Hdf5File readContent(const Json &json) {
  keras::Hdf5File content;
  for (const auto &[group, attributes] : member(json, "attributes").items())
    if (attributes.is_object())
      for (const auto &[name, value] : attributes.items())
        content.attributes[group][name] = readText(value);
  for (const auto &[path, shape] : member(json, "datasets").items())
    content.datasets.emplace(path, makeTensor(shape));
  return content;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Json json = Json::parse(data, data + size, nullptr,
                          /*allow_exceptions=*/false);
  if (!json.is_object())
    return -1;
  mlir::MLIRContext &context = fuzz::context();
  context.loadDialect<layer::LayerDialect>();
  auto model = importer::readLegacy(context, readContent(json), "fuzz.h5", {});
  fuzz::write(model);
  if (!model)
    return 0;
  // The way back is in the artifact as text.
  std::string printed = keras::printLayout(model->legacy);
  auto parsed = keras::parseLayout(printed, "fuzz.h5");
  if (!parsed || keras::printLayout(*parsed) != printed)
    std::abort();
  static const fuzz::Folder folder;
  fuzz::checkError(keras::writeLegacy(
      model->legacy, keras::fromMemory(std::move(model->weights)),
      folder.path() / "back.h5"));
  return 0;
}
