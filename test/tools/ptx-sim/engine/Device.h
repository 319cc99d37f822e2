// A device for one test: buffers as vectors, PTX as text.
#pragma once

#include "tools/ptx-sim/engine/Engine.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace ptxsim {

/// A buffer of device memory.
template <typename T> struct Buffer {
  T *data = nullptr;
  size_t size = 0;

  T &operator[](size_t i) { return data[i]; }
  T *begin() { return data; }
  T *end() { return data + size; }
};

/// Memory of the test's own; all of it goes with the device.
class Device {
public:
  Memory memory;
  Options options;

  template <typename T> Buffer<T> upload(const std::vector<T> &values) {
    Buffer<T> buffer = allocate<T>(values.size());
    std::copy(values.begin(), values.end(), buffer.data);
    return buffer;
  }

  template <typename T> Buffer<T> allocate(size_t count) {
    Expected<void *> memory = this->memory.allocate(count * sizeof(T));
    EXPECT_TRUE(memory);
    return {static_cast<T *>(*memory), count};
  }

  /// Launches; the fault's message, or nothing.
  template <typename... Parameters>
  std::string launch(const Module &module, const char *name, LaunchShape shape,
                     Parameters... parameters) {
    const Kernel *kernel = module.findKernel(name);
    if (!kernel)
      return "has no kernel " + std::string(name);
    const void *addresses[] = {addressOf(parameters)..., nullptr};
    Expected<void> done =
        ptxsim::launch(memory, *kernel, shape, addresses, options);
    return done ? "" : done.error().message;
  }

private:
  template <typename T> static const void *addressOf(const T &value) {
    return &value;
  }
  template <typename T> static const void *addressOf(const Buffer<T> &buffer) {
    return &buffer.data;
  }
};

/// The module in `body`, under a head that says sm_80.
inline Expected<std::unique_ptr<Module>> tryLoad(const std::string &body) {
  return Module::load(".version 8.0\n.target sm_80\n.address_size 64\n" + body);
}

inline std::unique_ptr<Module> load(const std::string &body) {
  auto module = tryLoad(body);
  if (!module) {
    ADD_FAILURE() << module.error().message;
    return nullptr;
  }
  return std::move(*module);
}

/// Blocks in x and threads in x.
inline LaunchShape shapeOf(unsigned blocks, unsigned threads,
                           unsigned sharedBytes = 0) {
  LaunchShape shape;
  shape.grid[0] = blocks;
  shape.block[0] = threads;
  shape.sharedBytes = sharedBytes;
  return shape;
}

} // namespace ptxsim
