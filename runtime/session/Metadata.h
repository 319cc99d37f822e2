// What a model keeps of the data that it was trained on, in metadata.json of
// its .keras file under "dlc". Keras, when it loads a file, does not look
// there.
#pragma once

#include <string>
#include <vector>

namespace dlc::session {

/// The names of the model's classes; none where `metadata` has none, or what is
/// there is no list of texts.
std::vector<std::string> readClassNames(const std::string &metadata);

/// How its pictures were read, as a JSON object: Dataset::pictureFormat. Empty
/// where it has none.
std::string readPictureFormat(const std::string &metadata);

/// `metadata` with these, and the date of now; its keras_version stays.
std::string updateMetadata(const std::string &metadata,
                           const std::vector<std::string> &classNames,
                           const std::string &pictureFormat);

} // namespace dlc::session
