// One pass over the text; comments and blanks fall away.
#include "tools/ptx-sim/engine/ptx/Lexer.h"

#include <string>

using namespace ptxsim;
using namespace ptxsim::ptx;

static bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '%' || c == '.';
}

namespace {
class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) {}

  Expected<std::vector<Token>> run() {
    while (skipBlanks()) {
      if (Expected<void> read = readToken(); !read)
        return dlc::Unexpected(read.error());
    }
    if (openComment)
      return fail(Status::InvalidPtx,
                  "line " + std::to_string(openComment) +
                      ": comment has no end; close it with */");
    tokens.push_back({Token::End, line, {}});
    return std::move(tokens);
  }

private:
  char at(size_t ahead) const {
    return position + ahead < text.size() ? text[position + ahead] : '\0';
  }

  /// False at the end of the text.
  bool skipBlanks() {
    while (position < text.size()) {
      char c = at(0);
      if (c == '\n')
        ++line;
      if (c == '/' && at(1) == '/') {
        while (position < text.size() && at(0) != '\n')
          ++position;
      } else if (c == '/' && at(1) == '*') {
        if (!skipComment())
          return false;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++position;
      } else {
        return true;
      }
    }
    return false;
  }

  bool skipComment() {
    unsigned begin = line;
    size_t end = text.find("*/", position + 2);
    for (size_t i = position; i < std::min(end, text.size()); ++i)
      line += text[i] == '\n';
    if (end == std::string_view::npos) {
      openComment = begin;
      position = text.size();
      return false;
    }
    position = end + 2;
    return true;
  }

  Expected<void> readToken() {
    size_t begin = position;
    Token::Kind kind = Token::Sign;
    if (isWordCharacter(at(0))) {
      kind = Token::Word;
      // Qualifiers as in .L2::128B hold two colons; one ends a label.
      while (isWordCharacter(at(0)) || (at(0) == ':' && at(1) == ':'))
        position += at(0) == ':' ? 2 : 1;
    } else if (at(0) == '"') {
      size_t end = text.find_first_of("\"\n", position + 1);
      if (end == std::string_view::npos || text[end] == '\n')
        return fail(Status::InvalidPtx, "line " + std::to_string(line) +
                                            ": string has no closing quote");
      kind = Token::String;
      position = end + 1;
    } else if (std::string_view("{}()[]<>,;:|@!+-=*").find(at(0)) !=
               std::string_view::npos) {
      ++position;
    } else {
      return fail(Status::InvalidPtx, "line " + std::to_string(line) +
                                          ": character '" + at(0) +
                                          "' has no meaning in PTX");
    }
    tokens.push_back({kind, line, text.substr(begin, position - begin)});
    return {};
  }

  std::string_view text;
  size_t position = 0;
  unsigned line = 1;
  unsigned openComment = 0; // The line of a comment without an end.
  std::vector<Token> tokens;
};
} // namespace

Expected<std::vector<Token>> ptxsim::ptx::lex(std::string_view text) {
  return Lexer(text).run();
}
