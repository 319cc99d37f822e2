// Reads numpy's .npz format: .npy members of a zip file.
#include "runtime/core/AtomicFile.h"
#include "runtime/data/Npy.h"
#include "runtime/data/Npz.h"

#include <algorithm>
#include <fmt/format.h>
#include <zip.h>

namespace dlc::data {

namespace {

constexpr std::string_view suffix = ".npy";
/// What deflate reaches at best, about 1,030 times, and some room.
constexpr uint64_t maxRatio = 1100;

struct MemberClose {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using Member = std::unique_ptr<zip_file_t, MemberClose>;

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
  zip_stat_t status;
  zip_stat_init(&status);
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat(file.get(), member.c_str(), 0, &status) != 0 ||
      (status.valid & needed) != needed)
    return fail(thing, "is not there", "it was asked for by name",
                "write the file again with np.savez");
  if (status.size / maxRatio > status.comp_size)
    return fail(thing,
                fmt::format("expands from {} to {} bytes", status.comp_size,
                            status.size),
                "no array does", "write the file again with np.savez");
  Member open(zip_fopen(file.get(), member.c_str(), 0));
  std::vector<std::byte> bytes;
  // Grows with what is really there, not with what a header promises. The read
  // past the end makes libzip compare the checksum.
  constexpr uint64_t maxStep = 4 << 20;
  while (open) {
    size_t done = bytes.size();
    size_t step = std::min(maxStep, status.size - done + 1);
    bytes.resize(done + step);
    zip_int64_t got = zip_fread(open.get(), bytes.data() + done, step);
    bytes.resize(done + size_t(std::max<zip_int64_t>(got, 0)));
    if (got == 0 && bytes.size() == status.size)
      return readNpy(bytes, thing);
    if (got <= 0 || bytes.size() > status.size)
      break;
  }
  return fail(thing, "is damaged", "its size and checksum must fit its content",
              "copy or write the file again");
}

} // namespace dlc::data
