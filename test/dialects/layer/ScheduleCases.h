// What Keras 3.15.1 on JAX computes: learning rates of these steps.
#pragma once

#include <vector>

namespace dlc::test {

inline const std::vector<double> scheduleSteps = {0, 1, 2,  3,  4, 5,
                                                  7, 9, 12, 21, 45};

struct ScheduleCase {
  const char *schedule;
  std::vector<double> rates;
};

inline const std::vector<ScheduleCase> scheduleCases = {
    {"exponential_decay {initial_learning_rate = 0.1, decay_steps = 4, "
     "decay_rate = 0.5}",
     {0.100000001, 0.0840896443, 0.0707106814, 0.0594603531, 0.0500000007,
      0.0420448221, 0.0297301766, 0.0210224111, 0.0125000002, 0.00262780138,
      4.10593966e-05}},
    {"exponential_decay {initial_learning_rate = 0.1, decay_steps = 4, "
     "decay_rate = 0.5, staircase = true}",
     {0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.0500000007,
      0.0500000007, 0.0500000007, 0.0250000004, 0.0125000002, 0.00312500005,
      4.88281257e-05}},
    {"inverse_time_decay {initial_learning_rate = 0.1, decay_steps = 3, "
     "decay_rate = 0.7}",
     {0.100000001, 0.0810810849, 0.0681818202, 0.0588235296, 0.0517241359,
      0.0461538434, 0.0379746817, 0.0322580673, 0.0263157897, 0.0169491526,
      0.00869565271}},
    {"inverse_time_decay {initial_learning_rate = 0.1, decay_steps = 3, "
     "decay_rate = 0.7, staircase = true}",
     {0.100000001, 0.100000001, 0.100000001, 0.0588235296, 0.0588235296,
      0.0588235296, 0.0416666642, 0.0322580673, 0.0263157897, 0.0169491526,
      0.00869565271}},
    {"polynomial_decay {initial_learning_rate = 0.1, decay_steps = 9}",
     {0.100000001, 0.0888999999, 0.0777999982, 0.066700004, 0.0556000024,
      0.0445000008, 0.0222999994, 9.99992553e-05, 9.99992553e-05,
      9.99992553e-05, 9.99992553e-05}},
    {"polynomial_decay {initial_learning_rate = 0.1, decay_steps = 4, "
     "end_learning_rate = 0.02, power = 2, cycle = true}",
     {0.099999994, 0.0649999976, 0.0399999991, 0.0249999985, 0.0199999996,
      0.03125, 0.0212500002, 0.0249999985, 0.0199999996, 0.0212500002,
      0.0203124993}},
    {"piecewise_constant_decay {boundaries = [1, 4, 9.7], values = [1, 0.5, "
     "0.25, 0.125]}",
     {1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125}},
    {"cosine_decay {initial_learning_rate = 0.1, decay_steps = 9, alpha = 0.2}",
     {0.100000001, 0.0975877047, 0.0906417817, 0.0800000057, 0.0669459328,
      0.053054072, 0.0293582175, 0.0200000014, 0.0200000014, 0.0200000014,
      0.0200000014}},
    {"cosine_decay {initial_learning_rate = 0.01, decay_steps = 9, "
     "warmup_target = 0.1, warmup_steps = 4}",
     {0.00999999978, 0.0324999988, 0.0549999997, 0.0775000006, 0.100000001,
      0.0969846323, 0.075000003, 0.0413175859, 0.00301536615, 0, 0}},
    {"cosine_decay_restarts {initial_learning_rate = 0.1, first_decay_steps = "
     "3}",
     {0.100000001, 0.075000003, 0.0249999966, 0.100000001, 0.0933012739,
      0.0749999955, 0.0249999892, 0.100000001, 0.0853553414, 0.100000001,
      0.100000001}},
    {"cosine_decay_restarts {initial_learning_rate = 0.1, first_decay_steps = "
     "4, t_mul = 1.0, m_mul = 0.5, alpha = 0.1}",
     {0.100000001, 0.0868198052, 0.054999996, 0.0231801961, 0.0550000034,
      0.0484099053, 0.0165900979, 0.0292049535, 0.0212500002, 0.0124006188,
      0.0100375107}},
    {"cosine_decay_restarts {initial_learning_rate = 0.1, first_decay_steps = "
     "3, t_mul = 1.5, m_mul = 0.9}",
     {0.100000001, 0.075000003, 0.0249999966, 0.0899999961, 0.0794719979,
      0.0528141558, 0.00271382695, 0.0715247914, 0.0202499907, 0.01822499,
      0.0511303544}},
};

} // namespace dlc::test
