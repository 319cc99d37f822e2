// What each instruction needs, from the PTX ISA's notes. An instruction that is
// not listed leaves the text as it is: then it loads by fewer drivers, but is
// never mistaken.
#include "compiler/emit/cuda/device/PtxVersion.h"

#include <algorithm>
#include <array>
#include <charconv>

using namespace dlc::emit::cuda;

namespace {

/// Instructions of PTX 7.0, which is that of sm_80, up to their first dot.
constexpr std::array<std::string_view, 88> known = {
    "abs",      "activemask",   "add",       "addc",      "and",      "atom",
    "bar",      "barrier",      "bfe",       "bfi",       "bfind",    "bra",
    "brev",     "brkpt",        "brx",       "call",      "clz",      "cnot",
    "copysign", "cos",          "cp",        "cvt",       "cvta",     "discard",
    "div",      "dp2a",         "dp4a",      "ex2",       "exit",     "fence",
    "fma",      "fns",          "isspacep",  "ld",        "ldmatrix", "ldu",
    "lg2",      "lop3",         "mad",       "mad24",     "madc",     "match",
    "max",      "mbarrier",     "membar",    "min",       "mma",      "mov",
    "mul",      "mul24",        "nanosleep", "neg",       "not",      "or",
    "pmevent",  "popc",         "prefetch",  "prefetchu", "prmt",     "rcp",
    "red",      "redux",        "rem",       "ret",       "rsqrt",    "sad",
    "selp",     "set",          "setp",      "shf",       "shfl",     "shl",
    "shr",      "sin",          "slct",      "sqrt",      "st",       "sub",
    "subc",     "tanh",         "testp",     "trap",      "vote",     "wmma",
    "xor",      "createpolicy", "szext",     "bmsk"};

struct Newer {
  std::string_view part; // of an instruction
  int version;           // 74 for 7.4
};

/// Parts of instructions that came after 7.0.
constexpr Newer newer[] = {
    {"createpolicy", 74},
    {"discard", 74},
    {".L1::", 74},
    {".L2::", 74},
    {"szext", 76},
    {"bmsk", 76},
    {".cluster", 78},
    {"::cluster", 78},
    {"::cta", 78},
    {".bulk", 80},
    {".f32x2", 86},
    {".b128", 83},
    {"isspacep.param", 77},
    {".unified", 80},
    {".mmio", 82},
    {"multimem", 81},
    {".tensor", 80},
    {".oob", 81},
    {".e4m3", 81},
    {".e5m2", 81},
    {"tensormap", 83},
    {".bf16x2", 78},
    {"max.xorsign", 72},
    {"min.xorsign", 72},
    {".sp", 71},
    {".v8", 88},
};

} // namespace

/// The first word of a line: an instruction without its predicate, or empty.
static std::string_view findInstruction(std::string_view line) {
  size_t start = line.find_first_not_of(" \t{");
  if (start == line.npos)
    return "";
  line.remove_prefix(start);
  if (line.front() == '@') {
    size_t space = line.find_first_of(" \t");
    if (space == line.npos)
      return "";
    line.remove_prefix(line.find_first_not_of(" \t", space));
  }
  return line.substr(0, line.find_first_of(" \t;,"));
}

/// 70 for 7.0, or 0 if that cannot be told.
static int findVersion(std::string_view body) {
  int version = 70;
  bool inside = false;
  while (!body.empty()) {
    size_t end = body.find('\n');
    std::string_view line = body.substr(0, end);
    body.remove_prefix(end == body.npos ? body.size() : end + 1);
    if (line.starts_with("{"))
      inside = true;
    if (line.starts_with("}"))
      inside = false;
    std::string_view word = findInstruction(line);
    bool isCode = inside && !word.empty() && word.front() != '.' &&
                  word.front() != '/' && word.front() != '}' &&
                  word.front() != '(' && word.back() != ':' &&
                  (word.front() >= 'a' && word.front() <= 'z');
    if (!isCode)
      continue;
    if (!std::ranges::count(known, word.substr(0, word.find('.'))))
      return 0;
    for (auto [part, needs] : newer)
      if (word.find(part) != word.npos)
        version = std::max(version, needs);
  }
  return version;
}

std::string dlc::emit::cuda::lowerPtxVersion(std::string_view ptx) {
  constexpr std::string_view mark = "\n.version ";
  size_t at = ptx.find(mark);
  if (at == ptx.npos)
    return std::string(ptx);
  size_t start = at + mark.size(), end = ptx.find('\n', start);
  std::string_view own = ptx.substr(start, end - start);
  int major = 0, minor = 0;
  auto dot = std::from_chars(own.data(), own.data() + own.size(), major).ptr;
  std::from_chars(dot + 1, own.data() + own.size(), minor);
  int least = findVersion(ptx.substr(end));
  std::string lowered(ptx);
  if (least != 0 && least < 10 * major + minor)
    lowered.replace(start, end - start,
                    std::to_string(least / 10) + "." +
                        std::to_string(least % 10));
  return lowered;
}
