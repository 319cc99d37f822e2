// Writes numpy's .npz format: .npy members of a zip file.
#include "runtime/core/AtomicFile.h"
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/Npz.h"

#include <zip.h>

namespace dlc::data {

namespace {

struct ZipDiscard {
  void operator()(zip_t *file) const { zip_discard(file); }
};
struct ZipSourceFree {
  void operator()(zip_source_t *source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, ZipDiscard>;
using ZipSource = std::unique_ptr<zip_source_t, ZipSourceFree>;

/// Adds a member stored, not deflated, with a fixed date: the first that zip
/// knows. `bytes` must outlive the archive.
bool addMember(zip_t *file, const std::string &name,
               const std::vector<std::byte> &bytes) {
  constexpr uint16_t firstOfJanuary1980 = 1 << 5 | 1;
  zip_source_t *source = zip_source_buffer(file, bytes.data(), bytes.size(), 0);
  if (!source)
    return false;
  zip_int64_t index =
      zip_file_add(file, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  auto member = zip_uint64_t(index);
  return zip_set_file_compression(file, member, ZIP_CM_STORE, 0) == 0 &&
         zip_file_set_dostime(file, member, 0, firstOfJanuary1980, 0) == 0;
}

/// The archive's bytes, or none where libzip fails.
std::vector<std::byte>
packZip(const std::vector<std::pair<std::string, std::vector<std::byte>>>
            &members) {
  ZipSource buffer(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  if (!buffer)
    return {};
  // zip_close gives its reference up; this one keeps the bytes alive.
  zip_source_keep(buffer.get());
  Zip file(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, nullptr));
  if (!file) {
    zip_source_free(buffer.get());
    return {};
  }
  for (const auto &[name, bytes] : members)
    if (!addMember(file.get(), name, bytes))
      return {};
  if (zip_close(file.get()) != 0)
    return {};
  (void)file.release();

  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_source_stat(buffer.get(), &status) != 0 ||
      zip_source_open(buffer.get()) != 0)
    return {};
  std::vector<std::byte> bytes(status.size);
  if (zip_source_read(buffer.get(), bytes.data(), bytes.size()) !=
      zip_int64_t(bytes.size()))
    bytes.clear();
  zip_source_close(buffer.get());
  return bytes;
}

} // namespace

Expected<void> writeNpz(const NamedTensors &arrays,
                        const std::filesystem::path &path,
                        const NamedTexts &texts) {
  std::vector<std::pair<std::string, std::vector<std::byte>>> members;
  for (const auto &[name, tensor] : arrays)
    members.emplace_back(name + ".npy", writeNpy(tensor));
  for (const auto &[name, list] : texts)
    members.emplace_back(name + ".npy", writeNpy(list));
  std::vector<std::byte> bytes = packZip(members);
  if (bytes.empty())
    return fail(path.string(), "could not be packed as a zip file",
                "every array needs its own name", "");
  return writeFileAtomically(path, bytes);
}

} // namespace dlc::data
