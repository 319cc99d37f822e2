// The configurations in which each gradient is compared with differences.
#include "test/dialects/prim/cases/Cases.h"

namespace dlc::test {

static GradientCase unary(const std::string &name, double low = -2,
                          double high = 2) {
  return {"%x: tensor<?x3xf32>", "prim." + name + " %x : tensor<?x3xf32>", low,
          high};
}

static GradientCase binary(const std::string &name, double low = -2,
                           double high = 2) {
  return {"%l: tensor<?x3xf32>, %r: tensor<?x3xf32>",
          "prim." + name + " %l, %r : tensor<?x3xf32>, tensor<?x3xf32>", low,
          high};
}

static GradientCase dot(const std::string &lhs, const std::string &rhs,
                        const std::string &dims) {
  std::string l = "tensor<" + lhs + "xf32>", r = "tensor<" + rhs + "xf32>";
  return {"%l: " + l + ", %r: " + r,
          "prim.dot %l, %r " + dims + " : " + l + ", " + r};
}

static void addWindow(std::vector<GradientCase> &cases, const std::string &x,
                      const std::string &y, const std::string &config) {
  std::string xType = "tensor<" + x + "xf32>", yType = "tensor<" + y + "xf32>";
  auto add = [&](const std::string &arguments, const std::string &op) {
    cases.push_back({arguments, op});
  };
  add("%x: " + xType, "prim.max_pool2d %x " + config + " : " + xType);
  add("%x: " + xType, "prim.avg_pool2d %x " + config + " : " + xType);
  add("%x: " + xType + ", %dy: " + yType,
      "prim.max_pool2d_grad %x, %dy " + config + " : " + xType + ", " + yType);
  add("%x: " + xType + ", %v: " + xType,
      "prim.max_pool2d_pick %x, %v " + config + " : " + xType + ", " + xType);
  add("%dy: " + yType,
      "prim.avg_pool2d_grad %dy " + config + " : " + yType + " -> " + xType);
}

static void addConv(std::vector<GradientCase> &cases, const std::string &x,
                    const std::string &kernel, const std::string &y,
                    const std::string &config) {
  std::string xType = "tensor<" + x + "xf32>", yType = "tensor<" + y + "xf32>",
              kType = "tensor<" + kernel + "xf32>";
  auto add = [&](const std::string &arguments, const std::string &op) {
    cases.push_back({arguments, op});
  };
  add("%x: " + xType + ", %k: " + kType,
      "prim.conv2d %x, %k " + config + " : " + xType + ", " + kType);
  add("%dy: " + yType + ", %k: " + kType, "prim.conv2d_input_grad %dy, %k " +
                                              config + " : " + yType + ", " +
                                              kType + " -> " + xType);
  add("%x: " + xType + ", %dy: " + yType, "prim.conv2d_kernel_grad %x, %dy " +
                                              config + " : " + xType + ", " +
                                              yType + " -> " + kType);
}

static void addElementwise(std::vector<GradientCase> &cases) {
  for (const char *name : {"add", "sub", "mul", "max", "min", "compare lt"})
    cases.push_back(binary(name));
  cases.push_back(binary("div", 0.5, 2));
  cases.push_back(binary("div", -2, -0.5));
  cases.push_back(binary("pow", 0.5, 2));
  for (const char *name :
       {"neg", "abs", "sign", "floor", "exp", "expm1", "tanh", "sin", "cos",
        "erf", "logistic", "softplus", "relu"})
    cases.push_back(unary(name));
  for (const char *name : {"log", "log1p", "sqrt", "rsqrt"})
    cases.push_back(unary(name, 0.5, 2));
  cases.push_back({"%c: tensor<?x3xi1>, %t: tensor<?x3xf32>, "
                   "%f: tensor<?x3xf32>",
                   "prim.select %c, %t, %f : tensor<?x3xi1>, "
                   "tensor<?x3xf32>, tensor<?x3xf32>"});
  cases.push_back({"%x: tensor<?x3xf32>",
                   "prim.convert %x : tensor<?x3xf32> -> tensor<?x3xf32>"});
  cases.push_back({"%x: tensor<?x3xf32>",
                   "prim.convert %x : tensor<?x3xf32> -> tensor<?x3xi1>"});
}

static void addMovement(std::vector<GradientCase> &cases) {
  auto add = [&](const std::string &arguments, const std::string &op) {
    cases.push_back({arguments, op});
  };
  add("%x: tensor<3xf32>",
      "prim.broadcast %x along [0] : tensor<3xf32> -> tensor<?x3xf32>");
  add("%x: tensor<?xf32>",
      "prim.broadcast %x along [1, 2] : tensor<?xf32> -> tensor<?x2x2xf32>");
  add("%x: tensor<f32>",
      "prim.broadcast %x along [0, 1] : tensor<f32> -> tensor<?x2xf32>");
  add("%x: tensor<?x3xf32>",
      "prim.broadcast %x along [] : tensor<?x3xf32> -> tensor<?x3xf32>");
  add("%x: tensor<?x2x3xf32>",
      "prim.reshape %x : tensor<?x2x3xf32> -> tensor<?x6xf32>");
  add("%x: tensor<4x3xf32>",
      "prim.reshape %x : tensor<4x3xf32> -> tensor<2x6xf32>");
  add("%x: tensor<?x2x4xf32>",
      "prim.transpose %x [2, 0, 1] : tensor<?x2x4xf32>");
  add("%x: tensor<?x7x3xf32>",
      "prim.slice %x from [0, 1, 0] size [-1, 2, 3] by [1, 3, 1] "
      ": tensor<?x7x3xf32>");
  add("%x: tensor<5xf32>", "prim.slice %x from [4] size [1] by [2] : "
                           "tensor<5xf32>");
  add("%x: tensor<?x3x2xf32>", "prim.reverse %x along [1] : tensor<?x3x2xf32>");
  add("%x: tensor<?x2x3xf32>",
      "prim.pad %x low [0, 1, 0] high [0, 0, 2] interior [0, 2, 0] "
      "{value = 3.0 : f32} : tensor<?x2x3xf32>");
  add("%a: tensor<?x1x2xf32>, %b: tensor<?x3x2xf32>, %c: tensor<?x2x2xf32>",
      "prim.concat %a, %b, %c dim 1 : tensor<?x1x2xf32>, tensor<?x3x2xf32>, "
      "tensor<?x2x2xf32>");
  // Indices are drawn from -3 to 3, so that they repeat.
  add("%t: tensor<4x2xf32>, %i: tensor<?x3xi32>",
      "prim.gather %t, %i : tensor<4x2xf32>, tensor<?x3xi32>");
  add("%u: tensor<?x3x2xf32>, %i: tensor<?x3xi32>",
      "prim.scatter_add %u, %i : tensor<?x3x2xf32>, tensor<?x3xi32> "
      "-> tensor<4x2xf32>");
  // All but -1 and 0 are outside: what they update has no gradient.
  add("%u: tensor<?x3xf32>, %i: tensor<?x3xi32>",
      "prim.scatter_add %u, %i : tensor<?x3xf32>, tensor<?x3xi32> "
      "-> tensor<1xf32>");
}

static void addReductions(std::vector<GradientCase> &cases) {
  for (const char *name : {"reduce_sum", "reduce_max", "reduce_min"})
    for (const char *dims : {"[0]", "[2]", "[0, 2]", "[0, 1, 2]", "[]"})
      cases.push_back({"%x: tensor<?x2x4xf32>", std::string("prim.") + name +
                                                    " %x over " + dims +
                                                    " : tensor<?x2x4xf32>"});
  cases.push_back(dot("?x2", "2x4", "batch [] x [] contract [1] x [0]"));
  cases.push_back(dot("?x2", "4x2", "batch [] x [] contract [1] x [1]"));
  cases.push_back(dot("2x?", "2x4", "batch [] x [] contract [0] x [0]"));
  cases.push_back(dot("?x2", "?x4", "batch [] x [] contract [0] x [0]"));
  cases.push_back(dot("2x4", "3", "batch [] x [] contract [] x []"));
  cases.push_back(dot("4", "4", "batch [] x [] contract [0] x [0]"));
  cases.push_back(dot("?x2x4", "?x5x4", "batch [0] x [0] contract [2] x [2]"));
  cases.push_back(
      dot("2x?x4x3", "3x4x5x?x2", "batch [1, 0] x [3, 4] contract [3] x [0]"));
  cases.push_back(
      dot("2x3x4x5", "5x6x3", "batch [] x [] contract [3, 1] x [0, 2]"));
}

static void addComposites(std::vector<GradientCase> &cases) {
  for (const char *name : {"softmax", "log_softmax"})
    for (const char *dim : {"1", "2"})
      cases.push_back({"%x: tensor<?x2x4xf32>", std::string("prim.") + name +
                                                    " %x dim " + dim +
                                                    " : tensor<?x2x4xf32>"});
  for (const char *type : {"tensor<?x4xf32>", "tensor<?x2x3xf32>"})
    cases.push_back({std::string("%x: ") + type + ", %l: " + type,
                     std::string("prim.softmax_crossentropy %x, %l : ") + type +
                         ", " + type,
                     -2, 2, 1});
  cases.push_back({"%x: tensor<?x2x4xf32>, %m: tensor<?x4xf32>",
                   "prim.squared_deviations %x from %m over [1] : "
                   "tensor<?x2x4xf32>, tensor<?x4xf32>",
                   -2, 2, 1});
}

static void addAttention(std::vector<GradientCase> &cases,
                         const std::string &mask, const std::string &config) {
  std::string query = "tensor<?x4x2x3xf32>", key = "tensor<?x5x1x3xf32>",
              value = "tensor<?x5x1x2xf32>", rows = "tensor<?x4x2xf32>",
              dy = "tensor<?x4x2x2xf32>";
  std::string maskType = "tensor<" + mask + "xi1>";
  std::string arguments = "%q: " + query + ", %k: " + key + ", %v: " + value;
  std::string types = query + ", " + key + ", " + value;
  auto add = [&](const std::string &name, const std::string &moreArguments,
                 const std::string &operands, const std::string &moreTypes) {
    cases.push_back(
        {arguments + moreArguments + (mask.empty() ? "" : ", %m: " + maskType),
         "prim." + name + " %q, %k, %v" + operands +
             (mask.empty() ? "" : " mask %m") + " {scale = 0.7 : f32" + config +
             "} : " + types + moreTypes +
             (mask.empty() ? "" : ", " + maskType)});
  };
  add("attention", "", "", "");
  add("attention_grad", ", %l: " + rows + ", %d: " + rows + ", %g: " + dy,
      ", %l, %d, %g", ", " + rows + ", " + rows + ", " + dy);
}

std::vector<GradientCase> getGradients() {
  std::vector<GradientCase> cases;
  addElementwise(cases);
  addMovement(cases);
  addReductions(cases);
  addComposites(cases);
  addAttention(cases, "", "");
  addAttention(cases, "", ", causal = true, window = 3 : i64");
  addAttention(cases, "?x1x4x5", "");
  addAttention(cases, "1x2x1x5", "");
  addConv(cases, "?x4x3x2", "2x2x2x3", "?x3x2x3",
          "strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1");
  addConv(cases, "?x4x5x4", "2x3x2x2", "?x2x3x2",
          "strides [2, 1] padding [0, 1, 1, 1] dilation [2, 2] groups 2");
  addConv(cases, "?x3x3x2", "3x3x1x4", "?x2x2x4",
          "strides [2, 2] padding [1, 1, 1, 1] dilation [1, 1] groups 2");
  addWindow(cases, "?x4x4x2", "?x2x2x2",
            "window [2, 2] strides [2, 2] padding [0, 0, 0, 0]");
  addWindow(cases, "?x4x3x2", "?x4x2x2",
            "window [3, 2] strides [1, 2] padding [1, 1, 0, 1]");
  return cases;
}

} // namespace dlc::test
