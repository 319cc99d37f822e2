// A file is the hash of the rest, the length of the log, the log, the image.
#include "compiler/emit/cuda/device/Cache.h"
#include "runtime/core/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

#include <cstdlib>
#include <cstring>

using namespace dlc;
using namespace dlc::emit::cuda;
namespace fs = std::filesystem;

static constexpr size_t hashBytes = 32, headBytes = hashBytes + 8;

/// Of a list of strings with their lengths, so that no two lists are alike.
static std::array<uint8_t, hashBytes>
hash(std::initializer_list<std::string_view> parts) {
  llvm::SHA256 sha;
  for (std::string_view part : parts) {
    uint64_t size = part.size();
    sha.update(llvm::StringRef(reinterpret_cast<char *>(&size), sizeof(size)));
    sha.update(llvm::StringRef(part.data(), part.size()));
  }
  return sha.final();
}

std::string Cache::makeKey(std::string_view text, std::string_view architecture,
                           std::string_view compiler) {
  return llvm::toHex(hash({text, architecture, compiler}), /*LowerCase=*/true);
}

fs::path Cache::defaultFolder() {
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return fs::path(cache) / "dlc";
  if (const char *home = std::getenv("HOME"); home && *home == '/')
    return fs::path(home) / ".cache" / "dlc";
  return {};
}

std::optional<Compiled> Cache::find(const std::string &key) const {
  std::error_code error;
  if (folder.empty() || !fs::exists(folder / key, error))
    return std::nullopt;
  auto bytes = readFile(folder / key);
  if (!bytes || bytes->size() < headBytes)
    return std::nullopt;
  std::string_view all(reinterpret_cast<const char *>(bytes->data()),
                       bytes->size());
  uint64_t logBytes = 0;
  std::memcpy(&logBytes, all.data() + hashBytes, sizeof(logBytes));
  auto sum = hash({all.substr(hashBytes)});
  if (std::memcmp(sum.data(), all.data(), hashBytes) != 0 ||
      logBytes > all.size() - headBytes)
    return std::nullopt;
  Compiled compiled;
  compiled.log = all.substr(headBytes, logBytes);
  compiled.image = all.substr(headBytes + logBytes);
  return compiled;
}

void Cache::store(const std::string &key, const Compiled &compiled) const {
  if (folder.empty())
    return;
  uint64_t logBytes = compiled.log.size();
  std::string rest(reinterpret_cast<char *>(&logBytes), sizeof(logBytes));
  rest += compiled.log;
  rest += compiled.image;
  auto sum = hash({rest});
  std::string all(sum.begin(), sum.end());
  all += rest;
  std::error_code error;
  fs::create_directories(folder, error);
  (void)writeFileAtomically(folder / key, std::as_bytes(std::span(all)));
}
