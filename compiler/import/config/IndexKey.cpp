// Slices and ellipses in a key.
#include "compiler/import/config/IndexKey.h"

using namespace dlc;
using namespace dlc::importer;

template <typename Function>
static Json mapItems(const Json &key, Function function) {
  if (!key.is_array())
    return function(key);
  Json items = Json::array();
  for (const Json &item : key)
    items.push_back(function(item));
  return items;
}

static Json shortenItem(const Json &item) {
  std::string className = findString(item, "class_name");
  if (className == "__ellipsis__")
    return "...";
  const Json *config = find(item, "config");
  if (className != "__slice__" || !config)
    return item;
  Json slice = Json::object();
  for (const auto &[name, bound] : config->items())
    if (!bound.is_null())
      slice[name] = bound;
  return slice;
}

static Json lengthenItem(const Json &item) {
  if (item == "...")
    return {{"class_name", "__ellipsis__"}, {"config", Json::object()}};
  if (!item.is_object() || find(item, "class_name"))
    return item;
  Json slice = {{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}};
  slice.update(item);
  return {{"class_name", "__slice__"}, {"config", slice}};
}

Json importer::shortenKey(const Json &key) {
  return mapItems(key, shortenItem);
}

Json importer::lengthenKey(const Json &key) {
  return mapItems(key, lengthenItem);
}
