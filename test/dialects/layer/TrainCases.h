// What Keras 3.15.1 on JAX computes: losses, their gradients, and optimizers.
#pragma once

#include <vector>

namespace dlc::test {

inline const std::vector<double> labels = {1, 0, 0, 2};
/// Rows that need not sum to 1.
inline const std::vector<double> soft = {0.2, 0.5, 0.3, 1, 0, 0,
                                         0.5, 0.5, 1,   0, 0, 1};
inline const std::vector<double> bits = {1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0};
/// Some out of the range where logarithms are clipped, one row summing to 2.
inline const std::vector<double> probabilities = {0.2, 0.5, 0.3, 0.9, 0,   0.1,
                                                  0,   1,   0,   1.2, 0.4, 0.4};
inline const std::vector<double> logits = {1, -2, 0.5, 0,   3,   -1,
                                           5, -5, 0,   0.1, 0.2, 0.3};

struct LossCase {
  const char *loss;
  std::vector<double> targets, predictions;
  /// A loss a row, and the gradient of their sum.
  std::vector<double> values, gradients;
};

inline const std::vector<LossCase> lossCases = {
    {"sparse_categorical_crossentropy {from_logits = true}",
     labels,
     logits,
     {3.50459695, 3.06588387, 0.00676046265, 1.00194287},
     {0.603748918, -0.969941139, 0.366192222, -0.95338738, 0.936239541,
      0.017147826, -0.00673764944, 4.50940424e-05, 0.00669254921, 0.300609589,
      0.332224995, -0.632834613}},
    {"sparse_categorical_crossentropy",
     labels,
     probabilities,
     {0.693147182, 0.105360545, 16.1180954, 1.60943794},
     {1.0, -1.0, 1.0, -0.111111164, 1.0, 1.0, -0.0, -0.0, -0.0, 0.5, 0.5,
      -2.0}},
    {"categorical_crossentropy {from_logits = true}",
     soft,
     logits,
     {2.15459681, 3.06588387, 10.0135212, 1.00194287},
     {0.40374893, -0.469941109, 0.0661922246, -0.95338738, 0.936239541,
      0.017147826, 1.4865247, -0.499909818, -0.986614883, 0.300609589,
      0.332224995, -0.632834613}},
    {"categorical_crossentropy",
     soft,
     probabilities,
     {1.02965307, 0.105360545, 24.1771431, 1.60943794},
     {0.0, 0.0, 0.0, -0.111111164, 1.0, 1.0, -0.0, -0.0, -0.0, 0.5, 0.5, -2.0}},
    {"categorical_crossentropy {label_smoothing = 0.3}",
     soft,
     probabilities,
     {1.07141304, 1.92635655, 20.1476192, 1.49957669},
     {-0.200000048, 0.100000024, -0.0333333015, 0.0111110806, 0.900000036,
      -0.0999999642, -0.0, -0.0, -0.0, 0.416666687, 0.25, -1.5}},
    {"binary_crossentropy {from_logits = true}",
     bits,
     logits,
     {0.304755569, 1.68499887, 1.90219259, 0.732296944},
     {-0.0896471366, 0.039734304, -0.125846893, 0.166666672, 0.317524731,
      -0.243686184, -0.0022309504, -0.331102401, 0.166666672, 0.174993068,
      -0.150055334, 0.191480845}},
    {"binary_crossentropy {label_smoothing = 0.2}",
     bits,
     probabilities,
     {1.09439969, 1.92584491, 5.90411139, 5.25842047},
     {-1.45833337, 0.533333361, -0.952380955, 2.96296239, -0.0, -2.96296287,
      -0.0, 0.0, -0.0, 0.0, -0.694444478, 0.416666657}},
    {"binary_crossentropy",
     bits,
     probabilities,
     {1.16885269, 1.53505683, 5.37269878, 5.78983402},
     {-1.66666675, 0.666666687, -1.11111104, 3.33333254, 0.0, -3.33333349, -0.0,
      -0.0, 0.0, 0.0, -0.833333373, 0.555555522}},
    {"mean_squared_error",
     bits,
     logits,
     {1.41666675, 4.33333349, 17.333334, 0.24666667},
     {-0.0, -1.33333337, -0.333333343, -0.0, 2.0, -1.33333337, 2.66666675, -4.0,
      -0.0, 0.0666666701, -0.533333361, 0.200000018}},
};

/// A weight moves by three gradients.
inline const std::vector<double> startWeight = {1, -2, 0.5};
inline const std::vector<std::vector<double>> stepGradients = {
    {0.1, -0.2, 0}, {0.3, 0.1, -1}, {-0.5, 0.2, 0.01}};

struct OptimizerCase {
  const char *optimizer;
  std::vector<double> weight;
  int slotCount;
  /// All slots, one after the other, as Keras saves them.
  std::vector<double> slots;
};

inline const std::vector<OptimizerCase> optimizerCases = {
    {"sgd {learning_rate = 0.1}",
     {1.00999999, -2.00999999, 0.599000037},
     0,
     {}},
    {"sgd {learning_rate = 0.1, momentum = 0.9}",
     {0.965900064, -1.98479998, 0.68900001},
     1,
     {0.0149000026, -0.0128000006, 0.0889999941}},
    {"sgd {learning_rate = 0.1, momentum = 0.9, nesterov = true}",
     {0.979309976, -1.99632001, 0.76910001},
     1,
     {0.0149000026, -0.0128000006, 0.0889999941}},
    {"adam {learning_rate = 0.1}",
     {0.824318826, -1.90063846, 0.631292343},
     2,
     {-0.0148999989, 0.0127999997, -0.0890000015, 0.000349890033, 8.9910056e-05,
      0.000999100041}},
    {"adam {learning_rate = 0.1, beta_1 = 0.5, beta_2 = 0.7, epsilon = 0.01, "
     "amsgrad = true}",
     {0.870380878, -1.96957064, 0.626057446},
     3,
     {-0.162500009, 0.100000001, -0.245000005, 0.0953700021, 0.0199800022,
      0.210030004, 0.0953700021, 0.0199800022, 0.300000012}},
    {"adamw {learning_rate = 0.1, weight_decay = 0.0}",
     {0.824318826, -1.90063846, 0.631292343},
     2,
     {-0.0148999989, 0.0127999997, -0.0890000015, 0.000349890033, 8.9910056e-05,
      0.000999100041}},
    {"rmsprop {learning_rate = 0.1}",
     {0.653800488, -2.05289078, 0.812894464},
     1,
     {0.0339099988, 0.00813999958, 0.0900099948}},
    {"rmsprop {learning_rate = 0.1, momentum = 0.8}",
     {-0.0427526236, -1.71548069, 1.0658766},
     2,
     {0.0339099988, 0.00813999958, 0.0900099948, 0.172061265, 0.137243241,
      -0.249648958}},
    {"rmsprop {learning_rate = 0.1, rho = 0.7, epsilon = 0.01, centered = "
     "true}",
     {0.883766055, -2.04215479, 0.710824966},
     2,
     {0.0953700021, 0.0199800022, 0.210030004, -0.0723000094, 0.0516000018,
      -0.207000002}},
    {"rmsprop {learning_rate = 0.1, momentum = 0.8, centered = true}",
     {-0.130795419, -1.67787552, 1.09650946},
     3,
     {0.0339099988, 0.00813999958, 0.0900099948, 0.203093886, 0.129390419,
      -0.263176262, -0.0149000026, 0.0128000006, -0.0889999941}},
};

} // namespace dlc::test
