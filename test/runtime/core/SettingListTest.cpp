// Lists of settings in one word, and what a misspelt name was meant to be.
#include "runtime/core/SettingList.h"

#include "runtime/core/Nearest.h"

#include <gtest/gtest.h>

namespace {

using namespace dlc;

struct Settings {
  std::string monitor = "val_loss";
  bool restore = false;
  int64_t patience = 0;
  double factor = 0.1;
  std::optional<double> baseline;
  size_t mode = 0;

  Expected<void> read(std::string_view text) {
    SettingList list("--stop");
    list.add("monitor", monitor);
    list.add("restore", restore);
    list.add("patience", patience);
    list.add("factor", factor);
    list.add("baseline", baseline);
    list.add("mode", {"auto", "min", "max"}, [&](size_t i) { mode = i; });
    return list.read(text);
  }
  std::string fails(std::string_view text) {
    auto done = read(text);
    return done ? "no error" : done.error().message();
  }
};

TEST(SettingListTest, ReadsEachKind) {
  Settings settings;
  ASSERT_TRUE(settings.read("monitor=loss, restore = True,patience=3,"
                            "factor=5e-1,baseline=-0.25,mode=max"));
  EXPECT_EQ(settings.monitor, "loss");
  EXPECT_TRUE(settings.restore);
  EXPECT_EQ(settings.patience, 3);
  EXPECT_EQ(settings.factor, 0.5);
  EXPECT_EQ(settings.baseline, -0.25);
  EXPECT_EQ(settings.mode, 2u);
  ASSERT_TRUE(settings.read("baseline=None,restore=false"));
  EXPECT_EQ(settings.baseline, std::nullopt);
  EXPECT_FALSE(settings.restore);
  EXPECT_EQ(settings.patience, 3) << "what is not given stays";
}

TEST(SettingListTest, KeepsCommasInBracketsAndQuotes) {
  Settings settings;
  ASSERT_TRUE(settings.read("monitor={a:,},patience=1"));
  EXPECT_EQ(settings.monitor, "{a:,}");
  ASSERT_TRUE(settings.read("monitor='a,b=c',patience=2"));
  EXPECT_EQ(settings.monitor, "a,b=c");
  EXPECT_EQ(settings.patience, 2);
}

TEST(SettingListTest, SaysWhatIsWrong) {
  Settings settings;
  EXPECT_EQ(settings.fails("patiense=3"),
            "--stop: has a setting \"patiense\" but its settings are monitor, "
            "restore, patience, factor, baseline, mode; did you mean "
            "\"patience\"?");
  EXPECT_EQ(settings.fails("patience=3.5"),
            "--stop: has patience=3.5 but patience is an integer; give another "
            "value");
  EXPECT_EQ(settings.fails("mode=down"),
            "--stop: has mode=down but mode is auto, min or max; give another "
            "value");
  EXPECT_EQ(settings.fails("patience"),
            "--stop: has \"patience\" but it is a list of settings, each a "
            "name and its value; write it as NAME=VALUE,NAME=VALUE");
  EXPECT_EQ(settings.fails("patience=1,patience=2"),
            "--stop: gives patience twice; give it once");
  for (const char *wrong : {"factor=nan", "factor=1e999", "restore=1",
                            "monitor=", "baseline=x", ",", "=", "patience=="})
    EXPECT_NE(settings.fails(wrong), "no error") << wrong;
}

TEST(SettingListTest, KnowsAListFromAPath) {
  EXPECT_TRUE(SettingList::isList("filepath=a.keras"));
  EXPECT_TRUE(SettingList::isList("file_path2 =a"));
  EXPECT_FALSE(SettingList::isList("a.keras"));
  EXPECT_FALSE(SettingList::isList("runs/rate=0.1/a.keras"));
  EXPECT_FALSE(SettingList::isList("=a"));
  EXPECT_FALSE(SettingList::isList("{epoch}=1.keras"));
}

TEST(NearestTest, TakesTheFewestEdits) {
  std::vector<std::string> names = {"loss", "accuracy", "val_loss"};
  EXPECT_EQ(findNearest("acuracy", names), "accuracy");
  EXPECT_EQ(findNearest("los", names), "loss");
  EXPECT_EQ(findNearest("precision", names), "");
  EXPECT_NE(findNearest("precision", names, SIZE_MAX), "");
  EXPECT_EQ(findNearest("x", {}), "");
}

} // namespace
