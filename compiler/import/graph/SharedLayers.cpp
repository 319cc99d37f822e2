// Keras writes a layer in full wherever it stands, with a number that is the
// same for each place (`shared_object_id`), but for the first of them, which
// lacks it unless a later one is in the same model or below it
// (ObjectSharingScope in keras/src/saving/serialization_lib.py). Which one
// without a number is meant is then told by the text, if one alone has it, and
// by the weights: Keras writes them at the first place of an object, dlc at
// all of them.
#include "compiler/import/graph/SharedLayers.h"
#include "dialects/layer/Config.h"

#include <cstring>

using namespace dlc;
using namespace dlc::importer;

namespace {

const char *const idKey = "shared_object_id";

/// What both writings of one object have in common.
Json dropNumbers(const Json &json) {
  if (!json.is_structured())
    return json;
  Json copy = json.is_array() ? Json::array() : Json::object();
  if (json.is_array())
    for (const Json &element : json)
      copy.push_back(dropNumbers(element));
  else
    for (const auto &[key, value] : json.items())
      if (key != idKey)
        copy[key] = dropNumbers(value);
  return copy;
}

std::string describe(const Json &layer) {
  Json copy = dropNumbers(layer);
  copy.erase("inbound_nodes");
  return printJson(copy);
}

std::string findName(const Json &layer) {
  std::string name = findString(layer, "name");
  const Json *config = find(layer, "config");
  return name.empty() && config ? findString(*config, "name") : name;
}

const Json *findLayers(const Json &layer) {
  const Json *config = find(layer, "config");
  const Json *layers = config ? find(*config, "layers") : nullptr;
  return layers && layers->is_array() ? layers : nullptr;
}

bool hasNumber(const Json &layer) {
  if (find(layer, idKey))
    return true;
  const Json *layers = findLayers(layer);
  return layers && std::any_of(layers->begin(), layers->end(), hasNumber);
}

/// Functions of keras.ops have no weights and are not counted where layers are.
bool isFunction(const Json &layer) {
  return findString(layer, "module").find(".ops") != std::string::npos;
}

/// The name that groups of weights go by.
std::string getGroupName(const Json &layer) {
  std::string name = findString(layer, "class_name");
  if (name == "GroupQueryAttention")
    name = "GroupedQueryAttention";
  return layer::toSnakeCase(
      findLayers(layer) && name != "Sequential" ? "Functional" : name);
}

/// Where a layer stands.
struct Place {
  LayerNames path;
  std::string group;  // in the weights file
  std::string number; // "" without one
  std::string text;
};

/// Whether `path` leads into the model, at any depth.
bool isWithin(const LayerNames &path, const LayerNames &model) {
  return path.size() > model.size() &&
         std::equal(model.begin(), model.end(), path.begin());
}

/// The layers of a file in the order in which Keras wrote them.
class Finder {
public:
  Finder(const Graph &graph, const keras::WeightMap &weights);

  SharedLayers find();

private:
  template <typename Layers>
  void collect(const Layers &layers, const Place &model);
  void findFirst(size_t index);
  void learnNumber(size_t index, size_t first);
  bool mayBeFirst(size_t index, bool withoutWeights) const;
  bool hasWeights(const Place &place) const;
  bool haveEqualWeights(const Place &a, const Place &b) const;

  const keras::WeightMap &weights;
  std::vector<Place> places;
  /// First places that no number is known of, by their text.
  std::map<std::string, std::vector<size_t>> unnumbered;
  std::map<std::string, size_t> numbered;
  SharedLayers found;
};

const Json &getObject(const LayerEntry &entry) { return entry.object; }
const Json &getObject(const Json &layer) { return layer; }

template <typename Layers>
void Finder::collect(const Layers &layers, const Place &model) {
  std::map<std::string, unsigned> counts;
  for (const auto &entry : layers) {
    const Json &layer = getObject(entry);
    if (findString(layer, "class_name") == "InputLayer")
      continue;
    std::string group = getGroupName(layer);
    if (unsigned count = isFunction(layer) ? 0 : counts[group]++)
      group += "_" + std::to_string(count);
    const Json *number = importer::find(layer, idKey);
    Place place{model.path, model.group + "layers/" + group + "/",
                number ? printJson(*number) : "", describe(layer)};
    place.path.push_back(findName(layer));
    places.push_back(place);
    if (const Json *inner = findLayers(layer))
      collect(*inner, place);
  }
}

Finder::Finder(const Graph &graph, const keras::WeightMap &weights)
    : weights(weights) {
  collect(graph.layers, {});
}

bool Finder::hasWeights(const Place &place) const {
  auto first = weights.lower_bound(place.group);
  return first != weights.end() && first->first.starts_with(place.group);
}

bool Finder::haveEqualWeights(const Place &a, const Place &b) const {
  for (auto at = weights.lower_bound(a.group);
       at != weights.end() && at->first.starts_with(a.group); ++at) {
    auto other = weights.find(b.group + at->first.substr(a.group.size()));
    const Tensor &x = at->second;
    if (other == weights.end() || other->second.shape() != x.shape() ||
        other->second.dtype() != x.dtype() ||
        std::memcmp(other->second.data(), x.data(), x.bytes()) != 0)
      return false;
  }
  return true;
}

/// Whether there is a later place in the model of this one or below it, because
/// of which Keras would give a number to the first; one `withoutWeights` is in
/// a file that Keras itself wrote.
bool Finder::mayBeFirst(size_t index, bool withoutWeights) const {
  const Place &place = places[index];
  LayerNames model(place.path.begin(), std::prev(place.path.end()));
  return std::any_of(places.begin() + ptrdiff_t(index) + 1, places.end(),
                     [&](const Place &later) {
                       return later.number == place.number &&
                              isWithin(later.path, model) &&
                              !(withoutWeights && hasWeights(later));
                     });
}

/// The first place of the object, of which no number is known yet.
void Finder::findFirst(size_t index) {
  const Place &place = places[index];
  std::vector<size_t> &firsts = unnumbered[place.text];
  std::vector<size_t> candidates = firsts;
  if (hasWeights(place)) {
    bool isFirst = mayBeFirst(index, /*withoutWeights=*/true);
    std::erase_if(candidates, [&](size_t first) {
      return isFirst || !haveEqualWeights(place, places[first]);
    });
  } else if (weights.empty() && !candidates.empty() &&
             mayBeFirst(index, /*withoutWeights=*/false)) {
    candidates.push_back(index);
  }
  size_t first = candidates.empty() ? index : candidates.front();
  numbered[place.number + " " + place.text] = first;
  if (candidates.size() > 1)
    for (size_t candidate : candidates)
      found.unclear[place.path].push_back(places[candidate].path);
  if (candidates.empty())
    return;
  std::erase(firsts, first);
  if (first != index)
    found.places[place.path] = places[first].path;
}

/// The number of the object whose first place is known.
void Finder::learnNumber(size_t index, size_t first) {
  const Place &place = places[index];
  if (numbered.try_emplace(place.number + " " + place.text, first).second)
    std::erase(unnumbered[place.text], first);
}

SharedLayers Finder::find() {
  for (size_t i = 0; i < places.size(); ++i) {
    const Place &place = places[i];
    auto known = numbered.find(place.number + " " + place.text);
    if (place.number.empty())
      unnumbered[place.text].push_back(i);
    else if (known == numbered.end())
      findFirst(i);
    else
      found.places[place.path] = places[known->second].path;
    if (!found.places.contains(place.path))
      continue;
    // What stands in the object is shared with it, and has its number here.
    size_t first = numbered.at(place.number + " " + place.text);
    while (i + 1 < places.size() && isWithin(places[i + 1].path, place.path))
      learnNumber(++i, ++first);
  }
  return std::move(found);
}

} // namespace

SharedLayers importer::findSharedLayers(const Graph &graph,
                                        const keras::WeightMap &weights) {
  bool isUsual = std::none_of(
      graph.layers.begin(), graph.layers.end(),
      [](const LayerEntry &entry) { return hasNumber(entry.object); });
  if (isUsual)
    return {};
  return Finder(graph, weights).find();
}
