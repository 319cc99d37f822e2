// What attention and its gradient compute: jax.nn.dot_product_attention, and
// what it has no numbers for worked out by hand.
#include "test/dialects/prim/cases/Cases.h"
#include <limits>

namespace dlc::test {

/// Two heads of queries over one of keys.
static const char *const heads = "tensor<?x2x2x1xf32>, tensor<?x2x1x1xf32>, "
                                 "tensor<?x2x1x1xf32>";

static const std::vector<double> query = {-1.7, -1.1, 1.2,  0.3,
                                          -1.6, -0.3, -0.1, -1.4};
static const std::vector<double> key = {0.9, -1.5, -0.4, 0.1};
static const std::vector<double> value = {-0.3, 0.3, 1, 1.8};
/// Where the second sample has no first key, its first query has none at all.
static const std::vector<double> mask = {1, 1, 0, 1};
static const double lowest = -2.381976325057654e+38;
static const std::vector<double> logsumexp = {
    -0.765, -0.495, 0.7526307, 0.66426045, lowest, lowest, -0.005, -0.07};

std::vector<ValueCase> getAttentionValues() {
  std::string rows = "tensor<?x2x2xf32>, tensor<?x2x2xf32>, "
                     "tensor<?x2x2x1xf32>";
  std::string arguments = "%q: tensor<?x2x2x1xf32>, %k: tensor<?x2x1x1xf32>, "
                          "%v: tensor<?x2x1x1xf32>";
  std::string config = " mask %m {scale = 0.5 : f32, causal = true} : ";
  std::string maskType = "tensor<?x1x1x2xi1>";
  std::vector<double> y = {-0.3, -0.3, -0.18507279, -0.053424265,
                           1.4,  1.4,  1.8,         1.8};
  y.insert(y.end(), logsumexp.begin(), logsumexp.end());
  const double nothing = -std::numeric_limits<double>::infinity();
  return {
      {arguments + ", %m: " + maskType,
       "prim.attention %q, %k, %v" + config + heads + ", " + maskType,
       {query, key, value, mask},
       y},
      {arguments +
           ", %l: tensor<?x2x2xf32>, %d: tensor<?x2x2xf32>, %g: "
           "tensor<?x2x2x1xf32>, %m: " +
           maskType,
       "prim.attention_grad %q, %k, %v, %l, %d, %g" + config + heads + ", " +
           rows + ", " + maskType,
       {query,
        key,
        value,
        logsumexp,
        {0.27, -0.18, -0.14805824, 0.042739414, -2.8, 2.66, -1.44, -1.26},
        {-0.9, 0.6, 0.8, -0.8, -2, 1.9, -0.8, -0.7},
        mask},
       {0, 0, -0.089196891, 0.13943337, 0, 0, 0, 0, -0.02716927, 0.027169278, 0,
        0, -0.12446859, -0.17553139, -0.05, -1.55}},
      // The third query is too far from both keys.
      {"%q: tensor<1x3x1x1xf32>, %k: tensor<1x2x1x1xf32>, %v: "
       "tensor<1x2x1x1xf32>",
       "prim.attention %q, %k, %v {scale = 1.0 : f32, window = 1 : i64, "
       "zero_empty = true} : tensor<1x3x1x1xf32>, tensor<1x2x1x1xf32>, "
       "tensor<1x2x1x1xf32>",
       {{0, 0, 0}, {5, 7}, {2, 4}},
       {2, 4, 0, 0, 0, nothing}},
  };
}

} // namespace dlc::test
