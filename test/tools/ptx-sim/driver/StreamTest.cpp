// Streams run in order, and only events tie them.
#include "test/tools/ptx-sim/driver/Sim.h"

namespace ptxsim::driver::test {
namespace {

using StreamTest = Sim;

TEST_F(StreamTest, RunsInOrder) {
  DevicePointer x = allocate({1, 2});
  StreamHandle stream = makeStream();
  int *pinned = allocatePinned({10, 20});
  EXPECT_EQ(launch("add", x, 1, stream), Success);
  EXPECT_EQ(cuMemcpyHtoDAsync_v2(x, pinned, 8, stream), Success);
  EXPECT_EQ(launch("add", x, 5, stream), Success);
  EXPECT_EQ(cuStreamSynchronize(stream), Success);
  EXPECT_EQ(cuStreamQuery(stream), Success);
  EXPECT_EQ(read(x, 2), (std::vector{15, 25}));
  EXPECT_EQ(cuMemsetD8Async(x, 0, 4, stream), Success);
  EXPECT_EQ(cuStreamDestroy_v2(stream), Success);
  EXPECT_EQ(read(x, 2), (std::vector{0, 25}));
  EXPECT_EQ(cuStreamSynchronize(stream), InvalidHandle);
  EXPECT_EQ(cuMemFree_v2(x), Success);
  EXPECT_EQ(cuMemFreeHost(pinned), Success);
}

/// Copies up on one stream, adds on another and copies down, with or without
/// events between them.
int addOnTwoStreams(bool tied, uint64_t seed, auto &&launch) {
  ptxSimSetSeed(seed);
  StreamHandle copies = nullptr, compute = nullptr;
  EXPECT_EQ(cuStreamCreate(&copies, StreamNonBlocking), Success);
  EXPECT_EQ(cuStreamCreate(&compute, StreamNonBlocking), Success);
  EventHandle up = nullptr;
  EXPECT_EQ(cuEventCreate(&up, EventDisableTiming), Success);
  DevicePointer x = 0;
  EXPECT_EQ(cuMemAlloc_v2(&x, 8), Success);
  void *pinned = nullptr;
  EXPECT_EQ(cuMemHostAlloc(&pinned, 8, 0), Success);
  static_cast<int *>(pinned)[0] = 3;
  EXPECT_EQ(cuMemcpyHtoDAsync_v2(x, pinned, 8, copies), Success);
  EXPECT_EQ(cuEventRecord(up, copies), Success);
  if (tied)
    EXPECT_EQ(cuStreamWaitEvent(compute, up, 0), Success);
  EXPECT_EQ(launch(x, compute), Success);
  int result[2] = {};
  EXPECT_EQ(cuMemcpyDtoHAsync_v2(result, x, 8, compute), Success);
  EXPECT_EQ(cuStreamDestroy_v2(copies), Success);
  EXPECT_EQ(cuStreamDestroy_v2(compute), Success);
  return result[0];
}

TEST_F(StreamTest, EventsTieStreams) {
  auto add = [this](DevicePointer x, StreamHandle stream) {
    return launch("add", x, 4, stream);
  };
  int right = 0;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    EXPECT_EQ(addOnTwoStreams(true, seed, add), 7) << "seed " << seed;
    right += addOnTwoStreams(false, seed, add) == 7;
  }
  // Without the event it is luck.
  EXPECT_LT(right, 16);
  EXPECT_GT(right, 0);
}

TEST_F(StreamTest, PinnedMemoryIsReadLate) {
  DevicePointer x = allocate({0, 0});
  int *pinned = allocatePinned({1, 1});
  int other[2] = {1, 1};
  bool sawLate = false;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    ptxSimSetSeed(seed);
    StreamHandle stream = makeStream();
    pinned[0] = other[0] = 1;
    EXPECT_EQ(cuMemcpyHtoDAsync_v2(x, pinned, 4, stream), Success);
    EXPECT_EQ(cuMemcpyHtoDAsync_v2(x + 4, other, 4, stream), Success);
    pinned[0] = other[0] = 2; // too early for the first, not for the second
    EXPECT_EQ(cuStreamSynchronize(stream), Success);
    sawLate |= read(x, 2)[0] == 2;
    EXPECT_EQ(read(x, 2)[1], 1);
    EXPECT_EQ(cuStreamDestroy_v2(stream), Success);
  }
  EXPECT_TRUE(sawLate);
}

TEST_F(StreamTest, EventsTellTimeAndState) {
  StreamHandle stream = makeStream();
  DevicePointer x = allocate({0, 0});
  EventHandle start = makeEvent(EventDefault), end = makeEvent(EventDefault),
              untimed = makeEvent();
  float milliseconds = -1;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), InvalidHandle);
  EXPECT_EQ(cuEventRecord(start, stream), Success);
  EXPECT_EQ(launch("add", x, 1, stream), Success);
  EXPECT_EQ(cuEventRecord(end, stream), Success);
  EXPECT_EQ(cuEventSynchronize(end), Success);
  EXPECT_EQ(cuEventQuery(end), Success);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, end), Success);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cuEventRecord(untimed, stream), Success);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, start, untimed), InvalidHandle);
  EXPECT_EQ(cuEventDestroy_v2(untimed), Success);
  EXPECT_EQ(cuEventQuery(untimed), InvalidHandle);
}

//===-- Graphs ------------------------------------------------------------===//

TEST_F(StreamTest, GraphsRunAsCaptured) {
  StreamHandle stream = makeStream();
  DevicePointer x = allocate({1, 2});
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), Success);
  EXPECT_EQ(launch("add", x, 1, stream), Success);
  EXPECT_EQ(launch("add", x, 2, stream), Success);
  GraphHandle graph = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream, &graph), Success);
  EXPECT_EQ(read(x, 2), (std::vector{1, 2})); // nothing ran
  GraphExecHandle exec = nullptr;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), Success);
  EXPECT_EQ(cuGraphDestroy(graph), Success);
  ptxSimReset(); // counters from here
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(cuGraphLaunch(exec, stream), Success);
  EXPECT_EQ(cuGraphExecDestroy(exec), Success);
  EXPECT_EQ(cuStreamSynchronize(stream), Success);
  EXPECT_EQ(read(x, 2), (std::vector{10, 11}));
  EXPECT_EQ(count().graphLaunches, 3u);
  EXPECT_EQ(count().graphKernels, 6u);
  EXPECT_EQ(count().kernels, 6u);
  EXPECT_EQ(count().launches, 0u);
  EXPECT_EQ(cuGraphLaunch(exec, stream), InvalidHandle);
}

/// Graphs that outlive what they were captured with.
class OldGraphTest : public Sim {
protected:
  /// A graph of what `enqueue` puts on the stream, if `leave` comes before it
  /// is launched.
  Result launchAfter(auto enqueue, auto leave) {
    GraphHandle graph = nullptr;
    EXPECT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), Success);
    EXPECT_EQ(enqueue(), Success);
    EXPECT_EQ(cuStreamEndCapture(stream, &graph), Success);
    GraphExecHandle exec = nullptr;
    EXPECT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), Success);
    EXPECT_EQ(leave(), Success);
    if (Result result = cuGraphLaunch(exec, stream); result != Success)
      return result;
    return cuStreamSynchronize(stream);
  }

  StreamHandle stream = makeStream();
  DevicePointer x = allocate({1, 2}), y = allocate({3, 4});
};

TEST_F(OldGraphTest, FindsThatMemoryIsFreed) {
  EXPECT_EQ(launchAfter([&] { return cuMemcpyDtoDAsync_v2(x, y, 8, stream); },
                        [&] { return cuMemFree_v2(y); }),
            IllegalAddress);
  EXPECT_NE(std::string(ptxSimReport()).find("were freed before it ran"),
            std::string::npos)
      << ptxSimReport();
}

TEST_F(OldGraphTest, FindsThatPinnedMemoryIsFreed) {
  int *pinned = allocatePinned({5, 6});
  EXPECT_EQ(
      launchAfter([&] { return cuMemcpyHtoDAsync_v2(x, pinned, 8, stream); },
                  [&] { return cuMemFreeHost(pinned); }),
      IllegalAddress);
}

TEST_F(OldGraphTest, FindsThatFilledMemoryIsFreed) {
  EXPECT_EQ(launchAfter([&] { return cuMemsetD8Async(x, 0, 8, stream); },
                        [&] { return cuMemFree_v2(x); }),
            IllegalAddress);
}

TEST_F(OldGraphTest, FindsThatItsModuleIsUnloaded) {
  findKernel("add");
  EXPECT_EQ(launchAfter([&] { return launch("add", x, 1, stream); },
                        [&] { return cuModuleUnload(module); }),
            LaunchFailed);
  EXPECT_NE(std::string(ptxSimReport()).find("its module was unloaded"),
            std::string::npos)
      << ptxSimReport();
}

TEST_F(StreamTest, CapturesForbidWaiting) {
  StreamHandle stream = makeStream();
  GraphHandle graph = nullptr;
  EXPECT_EQ(cuStreamEndCapture(stream, &graph), IllegalState);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), Success);
  EXPECT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), IllegalState);
  EXPECT_EQ(cuStreamSynchronize(stream), StreamCaptureUnsupported);
  EXPECT_EQ(cuStreamEndCapture(stream, &graph), StreamCaptureInvalidated);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CaptureThreadLocal), Success);
  DevicePointer x = 0;
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), StreamCaptureUnsupported);
  EXPECT_EQ(cuStreamEndCapture(stream, &graph), StreamCaptureInvalidated);
  // The stream is as before.
  DevicePointer y = allocate({1, 1});
  EXPECT_EQ(launch("add", y, 1, stream), Success);
  EXPECT_EQ(cuStreamSynchronize(stream), Success);
  EXPECT_EQ(read(y, 2), (std::vector{2, 2}));
}

/// A graph of two branches: one adds to x, the other clears it.
class BranchTest : public Sim {
protected:
  BranchTest() {
    for (EventHandle *event : {&begin, &over, &end})
      EXPECT_EQ(cuEventCreate(event, EventDisableTiming), Success);
  }

  /// Begins a capture on `main` and takes `side` into it.
  void fork() {
    ASSERT_EQ(cuStreamBeginCapture_v2(main, CaptureThreadLocal), Success);
    ASSERT_EQ(cuEventRecord(begin, main), Success);
    ASSERT_EQ(cuStreamWaitEvent(side, begin, 0), Success);
  }

  void join() {
    EXPECT_EQ(cuEventRecord(end, side), Success);
    EXPECT_EQ(cuStreamWaitEvent(main, end, 0), Success);
  }

  /// What x is if clearing waits for adding, or if nothing orders them.
  int runBranches(bool tied) {
    DevicePointer x = allocate({1, 1});
    fork();
    EXPECT_EQ(launch("add", x, 4, side), Success);
    EXPECT_EQ(cuEventRecord(over, side), Success);
    if (tied)
      EXPECT_EQ(cuStreamWaitEvent(main, over, 0), Success);
    EXPECT_EQ(cuMemsetD8Async(x, 0, 8, main), Success);
    join();
    GraphHandle graph = nullptr;
    EXPECT_EQ(cuStreamEndCapture(main, &graph), Success);
    GraphExecHandle exec = nullptr;
    EXPECT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), Success);
    EXPECT_EQ(cuGraphLaunch(exec, main), Success);
    EXPECT_EQ(cuStreamSynchronize(main), Success);
    EXPECT_EQ(cuGraphExecDestroy(exec), Success);
    return read(x, 2)[0];
  }

  StreamHandle main = makeStream(), side = makeStream();
  EventHandle begin = nullptr, over = nullptr, end = nullptr;
};

TEST_F(BranchTest, OnlyWhatIsTiedIsOrdered) {
  int cleared = 0;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    ptxSimSetSeed(seed);
    EXPECT_EQ(runBranches(true), 0) << "seed " << seed;
    cleared += runBranches(false) == 0;
  }
  EXPECT_LT(cleared, 16);
  EXPECT_GT(cleared, 0);
}

TEST_F(BranchTest, ACaptureEndsWhereItBeganAndJoined) {
  DevicePointer x = allocate({1, 1});
  GraphHandle graph = nullptr;
  fork();
  EXPECT_EQ(launch("add", x, 4, side), Success);
  EXPECT_EQ(cuStreamEndCapture(side, &graph), StreamCaptureUnmatched);
  EXPECT_EQ(cuStreamEndCapture(main, &graph), StreamCaptureUnjoined);
  // Both streams are as before.
  for (StreamHandle stream : {main, side}) {
    EXPECT_EQ(launch("add", x, 1, stream), Success);
    EXPECT_EQ(cuStreamSynchronize(stream), Success);
  }
  EXPECT_EQ(read(x, 2), (std::vector{3, 3}));
  // An event of a capture that has ended ties nothing.
  EXPECT_EQ(cuStreamWaitEvent(side, begin, 0), StreamCaptureIsolation);
}

TEST_F(BranchTest, CapturesDoNotMix) {
  GraphHandle graph = nullptr;
  EXPECT_EQ(cuEventRecord(over, side), Success);
  ASSERT_EQ(cuStreamBeginCapture_v2(main, CaptureThreadLocal), Success);
  EXPECT_EQ(cuStreamWaitEvent(main, over, 0), StreamCaptureIsolation);
  EXPECT_EQ(cuStreamEndCapture(main, &graph), StreamCaptureInvalidated);
}

} // namespace
} // namespace ptxsim::driver::test
