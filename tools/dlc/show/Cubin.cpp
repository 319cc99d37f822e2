// Registers and stack stand in the section .nv.info, a record an attribute and
// kernel; shared memory is the size of .nv.shared.KERNEL.
#include "tools/dlc/show/Cubin.h"

#include <cstring>
#include <elf.h>
#include <optional>
#include <string_view>
#include <vector>

namespace dlc::tool {

namespace {

/// Attributes of .nv.info, and the format of those that are pairs of a symbol
/// and a number.
constexpr uint8_t registerCount = 0x2f, frameSize = 0x11, pairFormat = 4;

class Reader {
public:
  explicit Reader(std::span<const std::byte> bytes) : bytes(bytes) {}

  std::map<std::string, KernelUsage> run() {
    auto header = read<Elf64_Ehdr>(0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_shentsize != sizeof(Elf64_Shdr))
      return {};
    for (unsigned i = 0; i < header->e_shnum; ++i)
      if (auto section =
              read<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr)))
        sections.push_back(*section);
    if (header->e_shstrndx >= sections.size())
      return {};
    names = sections[header->e_shstrndx];
    for (const Elf64_Shdr &section : sections)
      if (textAt(names, section.sh_name) == ".nv.info")
        readInfo(section);
    for (const Elf64_Shdr &section : sections) {
      std::string_view name = textAt(names, section.sh_name);
      constexpr std::string_view prefix = ".nv.shared.";
      if (!name.starts_with(prefix))
        continue;
      auto kernel = usage.find(std::string(name.substr(prefix.size())));
      if (kernel != usage.end())
        kernel->second.sharedBytes = int64_t(section.sh_size);
    }
    return std::move(usage);
  }

private:
  template <typename T> std::optional<T> read(uint64_t at) const {
    if (at > bytes.size() || bytes.size() - at < sizeof(T))
      return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
  }

  /// The string at an offset of a section of strings.
  std::string_view textAt(const Elf64_Shdr &section, uint64_t offset) const {
    if (section.sh_offset > bytes.size() ||
        section.sh_size > bytes.size() - section.sh_offset ||
        offset >= section.sh_size)
      return "";
    std::string_view text(
        reinterpret_cast<const char *>(bytes.data() + section.sh_offset),
        section.sh_size);
    return text.substr(offset, text.find('\0', offset) - offset);
  }

  std::string symbolName(const Elf64_Shdr &info, uint32_t index) const {
    if (info.sh_link >= sections.size())
      return "";
    const Elf64_Shdr &symbols = sections[info.sh_link];
    auto symbol =
        read<Elf64_Sym>(symbols.sh_offset + index * sizeof(Elf64_Sym));
    if (!symbol || symbols.sh_link >= sections.size())
      return "";
    return std::string(textAt(sections[symbols.sh_link], symbol->st_name));
  }

  void readInfo(const Elf64_Shdr &info) {
    struct Head {
      uint8_t format, attribute;
      uint16_t size; // or the value itself
    };
    struct Pair {
      uint32_t symbol, number;
    };
    uint64_t at = info.sh_offset, end = at + info.sh_size;
    while (at < end) {
      auto head = read<Head>(at);
      if (!head)
        return;
      at += sizeof(Head);
      if (head->format != pairFormat)
        continue;
      auto pair = read<Pair>(at);
      at += head->size;
      bool isRegisters = head->attribute == registerCount;
      if (!pair || (!isRegisters && head->attribute != frameSize))
        continue;
      KernelUsage &kernel = usage[symbolName(info, pair->symbol)];
      (isRegisters ? kernel.registers : kernel.stackBytes) = pair->number;
    }
  }

  std::span<const std::byte> bytes;
  std::vector<Elf64_Shdr> sections;
  Elf64_Shdr names = {};
  std::map<std::string, KernelUsage> usage;
};

} // namespace

std::map<std::string, KernelUsage> readCubin(std::span<const std::byte> cubin) {
  return Reader(cubin).run();
}

} // namespace dlc::tool
