// Pooling, and what moves elements.
#include "test/compiler/emit/cuda/routines/cases/Config.h"

namespace dlc::test {

static std::string pool(const Shape &window, const Shape &strides,
                        const Shape &padding) {
  return fmt::format("window = {}, strides = {}, padding = {}", toText(window),
                     toText(strides), pads(padding));
}

std::vector<Case> listPools() {
  struct PoolCase {
    std::string name;
    Shape x, window, strides, padding, y;
  };
  const PoolCase pools[] = {
      {"two", {-1, 8, 6, 8}, {2, 2}, {2, 2}, {0, 0, 0, 0}, {-1, 4, 3, 8}},
      {"odd", {-1, 7, 5, 3}, {2, 2}, {2, 2}, {0, 0, 0, 0}, {-1, 3, 2, 3}},
      {"same", {-1, 7, 8, 4}, {3, 3}, {2, 2}, {1, 1, 0, 1}, {-1, 4, 4, 4}},
      {"dense", {-1, 5, 6, 5}, {3, 2}, {1, 1}, {1, 1, 0, 1}, {-1, 5, 6, 5}},
      {"gaps", {-1, 9, 7, 2}, {2, 1}, {3, 2}, {0, 0, 0, 0}, {-1, 3, 4, 2}},
      {"whole", {-1, 4, 5, 12}, {4, 5}, {1, 1}, {0, 0, 0, 0}, {-1, 1, 1, 12}},
      {"pixel", {-1, 1, 1, 6}, {2, 2}, {1, 1}, {1, 0, 0, 1}, {-1, 1, 1, 6}},
  };
  std::vector<Case> cases;
  for (const PoolCase &it : pools) {
    std::string config = pool(it.window, it.strides, it.padding);
    auto add = [&](const char *routine, std::vector<Shape> operands,
                   const Shape &result) {
      Case added{fmt::format("{}_{}", routine, it.name), routine, config,
                 std::move(operands), result};
      added.ties = true;
      cases.push_back(added);
    };
    add("max_pool2d", {it.x}, it.y);
    add("max_pool2d_grad", {it.x, it.y}, it.x);
    add("max_pool2d_pick", {it.x, it.x}, it.y);
    add("avg_pool2d", {it.x}, it.y);
    add("avg_pool2d_grad", {it.y}, it.x);
  }
  return cases;
}

std::vector<Case> listMovements() {
  auto padding = [](const Shape &low, const Shape &high, const Shape &interior,
                    const char *value) {
    return fmt::format("low = {}, high = {}, interior = {}, value = {} : f32",
                       toText(low), toText(high), toText(interior), value);
  };
  std::vector<Case> cases{
      {"pad_images",
       "pad",
       padding({0, 1, 2, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, "0.0"),
       {{-1, 5, 4, 8}},
       {-1, 7, 6, 8}},
      {"pad_last",
       "pad",
       padding({0, 0, 2}, {0, 0, 1}, {0, 0, 0}, "-1.5"),
       {{-1, 3, 5}},
       {-1, 3, 8}},
      {"pad_between",
       "pad",
       padding({0, 0, 1, 0}, {0, 2, 0, 0}, {0, 1, 2, 0}, "0.0"),
       {{-1, 3, 4, 3}},
       {-1, 7, 11, 3}},
      {"pad_infinite",
       "pad",
       padding({0, 1}, {0, 1}, {0, 1}, "0xFF800000"),
       {{-1, 6}},
       {-1, 13}},
      {"pad_nothing",
       "pad",
       padding({0, 0}, {0, 0}, {0, 0}, "0.0"),
       {{-1, 6}},
       {-1, 6}},
      {"pad_weights",
       "pad",
       padding({1, 0}, {2, 0}, {1, 0}, "2.0"),
       {{3, 8}},
       {8, 8}},
      {"pad_scalar", "pad", padding({}, {}, {}, "2.0"), {{}}, {}},
      {"pad_flags",
       "pad",
       padding({0, 1}, {0, 2}, {0, 0}, "1.0"),
       {{-1, 4}},
       {-1, 7}},
      {"pad_numbers",
       "pad",
       padding({0, 1}, {0, 3}, {0, 0}, "-7.0"),
       {{-1, 4}},
       {-1, 8}},
      {"concat_channels",
       "concat",
       "dim = 3 : i64",
       {{-1, 3, 2, 8}, {-1, 3, 2, 4}, {-1, 3, 2, 12}},
       {-1, 3, 2, 24}},
      {"concat_odd",
       "concat",
       "dim = 1 : i64",
       {{-1, 3, 5}, {-1, 1, 5}},
       {-1, 4, 5}},
      {"concat_rows", "concat", "dim = 0 : i64", {{3, 5}, {1, 5}}, {4, 5}},
      {"concat_one", "concat", "dim = 1 : i64", {{-1, 3}}, {-1, 3}},
      {"concat_numbers",
       "concat",
       "dim = 1 : i64",
       {{-1, 4}, {-1, 8}},
       {-1, 12}},
      {"concat_flags", "concat", "dim = 1 : i64", {{-1, 4}, {-1, 8}}, {-1, 12}},
      {"gather_rows", "gather", "", {{10, 8}, {-1, 3}}, {-1, 3, 8}},
      {"gather_odd", "gather", "", {{7, 3, 3}, {-1}}, {-1, 3, 3}},
      {"gather_elements", "gather", "", {{7}, {-1, 4}}, {-1, 4}},
      {"scatter_rows", "scatter_add", "", {{-1, 30, 8}, {-1, 30}}, {10, 8}, 40},
      {"scatter_wide", "scatter_add", "", {{-1, 300}, {-1}}, {11, 300}, 40},
      {"scatter_odd", "scatter_add", "", {{-1, 7, 3, 3}, {-1, 7}}, {600, 3, 3}},
      {"scatter_elements", "scatter_add", "", {{-1, 200}, {-1, 200}}, {9}},
  };
  Case many{"concat_many", "concat", "dim = 1 : i64", {}, {-1, 140}};
  many.operands.assign(70, {-1, 2});
  cases.push_back(many);
  for (Case &it : cases) {
    if (it.name.ends_with("_flags")) {
      it.types.assign(it.operands.size(), "i1");
      it.resultType = "i1";
    } else if (it.name.ends_with("_numbers")) {
      it.types.assign(it.operands.size(), "i32");
      it.resultType = "i32";
    } else if (it.routine == "gather" || it.routine == "scatter_add") {
      it.types = {"f32", "i32"};
    }
  }
  return cases;
}

} // namespace dlc::test
