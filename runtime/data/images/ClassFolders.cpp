// Which pictures belong to which class: one sub-folder a class.
#include "runtime/data/images/ClassFolders.h"
#include "runtime/data/images/Listing.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::data {

namespace {

/// The folders right below `root`, by their own names.
std::vector<std::string> subfoldersOf(const ImageFiles &files,
                                      const std::string &root) {
  std::vector<std::string> found;
  for (const std::string &folder : files.folders())
    if (folderOf(folder) == root)
      found.push_back(folder.substr(root.empty() ? 0 : root.size() + 1));
  std::ranges::sort(found);
  return found;
}

bool hasPicturesIn(const ImageFiles &files, std::string_view folder) {
  return std::ranges::any_of(files.names(), [&](const std::string &name) {
    return folderOf(name) == folder;
  });
}

/// Where the class folders are: below the only folder, if that has some and no
/// pictures stand beside it or in it.
std::string findRoot(const ImageFiles &files) {
  std::vector<std::string> top = subfoldersOf(files, "");
  if (top.size() != 1 || hasPicturesIn(files, "") ||
      hasPicturesIn(files, top[0]) || subfoldersOf(files, top[0]).empty())
    return "";
  return top[0];
}

} // namespace

Expected<std::vector<ImageClass>> findClasses(const ImageFiles &files) {
  if (files.names().empty())
    return fail(files.root(), "holds no pictures",
                "pictures are .jpg, .png, .bmp or .gif files",
                "check the path");
  std::string root = findRoot(files);
  std::vector<ImageClass> classes;
  for (const std::string &name : subfoldersOf(files, root))
    classes.push_back({name, {}});
  if (classes.empty())
    return fail(files.root(), "holds pictures but no folders",
                "the folder that a picture is in tells its class",
                "make a folder for each class");
  for (const ImageClass &one : classes)
    if (!isUtf8(one.name))
      return fail(
          files.root(),
          fmt::format("has a class folder named \"{}\"", escapeName(one.name)),
          "names of classes are kept with the model, as UTF-8",
          "rename the folder");
  size_t before = root.empty() ? 0 : root.size() + 1;
  for (size_t i = 0; i < files.names().size(); ++i) {
    std::string_view name = files.names()[i];
    size_t slash = name.find('/', before);
    if (slash == std::string_view::npos)
      continue; // beside the class folders: Keras takes no notice of it
    std::string_view folder = name.substr(before, slash - before);
    auto found =
        std::ranges::lower_bound(classes, folder, {}, &ImageClass::name);
    found->files.push_back(uint32_t(i));
  }
  return classes;
}

Expected<ImageSplit> splitClasses(const std::vector<ImageClass> &classes,
                                  double fraction, const std::string &thing) {
  if (!(fraction >= 0 && fraction < 1))
    return fail("validation split", fmt::format("is {}", fraction),
                "it must be at least 0 and less than 1",
                "give a fraction such as 0.1");
  ImageSplit split;
  for (size_t label = 0; label < classes.size(); ++label) {
    const std::vector<uint32_t> &files = classes[label].files;
    auto cut = size_t(fraction * double(files.size()));
    for (size_t i = 0; i < files.size(); ++i) {
      LabelledFiles &part = i < cut ? split.validation : split.training;
      part.files.push_back(files[i]);
      part.labels.push_back(int32_t(label));
    }
  }
  if (split.training.files.empty())
    return fail(thing, "has no pictures in its class folders",
                "there must be at least one that is not left out",
                "check the path and the pictures");
  if (fraction > 0 && split.validation.files.empty())
    return fail("validation split", fmt::format("is {}", fraction),
                "that leaves no picture of any class for validation",
                "use a larger fraction or more pictures");
  return split;
}

} // namespace dlc::data
