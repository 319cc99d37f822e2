// Reads numpy's .npz format: .npy members of a zip file.
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/Npz.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::data {

namespace {

constexpr std::string_view suffix = ".npy";

} // namespace

Expected<NpzReader> NpzReader::open(const std::filesystem::path &path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(path.string(), "does not exist", "", "check the path");
  auto file =
      ZipReader::open(path, {"a .npz file", "one is a zip of arrays",
                             "copy the file or write it again with np.savez"});
  if (!file)
    return Unexpected(file.error());
  NpzReader reader(path.string(), *std::move(file));
  for (uint64_t i = 0; i < reader.file.count(); ++i) {
    std::string_view text = reader.file.name(i);
    if (text.ends_with(suffix))
      reader.arrays.emplace_back(text.substr(0, text.size() - suffix.size()));
  }
  return reader;
}

bool NpzReader::has(std::string_view name) const {
  return std::ranges::find(arrays, name) != arrays.end();
}

Expected<Tensor> NpzReader::read(const std::string &name) const {
  std::string thing = fmt::format("{}: array \"{}\"", path, name);
  auto member = file.find(name + std::string(suffix));
  if (!member)
    return fail(thing, "is not there", "it was asked for by name",
                "write the file again with np.savez");
  auto bytes = file.read(*member, thing, UINT64_MAX);
  if (!bytes)
    return Unexpected(bytes.error());
  return readNpy(*bytes, thing);
}

} // namespace dlc::data
