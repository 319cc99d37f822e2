// What this process has used so far.
#include "tools/dlc/show/ProcessStats.h"

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace dlc::tool {

double secondsSinceStart() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // The name, in brackets, may hold spaces; the start time is field 22, and the
  // 20th after the name.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int i = 0; i < 20; ++i)
    fields >> field;
  double started =
      std::strtod(field.c_str(), nullptr) / double(::sysconf(_SC_CLK_TCK));
  timespec now;
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9 - started;
}

int64_t peakResidentBytes() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t(usage.ru_maxrss) * 1024;
}

} // namespace dlc::tool
