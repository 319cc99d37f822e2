// Orders of the kernels of a step that need little memory.
#pragma once

#include "compiler/plan/TaskGraph.h"

namespace dlc::plan {

/// The order by number, but what leaves less live than before runs as soon as
/// it can.
Order orderEagerly(const TaskGraph &graph);

/// Always what leaves the least live.
Order orderGreedily(const TaskGraph &graph);

/// That among what does not raise the peak, else what raises it least.
Order orderByLeastPeak(const TaskGraph &graph);

/// Each task that nothing waits for after all that it needs, the larger part of
/// that first.
Order orderDepthFirst(const TaskGraph &graph);

/// In the order in which tasks become ready.
Order orderBreadthFirst(const TaskGraph &graph);

/// Lowers the peak of an order by rearranging windows of up to 16 tasks around
/// it in the best way there is, until none gains. Moves as few as that takes.
void improveWindows(const TaskGraph &graph, Order &order);

/// The best of all these. Another order than that by number, which keeps
/// producers beside consumers, has to gain a hundredth.
Order chooseOrder(const TaskGraph &graph);

} // namespace dlc::plan
