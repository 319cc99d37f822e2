// Two spaces a brace; lines are broken after a comma where they grow too long.
#include "compiler/emit/cuda/kernels/CodeText.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace dlc::emit::cuda;

static constexpr size_t longestLine = 100;

void CodeText::line(const Twine &twine) {
  std::string whole = twine.str();
  StringRef rest = whole;
  size_t indent = 2 * depth;
  while (indent + rest.size() > longestLine) {
    size_t at = rest.substr(0, longestLine - indent).rfind(", ");
    if (at == StringRef::npos)
      break;
    text.append(indent, ' ').append(rest.substr(0, at + 1)) += '\n';
    rest = rest.substr(at + 2);
    indent = 2 * depth + 4;
  }
  text.append(indent, ' ').append(rest) += '\n';
}

void CodeText::comment(StringRef spoken) {
  // Layers may have any name. A comment ends with its line, and a line that
  // ends with a backslash does not end there.
  std::string plain = spoken.str();
  for (char &c : plain)
    c = llvm::isPrint(c) || !llvm::isASCII(c) ? (c == '\\' ? '/' : c) : ' ';
  StringRef words = StringRef(plain).ltrim();
  size_t space = longestLine - 2 * depth - 3;
  while (!words.empty()) {
    size_t at = words.size() <= space ? words.size() : words.rfind(' ', space);
    if (at == StringRef::npos)
      at = words.size();
    text.append(2 * depth, ' ').append("// ").append(words.take_front(at)) +=
        '\n';
    words = words.drop_front(at).ltrim();
  }
}

void CodeText::directive(const Twine &twine) { text += twine.str() + '\n'; }

void CodeText::open(const Twine &head) {
  line(head.isTriviallyEmpty() ? head + "{" : head + " {");
  ++depth;
}

void CodeText::close() {
  --depth;
  line("}");
}
