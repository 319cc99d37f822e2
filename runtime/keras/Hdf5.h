// What the reader and the writer of HDF5 files share: handles, and one lock.
#pragma once

#include <hdf5.h>
#include <mutex>

namespace dlc::keras::hdf5 {

/// An HDF5 identifier that is closed on every way out.
template <herr_t (*Close)(hid_t)> class Handle {
public:
  explicit Handle(hid_t id) noexcept : id(id) {}
  ~Handle() {
    if (id >= 0)
      Close(id);
  }
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;
  explicit operator bool() const { return id >= 0; }
  hid_t get() const { return id; }

private:
  hid_t id;
};

using File = Handle<H5Fclose>;
using Object = Handle<H5Oclose>;
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using PropertyList = Handle<H5Pclose>;

/// Debian's serial libhdf5 is not thread-safe: one caller at a time. Also keeps
/// its error stack off standard error, and keeps it from closing files when the
/// process ends: all that can be closed are, and on one that a full disk keeps
/// open it would crash.
class Library {
public:
  Library() : lock(mutex()) {
    static const herr_t noted = H5dont_atexit();
    (void)noted;
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

private:
  static std::mutex &mutex() {
    static std::mutex instance;
    return instance;
  }
  std::lock_guard<std::mutex> lock;
};

} // namespace dlc::keras::hdf5
