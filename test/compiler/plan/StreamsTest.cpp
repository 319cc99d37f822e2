// Launches beside each other where the GPU has room, and never too early.
#include "compiler/plan/streams/Streams.h"

#include <gtest/gtest.h>

#include <random>

using namespace dlc::plan;

namespace {

constexpr double small = 10e-6, large = 100e-6;

unsigned countStreams(const StreamPlan &plan) {
  unsigned count = 0;
  for (const StreamPlace &place : plan.places)
    count = std::max(count, place.stream + 1);
  return count;
}

Ordering orderOf(const StreamPlan &plan) {
  Ordering ordering;
  for (const StreamPlace &place : plan.places)
    ordering.add(place);
  return ordering;
}

TEST(Streams, TwoTowersRunSideBySide) {
  std::vector<StreamTask> tasks = {{small, 0.3, {}},
                                   {small, 0.3, {0}},
                                   {small, 0.3, {}},
                                   {small, 0.3, {2}},
                                   {small, 1, {1, 3}}};
  StreamPlan plan = planStreams(tasks, 4);
  EXPECT_EQ(countStreams(plan), 2u);
  EXPECT_EQ(plan.places[0].stream, plan.places[1].stream);
  EXPECT_EQ(plan.places[2].stream, plan.places[3].stream);
  EXPECT_NE(plan.places[0].stream, plan.places[2].stream);
  EXPECT_EQ(plan.places[4].waits.size(), 1u);
  EXPECT_LT(plan.seconds, 0.7 * plan.sequentialSeconds);
}

TEST(Streams, AFullGpuHasNoRoom) {
  std::vector<StreamTask> tasks = {
      {large, 1, {}}, {large, 1, {}}, {large, 1, {}}, {large, 1, {0, 1, 2}}};
  StreamPlan plan = planStreams(tasks, 4);
  EXPECT_EQ(countStreams(plan), 1u);
  EXPECT_EQ(plan.seconds, plan.sequentialSeconds);
}

TEST(Streams, ThreeThatFillHalfAreTwoAtATime) {
  std::vector<StreamTask> tasks(3, StreamTask{small, 0.5, {}});
  StreamPlan plan = planStreams(tasks, 4);
  EXPECT_GT(plan.seconds, 2 * small);
  EXPECT_LT(plan.seconds, plan.sequentialSeconds);
}

TEST(Streams, OneStreamIsOneStream) {
  std::vector<StreamTask> tasks(5, StreamTask{small, 0.1, {}});
  EXPECT_EQ(countStreams(planStreams(tasks, 1)), 1u);
}

TEST(Streams, EveryDependenceIsKeptByTheFewestWaits) {
  std::mt19937 random(7);
  auto draw = [&](unsigned below) { return unsigned(random() % below); };
  for (int round = 0; round < 100; ++round) {
    std::vector<StreamTask> tasks(2 + draw(30));
    for (unsigned i = 0; i < tasks.size(); ++i) {
      tasks[i].seconds = 1e-6 * (1 + draw(30));
      tasks[i].share = 0.05 * (1 + draw(20));
      for (unsigned edges = draw(3); i > 0 && edges > 0; --edges)
        tasks[i].after.push_back(draw(i));
    }
    StreamPlan plan = planStreams(tasks, 4);
    EXPECT_LE(countStreams(plan), 4u);
    EXPECT_LE(plan.seconds, plan.sequentialSeconds);
    Ordering ordering = orderOf(plan);
    for (unsigned i = 0; i < tasks.size(); ++i)
      for (unsigned before : tasks[i].after)
        EXPECT_TRUE(ordering.isBefore(before, i));
    // Without any one wait something is lost.
    for (unsigned i = 0; i < tasks.size(); ++i)
      for (unsigned k = 0; k < plan.places[i].waits.size(); ++k) {
        StreamPlan less = plan;
        unsigned other = less.places[i].waits[k];
        less.places[i].waits.erase(less.places[i].waits.begin() + k);
        EXPECT_FALSE(orderOf(less).isBefore(other, i));
      }
  }
}

TEST(Ordering, FollowsStreamsAndWaits) {
  Ordering ordering;
  for (const StreamPlace &place :
       std::vector<StreamPlace>{{0, {}}, {1, {}}, {0, {}}, {1, {0}}, {0, {3}}})
    ordering.add(place);
  EXPECT_FALSE(ordering.isSequential());
  EXPECT_TRUE(ordering.isBefore(0, 2));
  EXPECT_FALSE(ordering.isBefore(0, 1));
  EXPECT_FALSE(ordering.isBefore(2, 3));
  EXPECT_TRUE(ordering.isBefore(1, 4)); // by way of 3
  EXPECT_FALSE(ordering.isBefore(4, 0));
}

} // namespace
