// Which pictures of a folder or a zip are taken, in which order and class.
#include "runtime/data/images/Listing.h"
#include "runtime/data/images/ClassFolders.h"
#include "test/runtime/data/images/Pictures.h"

namespace dlc::data {
namespace {

using Names = std::vector<std::string>;

class Listing : public test::PicturesTest {
protected:
  std::shared_ptr<const ImageFiles> open(const std::string &path) const {
    auto files = ImageFiles::open(path);
    EXPECT_TRUE(files) << files.error().message();
    return files ? *files : nullptr;
  }
  std::string mistake(const std::string &path) const {
    auto files = ImageFiles::open(path);
    if (files) {
      auto classes = findClasses(**files);
      return classes ? "" : classes.error().message();
    }
    return files.error().message();
  }
  /// "cat: 0 1" for each class.
  Names classes(const std::string &path) const {
    auto found = findClasses(*open(path));
    EXPECT_TRUE(found) << found.error().message();
    Names lines;
    for (const ImageClass &one : *found) {
      lines.push_back(one.name + ":");
      for (uint32_t file : one.files)
        lines.back() += " " + std::to_string(file);
    }
    return lines;
  }
};

TEST_F(Listing, SortsByFolderThenName) {
  // A blank is before a slash, and capitals before small letters.
  for (const char *name :
       {"b/2.bmp", "b/10.BMP", "b/deep/1.bmp", "b/Z.bmp", "b c/1.bmp",
        "a/photo.jpeg", "a/anim.gif", "b/deep/er/0.png"})
    writePicture(name);
  Names wanted = {"a/anim.gif",   "a/photo.jpeg",   "b/10.BMP",
                  "b/2.bmp",      "b/Z.bmp",        "b c/1.bmp",
                  "b/deep/1.bmp", "b/deep/er/0.png"};
  EXPECT_EQ(open(folder)->names(), wanted);
  EXPECT_EQ(
      open(zip({"b/2.bmp", "b/10.BMP", "b/deep/1.bmp", "b/Z.bmp", "b c/1.bmp",
                "a/photo.jpeg", "a/anim.gif", "b/deep/er/0.png"}))
          ->names(),
      wanted);
  EXPECT_EQ(classes(folder), (Names{"a: 0 1", "b: 2 3 4 6 7", "b c: 5"}));
}

TEST_F(Listing, LeavesOutWhatNoDataSetMeans) {
  Names names = {"a/1.bmp",          "a/.2.bmp",   "a/Thumbs.db",
                 "__MACOSX/a/1.bmp", ".git/3.bmp", "a/notes.txt",
                 "a/__MACOSX/4.bmp"};
  for (const std::string &name : names)
    writePicture(name);
  EXPECT_EQ(open(folder)->names(), (Names{"a/1.bmp"}));
  EXPECT_EQ(open(zip(names))->names(), (Names{"a/1.bmp"}));
  EXPECT_EQ(classes(folder), (Names{"a: 0"}));
}

TEST_F(Listing, SkipsOneFolderAroundTheClasses) {
  Names names = {"set/b/1.bmp", "set/a/1.bmp", "set/readme.txt",
                 "__MACOSX/set/a/1.bmp"};
  for (const std::string &name : names)
    writePicture(name);
  Names wanted = {"a: 0", "b: 1"};
  EXPECT_EQ(classes(folder), wanted);
  EXPECT_EQ(classes(zip(names)), wanted);
  // A single class is no such folder.
  EXPECT_EQ(classes(at("set/a/../../set")), wanted);
  EXPECT_EQ(classes(zip({"cat/1.bmp", "cat/2.bmp"})), (Names{"cat: 0 1"}));
}

TEST_F(Listing, CountsAnEmptyFolderAsAClass) {
  writePicture("b/1.bmp");
  std::filesystem::create_directory(folder / "a");
  EXPECT_EQ(classes(folder), (Names{"a:", "b: 0"}));
  EXPECT_EQ(classes(zip({"a/", "b/1.bmp"})), (Names{"a:", "b: 0"}));
}

TEST_F(Listing, FollowsLinksToFilesInsideOnly) {
  writePicture("set/a/1.bmp");
  writePicture("secret.bmp");
  namespace fs = std::filesystem;
  fs::create_symlink("../../secret.bmp", folder / "set/a/out.bmp");
  fs::create_symlink("../../notes.txt", folder / "set/a/notes.txt");
  fs::create_symlink("1.bmp", folder / "set/a/in.bmp");
  fs::create_symlink("nowhere.bmp", folder / "set/a/broken.bmp");
  fs::create_directory_symlink("..", folder / "set/a/loop");
  fs::create_directory_symlink(folder, folder / "set/b");
  auto files = open(at("set"));
  EXPECT_EQ(files->names(), (Names{"a/1.bmp", "a/in.bmp"}));
  EXPECT_EQ(files->skippedLinks().count, 4);
  EXPECT_EQ(files->skippedLinks().describe(),
            "4 links that do not lead to files in it are left out, the first "
            "\"b\"");
  EXPECT_TRUE(files->read(1));
}

TEST_F(Listing, RefusesNamesThatLeadOutOfAZip) {
  for (const char *name :
       {"../1.bmp", "/etc/1.bmp", "a/../../1.bmp", "C:\\1.bmp", "\\1.bmp",
        "a\\..\\..\\1.bmp", "..", "../notes.txt"}) {
    std::string told = mistake(zip({"a/0.bmp", name}));
    EXPECT_EQ(told, at("set.zip") + ": holds a member named \"" + name +
                        "\" but no name may lead out of the archive; pack the "
                        "folder of pictures again");
  }
  // Those are harmless.
  EXPECT_EQ(open(zip({"./a//1.bmp", "b\\2.bmp", "c/..bmp.bmp"}))->names(),
            (Names{"a/1.bmp", "b/2.bmp"}));
}

TEST_F(Listing, SaysWhatIsWrong) {
  writePicture("set/1.bmp");
  std::filesystem::create_directory(folder / "none");
  EXPECT_EQ(mistake(at("missing")),
            at("missing") + ": does not exist; check the path");
  EXPECT_EQ(mistake(at("none")),
            at("none") + ": holds no pictures but pictures are .jpg, .png, "
                         ".bmp or .gif files; check the path");
  EXPECT_EQ(mistake(at("set")),
            at("set") + ": holds pictures but no folders but the folder that a "
                        "picture is in tells its class; make a folder for each "
                        "class");
  write("broken.zip", test::bytesOf("PK\x03\x04 and nothing"));
  EXPECT_EQ(mistake(at("broken.zip")),
            at("broken.zip") + ": is not a zip archive but pictures come as a "
                               "folder or a zip of one; pack the folder of "
                               "pictures again");
}

TEST_F(Listing, CutsTheFirstOfEachClassForValidation) {
  std::vector<ImageClass> set = {{"a", {0, 1, 2, 3, 4, 5, 6}},
                                 {"b", {7, 8, 9}}};
  auto split = splitClasses(set, 0.3, "set");
  ASSERT_TRUE(split);
  using Files = std::vector<uint32_t>;
  EXPECT_EQ(split->validation.files, (Files{0, 1}));
  EXPECT_EQ(split->training.files, (Files{2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(split->training.labels,
            (std::vector<int32_t>{0, 0, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(splitClasses(set, 0, "set")->training.files.size(), 10u);
  EXPECT_FALSE(splitClasses(set, 1, "set"));
  EXPECT_FALSE(splitClasses(set, -0.1, "set"));
  EXPECT_EQ(splitClasses(set, 0.1, "set").error().message(),
            "validation split: is 0.1 but that leaves no picture of any class "
            "for validation; use a larger fraction or more pictures");
}

TEST_F(Listing, TellsUtf8) {
  for (const char *name : {"", "cat", "caf\xc3\xa9", "\xe7\x8c\xab",
                           "\xf0\x9f\x90\x88", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(isUtf8(name)) << name;
  for (const char *name : {"caf\xe9", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "a\x80"})
    EXPECT_FALSE(isUtf8(name)) << escapeName(name);
}

TEST_F(Listing, RefusesClassesThatAreNoText) {
  writePicture("caf\xe9/1.bmp");
  EXPECT_EQ(mistake(folder),
            folder.string() +
                ": has a class folder named \"caf\\xe9\" but names of "
                "classes are kept with the model, as UTF-8; rename the "
                "folder");
}

TEST_F(Listing, TakesNamesOfOldArchives) {
  // Code page 437, which is what names without a mark are.
  std::string path = at("old.zip");
  zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  std::vector<std::byte> picture = test::makeSmallBmp(1);
  zip_source_t *source =
      zip_source_buffer(archive, picture.data(), picture.size(), 0);
  ASSERT_GE(zip_file_add(archive, "caf\x82/1.bmp", source, ZIP_FL_ENC_CP437),
            0);
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_EQ(classes(path), (Names{"caf\xc3\xa9: 0"}));
}

TEST_F(Listing, TellsOfAnArchiveInAnArchive) {
  std::string path = zip({"sets/train.zip", "test.zip"});
  EXPECT_EQ(mistake(path),
            path + ": holds no pictures but it holds another archive, "
                   "\"sets/train.zip\"; unpack it, and give what is in it");
  EXPECT_EQ(mistake(zip({"a/1.bmp", "test.zip"})), "");
}

TEST_F(Listing, TellsThatAnArchiveIsEncrypted) {
  std::string path = zip({"a/1.bmp"});
  zip_t *archive = zip_open(path.c_str(), 0, nullptr);
  ASSERT_EQ(zip_file_set_encryption(archive, 0, ZIP_EM_AES_256, "secret"), 0);
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_EQ(mistake(path),
            path + "/a/1.bmp: is encrypted but archives are read without a "
                   "password; unpack the archive, and pack it again without a "
                   "password");
}

} // namespace
} // namespace dlc::data
