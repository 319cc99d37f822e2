// A driver library that is too old, or finds no GPU: FAKE_CUDA says which.
#include <cstdlib>
#include <string>

namespace {
std::string role() {
  const char *value = std::getenv("FAKE_CUDA");
  return value ? value : "";
}
} // namespace

extern "C" {

int cuDriverGetVersion(int *version) {
  *version = role() == "old" ? 10020 : 12040;
  return 0;
}

int cuInit(unsigned) { return 100; }
}
