// ImageDataGenerator's arguments as text or JSON.
#include "runtime/core/Nearest.h"
#include "runtime/image/FillModes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

namespace dlc::image {

namespace {

using Json = nlohmann::json;
using Result = Expected<void>;

/// Degrees, pixels, grey levels and factors beyond it mean nothing, and would
/// overflow where coordinates are computed.
constexpr double largest = 1e6;

std::string_view trim(std::string_view text) {
  constexpr const char *spaces = " \t\r\n";
  size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

template <typename Number>
std::optional<Number> parseNumber(std::string_view text) {
  Number number;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

/// One value as it stands in a Python call; `1./255` is a quotient. What is
/// nothing else is a string.
Json readScalar(std::string_view text) {
  text = trim(text);
  if (text == "True" || text == "true")
    return true;
  if (text == "False" || text == "false")
    return false;
  if (text == "None" || text == "null")
    return nullptr;
  if (auto whole = parseNumber<int64_t>(text))
    return *whole;
  if (auto number = parseNumber<double>(text))
    return *number;
  if (size_t slash = text.find('/'); slash != std::string_view::npos) {
    auto above = parseNumber<double>(trim(text.substr(0, slash)));
    auto below = parseNumber<double>(trim(text.substr(slash + 1)));
    if (above && below && *below != 0)
      return *above / *below;
  }
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

/// The parts between commas that are not within brackets.
std::vector<std::string_view> splitAtCommas(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : ',';
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (i < text.size() && (c != ',' || depth > 0))
      continue;
    auto part = trim(text.substr(begin, i - begin));
    if (!part.empty())
      parts.push_back(part);
    begin = i + 1;
  }
  return parts;
}

Json readValue(std::string_view text) {
  const bool list =
      text.size() >= 2 && ((text.front() == '[' && text.back() == ']') ||
                           (text.front() == '(' && text.back() == ')'));
  if (!list)
    return readScalar(text);
  Json values = Json::array();
  for (auto part : splitAtCommas(text.substr(1, text.size() - 2)))
    values.push_back(readScalar(part));
  return values;
}

/// An argument and its value, for what reads them.
struct Argument {
  const std::string &name;
  const Json &value;

  Unexpected<Error> refuse(std::string limit, std::string remedy = "") const {
    // Not what JSON refuses to write: bytes that are no UTF-8.
    std::string text =
        value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > 60)
      text = text.substr(0, 57) + "...";
    return fail(fmt::format("augmentation \"{}\"", name), "is " + text,
                std::move(limit), std::move(remedy));
  }
};

std::optional<double> numberIn(const Json &value) {
  if (!value.is_number())
    return std::nullopt;
  auto number = value.get<double>();
  if (!(std::abs(number) <= largest))
    return std::nullopt;
  return number;
}

/// All elements of a list; nothing if it is no list or holds anything else.
std::optional<std::vector<double>> numbersIn(const Json &value) {
  if (!value.is_array())
    return std::nullopt;
  std::vector<double> numbers;
  for (const Json &element : value) {
    auto number = numberIn(element);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

const std::string aNumber =
    fmt::format("it is a number from -{0:.0f} to {0:.0f}", largest);

Result setNumber(const Argument &argument, double &to) {
  auto number = numberIn(argument.value);
  if (!number)
    return argument.refuse(aNumber);
  to = *number;
  return {};
}

Result setFlag(const Argument &argument, bool &to) {
  if (!argument.value.is_boolean())
    return argument.refuse("it is true or false");
  to = argument.value.get<bool>();
  return {};
}

Result setPair(const Argument &argument, std::array<double, 2> &to,
               const char *limit) {
  auto numbers = numbersIn(argument.value);
  if (!numbers || numbers->size() != 2)
    return argument.refuse(limit);
  to = {(*numbers)[0], (*numbers)[1]};
  return {};
}

Result setShift(const Argument &argument, ShiftRange &to) {
  if (auto list = numbersIn(argument.value)) {
    to = {list->empty() ? ShiftRange::Kind::None : ShiftRange::Kind::Choice,
          *list};
    return {};
  }
  auto number = numberIn(argument.value);
  if (!number)
    return argument.refuse("it is a fraction, a whole number of pixels or a "
                           "list of either");
  // Keras draws from a negative whole number as from a fraction.
  const bool whole = argument.value.is_number_integer() && *number > 0;
  to = {*number == 0 ? ShiftRange::Kind::None
        : whole      ? ShiftRange::Kind::Whole
                     : ShiftRange::Kind::Uniform,
        {*number}};
  return {};
}

Result setZoom(const Argument &argument, std::array<double, 2> &to) {
  if (auto number = numberIn(argument.value)) {
    to = {1 - *number, 1 + *number};
    return {};
  }
  return setPair(argument, to, "it is a number or a list of two");
}

Result setFillMode(const Argument &argument, FillMode &to) {
  std::string given = argument.value.is_string()
                          ? argument.value.get<std::string>()
                          : std::string();
  std::vector<std::string_view> names;
  for (const auto &[name, mode] : fillModes) {
    if (name == given) {
      to = mode;
      return {};
    }
    names.push_back(name);
  }
  return argument.refuse("it may be nearest, constant, reflect or wrap",
                         fmt::format("say \"{}\"", nearestName(given, names)));
}

Result setOrder(const Argument &argument, int &to) {
  if (argument.value == 0 || argument.value == 1) {
    to = argument.value.get<int>();
    return {};
  }
  return argument.refuse("it may be 0, the nearest pixel, or 1, bilinear",
                         "say 1");
}

/// An argument that has to be as if it had not been given.
Result expectUnused(const Argument &argument,
                    std::initializer_list<Json> unused, const char *limit,
                    const char *remedy) {
  if (std::ranges::find(unused, argument.value) != unused.end())
    return {};
  return argument.refuse(limit, remedy);
}

using Setter = Result (*)(const Argument &, Augmentation &);

constexpr const char *fitLimit = "it needs what ImageDataGenerator.fit finds "
                                 "in the data, which dlc does not";
constexpr const char *fitRemedy =
    "use samplewise_center or a Normalization layer";

/// By ImageDataGenerator's names, in its order.
constexpr std::pair<std::string_view, Setter> setters[] = {
    {"featurewise_center",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {false}, fitLimit, fitRemedy);
     }},
    {"samplewise_center",
     [](const Argument &a, Augmentation &to) {
       return setFlag(a, to.samplewiseCenter);
     }},
    {"featurewise_std_normalization",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {false}, fitLimit, fitRemedy);
     }},
    {"samplewise_std_normalization",
     [](const Argument &a, Augmentation &to) {
       return setFlag(a, to.samplewiseStdNormalization);
     }},
    {"zca_whitening",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {false}, fitLimit, fitRemedy);
     }},
    {"zca_epsilon",
     [](const Argument &a, Augmentation &) {
       double unused;
       return setNumber(a, unused);
     }},
    {"rotation_range",
     [](const Argument &a, Augmentation &to) {
       return setNumber(a, to.rotationRange);
     }},
    {"width_shift_range",
     [](const Argument &a, Augmentation &to) {
       return setShift(a, to.widthShiftRange);
     }},
    {"height_shift_range",
     [](const Argument &a, Augmentation &to) {
       return setShift(a, to.heightShiftRange);
     }},
    {"brightness_range",
     [](const Argument &a, Augmentation &to) -> Result {
       to.brightnessRange.reset();
       if (a.value.is_null())
         return {};
       return setPair(a, to.brightnessRange.emplace(),
                      "it is a list of two factors");
     }},
    {"shear_range",
     [](const Argument &a, Augmentation &to) {
       return setNumber(a, to.shearRange);
     }},
    {"zoom_range", [](const Argument &a,
                      Augmentation &to) { return setZoom(a, to.zoomRange); }},
    {"channel_shift_range",
     [](const Argument &a, Augmentation &to) {
       return setNumber(a, to.channelShiftRange);
     }},
    {"fill_mode", [](const Argument &a,
                     Augmentation &to) { return setFillMode(a, to.fillMode); }},
    {"cval",
     [](const Argument &a, Augmentation &to) { return setNumber(a, to.cval); }},
    {"horizontal_flip",
     [](const Argument &a, Augmentation &to) {
       return setFlag(a, to.horizontalFlip);
     }},
    {"vertical_flip",
     [](const Argument &a, Augmentation &to) {
       return setFlag(a, to.verticalFlip);
     }},
    {"rescale",
     [](const Argument &a, Augmentation &to) -> Result {
       to.rescale = 0;
       return a.value.is_null() ? Result() : setNumber(a, to.rescale);
     }},
    {"preprocessing_function",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {nullptr}, "dlc runs no Python",
                           "put it into the model as a layer");
     }},
    {"data_format",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {nullptr, "channels_last"},
                           "images have their channels last",
                           "say channels_last");
     }},
    {"validation_split",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {nullptr, 0, 0.0},
                           "how data are split is not said here",
                           "use the option for it");
     }},
    {"interpolation_order",
     [](const Argument &a, Augmentation &to) {
       return setOrder(a, to.interpolationOrder);
     }},
    {"dtype",
     [](const Argument &a, Augmentation &) {
       return expectUnused(a, {nullptr, "float32"},
                           "images become 32-bit floats", "say float32");
     }},
};

Result setArgument(const std::string &name, const Json &value,
                   Augmentation &augmentation) {
  std::vector<std::string_view> names;
  for (const auto &[known, set] : setters) {
    if (known == name)
      return set({name, value}, augmentation);
    names.push_back(known);
  }
  return fail("augmentation", fmt::format("has an argument \"{}\"", name),
              "ImageDataGenerator has none of this name",
              fmt::format("say \"{}\"", nearestName(name, names)));
}

/// `name=value,name=[value,value]` as an object.
Expected<Json> readArguments(const std::string &text) {
  Json object = Json::object();
  for (auto part : splitAtCommas(text)) {
    size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      return fail("augmentation", fmt::format("has \"{}\"", part),
                  "each argument has a name and a value",
                  "write it as rotation_range=20");
    std::string name(trim(part.substr(0, equals)));
    if (object.contains(name))
      return fail("augmentation", fmt::format("has \"{}\" twice", name),
                  "an argument has one value", "remove one of them");
    object[name] = readValue(trim(part.substr(equals + 1)));
  }
  return object;
}

} // namespace

Expected<Augmentation> parseAugmentation(const std::string &text) {
  Json object;
  if (trim(text).starts_with('{')) {
    object = Json::parse(text, nullptr, false);
    if (!object.is_object())
      return fail("augmentation", "starts with { but is no JSON object",
                  "it is one, or name=value,name=value", "check its brackets");
  } else {
    auto read = readArguments(text);
    if (!read)
      return Unexpected(read.error());
    object = std::move(*read);
  }
  Augmentation augmentation;
  for (const auto &[name, value] : object.items())
    if (auto set = setArgument(name, value, augmentation); !set)
      return Unexpected(set.error());
  // As in Keras, the deviation is from the mean, which is then 0.
  if (augmentation.samplewiseStdNormalization)
    augmentation.samplewiseCenter = true;
  return augmentation;
}

} // namespace dlc::image
