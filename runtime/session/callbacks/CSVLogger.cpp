// Streams the logs of epochs to a CSV file.
#include "runtime/session/callbacks/CSVLogger.h"

#include "runtime/session/callbacks/FilePattern.h"
#include "runtime/session/callbacks/StateJson.h"

#include <algorithm>

namespace dlc::callbacks {

namespace {

/// The logs' names sorted, as columns; Keras makes val_ columns of all where
/// there are none.
std::vector<std::string> chooseKeys(const Logs &logs) {
  std::vector<std::string> keys;
  for (const auto &[name, value] : logs)
    keys.push_back(name);
  std::ranges::sort(keys);
  auto isOfValidation = [](const std::string &key) {
    return key.starts_with("val_");
  };
  if (std::ranges::any_of(keys, isOfValidation))
    return keys;
  for (size_t i = 0, count = keys.size(); i < count; ++i)
    keys.push_back("val_" + keys[i]);
  return keys;
}

/// A cell as csv's QUOTE_MINIMAL writes it.
std::string quoteCell(const std::string &cell, char separator) {
  if (cell.find_first_of(std::string("\"\r\n") + separator) ==
      std::string::npos)
    return cell;
  std::string quoted = "\"";
  for (char c : cell)
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

} // namespace

std::string CSVLogger::formatRow(const std::vector<std::string> &cells) const {
  std::string row;
  for (const std::string &cell : cells)
    row += (row.empty() ? "" : options.separator) +
           quoteCell(cell, options.separator[0]);
  return row + "\r\n"; // as Python's csv module ends rows everywhere
}

Expected<void> CSVLogger::start(AppendFile::Start start) {
  keys.clear();
  if (options.separator.size() != 1 ||
      options.separator.find_first_of("\"\r\n") != std::string::npos)
    return fail(name(), "has the separator \"" + options.separator + "\"",
                "cells are parted by one character", "give another one");
  auto opened = AppendFile::open(options.filename, start);
  if (!opened)
    return Unexpected(opened.error());
  file = *std::move(opened);
  needsHeader = file->size() == 0;
  return {};
}

Expected<void> CSVLogger::onTrainBegin(Trainer &) {
  return start(options.append ? AppendFile::Start::Keep
                              : AppendFile::Start::Empty);
}

Expected<void> CSVLogger::onEpochEnd(int64_t epoch, Logs &logs, Trainer &) {
  std::string rows;
  if (keys.empty()) {
    keys = chooseKeys(logs);
    if (needsHeader) {
      std::vector<std::string> header = {"epoch"};
      header.insert(header.end(), keys.begin(), keys.end());
      rows = formatRow(header);
    }
  }
  std::vector<std::string> cells = {std::to_string(epoch)};
  for (const std::string &key : keys) {
    const double *value = findLog(logs, key);
    cells.push_back(value ? formatLikePython(*value) : "NA");
  }
  return file->append(rows + formatRow(cells));
}

Expected<void> CSVLogger::onTrainEnd(const Logs &, Trainer &) {
  file.reset();
  return {};
}

CallbackState CSVLogger::saveState() const {
  Json json = {{"bytes", file ? file->size() : 0}, {"keys", keys}};
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Expected<void> CSVLogger::loadState(const CallbackState &state, Trainer &) {
  auto reader = StateReader::parse(state, name());
  if (!reader)
    return Unexpected(reader.error());
  int64_t bytes = 0;
  std::vector<std::string> known;
  if (auto read = reader->read("bytes", bytes); !read)
    return read;
  if (auto read = reader->read("keys", known); !read)
    return read;
  if (auto opened = start(AppendFile::Start::Keep); !opened)
    return opened;
  if (auto cut = file->shorten(std::max<int64_t>(bytes, 0)); !cut)
    return cut;
  // A file that is gone needs its header again.
  needsHeader = file->size() == 0;
  if (!needsHeader)
    keys = std::move(known);
  return {};
}

} // namespace dlc::callbacks
