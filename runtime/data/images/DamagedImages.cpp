// Which pictures cannot be decoded.
#include "runtime/data/images/DamagedImages.h"
#include "runtime/data/Prefetch.h"

#include <map>
#include <mutex>
#include <numeric>

namespace dlc::data {

Expected<std::vector<bool>>
findDamaged(const ImageFiles &images, image::ColorMode colors, int workers,
            const std::function<void(const Error &)> &onBad) {
  size_t count = images.names().size();
  std::mutex mutex;
  std::map<int64_t, Error> errors;
  auto check = [&](int64_t file, std::byte *) -> Expected<void> {
    if (auto decoded = images.decode(size_t(file), colors); !decoded) {
      std::lock_guard lock(mutex);
      errors.emplace(file, decoded.error());
    }
    return {};
  };
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  constexpr int64_t atOnce = 64;
  // A row is a mark that nobody reads.
  auto pass = prefetch(check, std::move(order), {1, workers, 2 * atOnce});
  if (!pass)
    return Unexpected(pass.error());
  for (size_t first = 0; first < count; first += atOnce) {
    std::byte marks[atOnce];
    auto part = int64_t(std::min<size_t>(atOnce, count - first));
    if (auto read = (*pass)->read(part, marks); !read)
      return Unexpected(read.error());
  }
  pass->reset();
  std::vector<bool> damaged(count);
  for (const auto &[file, error] : errors) {
    damaged[size_t(file)] = true;
    if (onBad)
      onBad(error);
  }
  return damaged;
}

} // namespace dlc::data
