// Reads numpy's .npz format: .npy members of a zip file.
#include "runtime/core/AtomicFile.h"
#include "runtime/data/Npy.h"
#include "runtime/data/Npz.h"
#include "runtime/data/ZipMember.h"

#include <algorithm>
#include <fmt/format.h>
#include <zip.h>

namespace dlc::data {

namespace {

constexpr std::string_view suffix = ".npy";

} // namespace

void NpzReader::Discard::operator()(::zip *file) const { zip_discard(file); }

Expected<NpzReader> NpzReader::open(const std::filesystem::path &path) {
  NpzReader reader;
  reader.path = path.string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(reader.path, "does not exist", "", "check the path");
  if (auto regular = checkRegularFile(path); !regular)
    return Unexpected(regular.error());
  int code = 0;
  reader.file.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!reader.file)
    return fail(reader.path, "is not a .npz file", "one is a zip of arrays",
                "write it with np.savez");
  zip_int64_t count = zip_get_num_entries(reader.file.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *name = zip_get_name(reader.file.get(), zip_uint64_t(i), 0);
    std::string_view text = name ? name : "";
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
  std::string member = name + std::string(suffix);
  zip_int64_t index = zip_name_locate(file.get(), member.c_str(), 0);
  if (index < 0)
    return fail(thing, "is not there", "it was asked for by name",
                "write the file again with np.savez");
  auto bytes = readZipMember(file.get(), uint64_t(index), thing, UINT64_MAX,
                             "copy the file or write it again with np.savez");
  if (!bytes)
    return Unexpected(bytes.error());
  return readNpy(*bytes, thing);
}

} // namespace dlc::data
