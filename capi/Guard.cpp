// The last error of each thread, and versions.
#include "capi/Guard.h"

using namespace dlc;

namespace {

/// The error, and the view of it that C reads.
struct Kept {
  Error error;
  std::string message;
  dlc_error view{"", "", "", "", ""};
};

Kept &kept() {
  thread_local Kept value;
  return value;
}

} // namespace

void capi::keepError(Error error) noexcept {
  Kept &value = kept();
  try {
    value.message = error.message();
    value.error = std::move(error);
    value.view = {value.error.thing.c_str(), value.error.value.c_str(),
                  value.error.limit.c_str(), value.error.remedy.c_str(),
                  value.message.c_str()};
  } catch (...) {
    value.view = {"memory", "is used up", "", "", "memory: is used up"};
  }
}

const dlc_error *dlc_last_error(void) { return &kept().view; }

int dlc_abi_version(void) { return DLC_ABI_VERSION; }

const char *dlc_version(void) { return DLC_VERSION; }
