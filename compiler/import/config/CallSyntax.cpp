// A recursive-descent parser of one call and the literals in it.
#include "compiler/import/config/CallSyntax.h"
#include "compiler/import/config/ObjectArguments.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlc;
using namespace dlc::importer;
using llvm::StringRef;

namespace {

class CallParser {
public:
  CallParser(StringRef text, const std::string &thing, const CallForm &form)
      : text(text), rest(text), thing(thing), form(form) {}

  Expected<CallText> parse() {
    Expected<CallText> call = parseCallee();
    if (!call)
      return call;
    if (!atEnd())
      return fail("has \"" + rest.str() + "\" after its end");
    // A layer's are for who knows the layer.
    if (form.arguments)
      if (auto named = nameArguments(*call); !named)
        return dlc::Unexpected(named.error());
    return call;
  }

private:
  Unexpected<Error> fail(std::string value) const {
    return dlc::fail(thing + " \"" + text.str() + "\"", std::move(value),
                     "it is a call such as " + form.example,
                     "write it as Python would");
  }

  void skipSpace() { rest = rest.ltrim(); }
  bool atEnd() {
    skipSpace();
    return rest.empty();
  }
  bool consume(char c) {
    skipSpace();
    return rest.consume_front(StringRef(&c, 1));
  }
  /// A name with dots, or a number: all that needs no quotes.
  StringRef takeWord() {
    skipSpace();
    StringRef word = rest.take_while(
        [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
    rest = rest.drop_front(word.size());
    return word;
  }

  Expected<CallText> parseCallee();
  Expected<void> parseArguments(CallText &call);
  Expected<void> nameArguments(CallText &call);
  Expected<Json> parseValue();
  Expected<Json> parseList(char end);
  Expected<Json> parseQuoted(char quote);
  Expected<Json> parseNumber();

  StringRef text, rest;
  const std::string &thing;
  const CallForm &form;
  int depth = 0;
};

/// Deeper than any layer's arguments.
constexpr int maxDepth = 20;

} // namespace

Expected<CallText> CallParser::parseCallee() {
  CallText call;
  StringRef name = takeWord();
  call.callee = name.substr(name.rfind('.') + 1).str();
  if (call.callee.empty() || !llvm::isAlpha(call.callee.front()))
    return fail("does not begin with a name");
  if (consume('('))
    if (auto done = parseArguments(call); !done)
      return dlc::Unexpected(done.error());
  return call;
}

/// Up to and with the closing parenthesis.
Expected<void> CallParser::parseArguments(CallText &call) {
  while (!consume(')')) {
    if (atEnd())
      return fail("has no closing parenthesis");
    // A word and "=" is a key; otherwise the word begins a value.
    StringRef before = rest;
    std::string key = takeWord().str();
    bool isKeyword = !key.empty() && consume('=');
    if (!isKeyword)
      rest = before;
    Expected<Json> value = parseValue();
    if (!value)
      return dlc::Unexpected(value.error());
    if (!isKeyword && !call.keywords.empty())
      return fail("has an argument without a key after one with a key");
    if (isKeyword && call.keywords.contains(key))
      return fail("gives " + key + " twice");
    if (isKeyword)
      call.keywords[key] = std::move(*value);
    else
      call.positional.push_back(std::move(*value));
    skipSpace();
    if (!consume(',') && !rest.starts_with(")"))
      return fail(rest.empty()
                      ? "has no closing parenthesis"
                      : "has \"" + rest.str() + "\" where a comma should be");
  }
  return {};
}

/// Arguments without a key get theirs, where the form knows them.
Expected<void> CallParser::nameArguments(CallText &call) {
  std::vector<std::string> names = listObjectArguments(call.callee);
  if (names.empty() && form.arguments)
    names = form.arguments(call.callee);
  Json named = Json::object();
  for (size_t i = 0; i < call.positional.size(); ++i) {
    if (i >= names.size())
      return fail("gives " + call.callee + " an argument without a key");
    if (call.keywords.contains(names[i]))
      return fail("gives " + names[i] + " twice");
    named[names[i]] = std::move(call.positional[i]);
  }
  for (auto &[key, value] : call.keywords.items())
    named[key] = std::move(value);
  call.keywords = std::move(named);
  call.positional.clear();
  return {};
}

Expected<Json> CallParser::parseList(char end) {
  Json list = Json::array();
  while (!consume(end)) {
    Expected<Json> element = parseValue();
    if (!element)
      return element;
    list.push_back(std::move(*element));
    skipSpace();
    if (!consume(',') && !rest.starts_with(StringRef(&end, 1)))
      return fail("has a list without an end");
  }
  return list;
}

Expected<Json> CallParser::parseQuoted(char quote) {
  size_t end = rest.find(quote);
  if (end == StringRef::npos)
    return fail("has a string without an end");
  std::string value = rest.take_front(end).str();
  rest = rest.drop_front(end + 1);
  return Json(value);
}

/// With its sign, and that of an exponent.
Expected<Json> CallParser::parseNumber() {
  size_t size = 1;
  while (size < rest.size() &&
         (llvm::isAlnum(rest[size]) || rest[size] == '.' ||
          (StringRef("+-").contains(rest[size]) &&
           StringRef("eE").contains(rest[size - 1]))))
    ++size;
  StringRef number = rest.take_front(size);
  rest = rest.drop_front(size);
  int64_t integer;
  double real;
  StringRef unsignedNumber = number;
  unsignedNumber.consume_front("+");
  if (!unsignedNumber.getAsInteger(10, integer))
    return Json(integer);
  if (!unsignedNumber.getAsDouble(real))
    return Json(real);
  return fail("has \"" + number.str() + "\", which is no number");
}

Expected<Json> CallParser::parseValue() {
  if (++depth > maxDepth)
    return fail("nests more than 20 deep");
  struct Leave {
    int &depth;
    ~Leave() { --depth; }
  } leave{depth};
  for (char quote : {'"', '\''})
    if (consume(quote))
      return parseQuoted(quote);
  if (consume('('))
    return parseList(')');
  if (consume('['))
    return parseList(']');
  skipSpace();
  if (rest.empty())
    return fail("ends where a value should be");
  if (llvm::isDigit(rest.front()) || StringRef("+-.").contains(rest.front()))
    return parseNumber();
  StringRef before = rest;
  StringRef word = takeWord();
  if (word.empty())
    return fail("has \"" + rest.str() + "\" where a value should be");
  if (!rest.ltrim().starts_with("("))
    return llvm::StringSwitch<Json>(word)
        .Cases({"True", "true"}, true)
        .Cases({"False", "false"}, false)
        .Cases({"None", "null"}, nullptr)
        .Default(word.substr(word.rfind('.') + 1).str());
  rest = before;
  Expected<CallText> call = parseCallee();
  if (!call)
    return dlc::Unexpected(call.error());
  if (auto named = nameArguments(*call); !named)
    return dlc::Unexpected(named.error());
  return Json{{"class_name", call->callee}, {"config", call->keywords}};
}

Expected<CallText> importer::parseCall(const std::string &text,
                                       const std::string &thing,
                                       const CallForm &form) {
  return CallParser(text, thing, form).parse();
}
