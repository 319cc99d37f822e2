// lld as a library. It reads and writes files and has global state, so it works
// in a private folder and one link at a time.
#include "compiler/emit/host/LinkShared.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <csignal>
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

/// link: what went wrong with which file; the remedy.
static Error linkError(StringRef path, std::error_code code) {
  return createStringError(code, "link \"" + path + "\": " + code.message() +
                                     "; check the temporary folder (TMPDIR)");
}

static Error writeFile(StringRef path, ArrayRef<char> bytes) {
  std::error_code code;
  raw_fd_ostream os(path, code, sys::fs::CD_CreateNew);
  if (code)
    return linkError(path, code);
  os.write(bytes.data(), bytes.size());
  os.close();
  if (os.has_error()) {
    code = os.error();
    os.clear_error();
    return linkError(path, code);
  }
  return Error::success();
}

namespace {

/// What the program does on each signal, put back at the end: LLVM installs
/// handlers of its own that remove the linker's output, and under those an
/// interrupt would break off the program's writes.
class SignalActions {
public:
  SignalActions() {
    for (int signal = 1; signal < NSIG; ++signal)
      isKnown[signal] = ::sigaction(signal, nullptr, &actions[signal]) == 0;
  }
  ~SignalActions() {
    for (int signal = 1; signal < NSIG; ++signal)
      if (isKnown[signal])
        ::sigaction(signal, &actions[signal], nullptr);
  }
  SignalActions(const SignalActions &) = delete;
  SignalActions &operator=(const SignalActions &) = delete;

private:
  std::array<struct sigaction, NSIG> actions = {};
  std::array<bool, NSIG> isKnown = {};
};

} // namespace

/// One link at a time; a linker that crashed may not be called again.
static Error runLinker(ArrayRef<std::string> inputs, StringRef output) {
  static std::mutex mutex;
  static bool broken = false;
  std::lock_guard lock(mutex);
  if (broken)
    return createStringError(
        "link: the linker crashed earlier in this process; "
        "start the program again");
  std::string out = output.str(), log;
  raw_string_ostream os(log);
  std::vector<const char *> arguments = {
      "ld.lld",      "-shared",         "-s",          "-z", "now",      "-z",
      "noexecstack", "--build-id=none", "--threads=1", "-o", out.c_str()};
  for (const std::string &input : inputs)
    arguments.push_back(input.c_str());
  lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  SignalActions putBack;
  lld::Result result = lld::lldMain(arguments, os, os, drivers);
  broken = !result.canRunAgain;
  if (result.retCode != 0)
    return createStringError("link: lld refused the host code: " + log +
                             "; report this as a bug");
  return Error::success();
}

Expected<std::vector<std::byte>>
dlc::emit::host::linkShared(ArrayRef<ObjectFile> objects) {
  SmallString<128> folder;
  if (std::error_code code = sys::fs::createUniqueDirectory("dlc", folder))
    return linkError("dlc", code);
  auto removeFolder = scope_exit([&] { sys::fs::remove_directories(folder); });
  auto place = [&](const Twine &name) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    return path.str().str();
  };
  std::vector<std::string> inputs;
  for (auto [i, object] : enumerate(objects)) {
    inputs.push_back(place("kernels" + Twine(i) + ".o"));
    if (Error error = writeFile(inputs.back(), object))
      return error;
  }
  std::string output = place("kernels.so");
  if (Error error = runLinker(inputs, output))
    return error;
  auto file = MemoryBuffer::getFile(output, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return linkError(output, file.getError());
  auto *begin = reinterpret_cast<const std::byte *>((*file)->getBufferStart());
  return std::vector<std::byte>(begin, begin + (*file)->getBufferSize());
}
