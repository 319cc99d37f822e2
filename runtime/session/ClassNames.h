// The names of a model's classes, in metadata.json of its .keras file.
#pragma once

#include <string>
#include <vector>

namespace dlc::session {

/// The names that `metadata` holds, under "dlc"; none where it has none, or
/// what is there is no list of texts. Keras, when it loads a file, does not
/// look at metadata.json.
std::vector<std::string> readClassNames(const std::string &metadata);

} // namespace dlc::session
