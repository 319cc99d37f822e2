// Data sets from files: finds the arrays that a model needs and compares them.
#include "runtime/data/Reader.h"
#include "runtime/core/AtomicFile.h"
#include "runtime/data/Convert.h"
#include "runtime/data/Idx.h"
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/Npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::data {

namespace {

/// The name that a single array gets: the model's, where it has one.
std::string nameOfOne(const std::vector<std::string> &names,
                      const std::string &otherwise) {
  return names.size() == 1 ? names.front() : otherwise;
}

/// The arrays of one side of an .npz: `letter` is "x" or "y", `names` what the
/// model calls its inputs or outputs. Either one array with the bare letter, or
/// letter_NAME for each name.
Expected<NamedTensors> readSide(const NpzReader &file, const std::string &path,
                                const std::string &letter,
                                const std::vector<std::string> &names) {
  std::vector<std::pair<std::string, std::string>> wanted; // name, array
  bool hasBare = file.has(letter);
  if (hasBare && names.size() <= 1) {
    wanted.emplace_back(nameOfOne(names, letter), letter);
  } else if (names.empty()) {
    for (const std::string &array : file.names())
      if (array.starts_with(letter + "_"))
        wanted.emplace_back(array.substr(letter.size() + 1), array);
  } else {
    for (const std::string &name : names)
      wanted.emplace_back(name, letter + "_" + name);
  }
  if (wanted.empty())
    return fail(
        path, fmt::format("has no array \"{}\"", letter),
        letter == "x" ? "every data set has inputs"
                      : "training and evaluation need targets",
        fmt::format("its arrays are: {}", fmt::join(file.names(), ", ")));
  NamedTensors arrays;
  for (const auto &[name, array] : wanted) {
    if (!file.has(array)) {
      std::string spelt = names.size() == 1
                              ? fmt::format("\"{}\" or \"{}\"", letter, array)
                              : fmt::format("\"{}\"", array);
      return fail(
          path, fmt::format("has no array {}", spelt),
          fmt::format("the model has {} \"{}\"",
                      letter == "x" ? "an input" : "an output", name),
          fmt::format("its arrays are: {}", fmt::join(file.names(), ", ")));
    }
    auto tensor = file.read(array);
    if (!tensor)
      return Unexpected(tensor.error());
    arrays.emplace_back(name, *std::move(tensor));
  }
  return arrays;
}

/// Weights of the samples, or by output.
Expected<void> readWeights(const NpzReader &file, const std::string &path,
                           const std::vector<std::string> &outputs,
                           Dataset &dataset) {
  auto read = [&](const std::string &name) -> Expected<Tensor> {
    auto weight = file.read(name);
    return weight ? convert(*weight, DType::F32, path + ": " + name) : weight;
  };
  if (file.has("sample_weight")) {
    auto weight = read("sample_weight");
    if (!weight)
      return Unexpected(weight.error());
    dataset.sampleWeight = *std::move(weight);
  }
  for (const std::string &output : outputs) {
    std::string name = "sample_weight_" + output;
    if (!file.has(name))
      continue;
    if (dataset.sampleWeight)
      return fail(path + ": " + name, "stands beside sample_weight",
                  "weights are for all outputs or for each",
                  "leave one of them out");
    auto weight = read(name);
    if (!weight)
      return Unexpected(weight.error());
    dataset.outputWeights.emplace_back(output, *std::move(weight));
  }
  return {};
}

Expected<Dataset> readNpz(const std::string &path, const DataSpec &wanted) {
  auto file = NpzReader::open(path);
  if (!file)
    return Unexpected(file.error());
  Dataset dataset;
  auto x = readSide(*file, path, "x", wanted.inputs);
  if (!x)
    return Unexpected(x.error());
  dataset.x = *std::move(x);
  if (wanted.use == DataSpec::Use::Predict)
    return dataset;
  auto y = readSide(*file, path, "y", wanted.outputs);
  if (!y)
    return Unexpected(y.error());
  dataset.y = *std::move(y);
  if (auto read = readWeights(*file, path, wanted.outputs, dataset); !read)
    return Unexpected(read.error());
  return dataset;
}

/// Refuses a model of several inputs or outputs where the data has one.
Expected<void> requireOne(const std::string &path,
                          const std::vector<std::string> &names,
                          const std::string &what) {
  if (names.size() <= 1)
    return {};
  return fail(path, fmt::format("holds one array"),
              fmt::format("the model has {} {}: {}", names.size(), what,
                          fmt::join(names, ", ")),
              "put an array for each into an .npz, named x_NAME and y_NAME");
}

Expected<Tensor> readNpyFile(const std::string &path) {
  auto bytes = readFile(path);
  if (!bytes)
    return Unexpected(bytes.error());
  return readNpy(*bytes, path);
}

/// x.npy or x.npy,y.npy.
Expected<Dataset> readNpyPair(const std::string &xPath,
                              const std::string &yPath,
                              const DataSpec &wanted) {
  Dataset dataset;
  if (auto one = requireOne(xPath, wanted.inputs, "inputs"); !one)
    return Unexpected(one.error());
  auto x = readNpyFile(xPath);
  if (!x)
    return Unexpected(x.error());
  dataset.x.emplace_back(nameOfOne(wanted.inputs, "x"), *std::move(x));
  if (wanted.use == DataSpec::Use::Predict)
    return dataset;
  if (yPath.empty())
    return fail(xPath, "holds inputs alone",
                "training and evaluation need targets",
                fmt::format("give two files: --data {},y.npy", xPath));
  if (auto one = requireOne(yPath, wanted.outputs, "outputs"); !one)
    return Unexpected(one.error());
  auto y = readNpyFile(yPath);
  if (!y)
    return Unexpected(y.error());
  dataset.y.emplace_back(nameOfOne(wanted.outputs, "y"), *std::move(y));
  return dataset;
}

Expected<Dataset> readIdx(const std::string &path, const DataSpec &wanted) {
  Dataset dataset;
  if (auto one = requireOne(path, wanted.inputs, "inputs"); !one)
    return Unexpected(one.error());
  std::string split = wanted.use == DataSpec::Use::Train ? "train" : "t10k";
  auto images = readIdxImages(path, split);
  if (!images)
    return Unexpected(images.error());
  dataset.x.emplace_back(nameOfOne(wanted.inputs, "x"), *std::move(images));
  if (wanted.use == DataSpec::Use::Predict)
    return dataset;
  if (auto one = requireOne(path, wanted.outputs, "outputs"); !one)
    return Unexpected(one.error());
  auto labels = readIdxLabels(path, split);
  if (!labels)
    return Unexpected(labels.error());
  dataset.y.emplace_back(nameOfOne(wanted.outputs, "y"), *std::move(labels));
  return dataset;
}

Expected<Dataset> readAny(const std::string &spec, const DataSpec &wanted) {
  std::error_code ignored;
  if (std::filesystem::is_directory(spec, ignored)) {
    if (isIdxFolder(spec))
      return readIdx(spec, wanted);
    return fail(spec, "is a folder without train-images-idx3-ubyte",
                "a folder of data is in MNIST's form",
                "check the folder or put the arrays into an .npz");
  }
  if (spec.ends_with(".npz"))
    return readNpz(spec, wanted);
  // A comma parts two names; where it is in a name, such a file exists.
  size_t comma = spec.find(".npy,");
  if (comma != std::string::npos && !std::filesystem::exists(spec, ignored))
    return readNpyPair(spec.substr(0, comma + 4), spec.substr(comma + 5),
                       wanted);
  if (spec.ends_with(".npy"))
    return readNpyPair(spec, "", wanted);
  if (!std::filesystem::exists(spec, ignored))
    return fail(spec, "does not exist", "", "check the path");
  return fail(
      spec, "is of no known kind",
      "data is an .npz file, a pair x.npy,y.npy, a folder in MNIST's IDX form, "
      "or a folder or .zip of pictures",
      "save it with np.savez(\"data.npz\", x=x, y=y)");
}

/// The same number of samples, at least one, in every array.
Expected<void> checkCounts(const std::string &spec, const Dataset &dataset) {
  auto check = [&](const std::string &thing,
                   const Tensor &tensor) -> Expected<void> {
    if (tensor.shape().empty())
      return fail(thing, "is a single number",
                  "its first dimension must be the sample",
                  "give it a dimension");
    if (tensor.shape()[0] != dataset.size())
      return fail(thing, fmt::format("has {} samples", tensor.shape()[0]),
                  fmt::format("x \"{}\" has {}", dataset.x.front().first,
                              dataset.size()),
                  "give every array the same number of samples");
    return {};
  };
  for (const auto &[letter, side] :
       {std::pair('x', &dataset.x), std::pair('y', &dataset.y)})
    for (const auto &[name, tensor] : *side)
      if (auto checked =
              check(fmt::format("{}: {} \"{}\"", spec, letter, name), tensor);
          !checked)
        return checked;
  if (dataset.size() == 0)
    return fail(spec, "has no samples", "there must be at least one",
                "check the data");
  for (const auto &[name, tensor] : dataset.outputWeights)
    if (auto checked = check(spec + ": sample_weight_" + name, tensor);
        !checked)
      return checked;
  return dataset.sampleWeight
             ? check(spec + ": sample_weight", *dataset.sampleWeight)
             : Expected<void>();
}

} // namespace

Expected<Dataset> readDataset(const std::string &spec, const DataSpec &wanted) {
  auto dataset = readAny(spec, wanted);
  if (!dataset)
    return dataset;
  if (auto checked = checkCounts(spec, *dataset); !checked)
    return Unexpected(checked.error());
  return dataset;
}

} // namespace dlc::data
