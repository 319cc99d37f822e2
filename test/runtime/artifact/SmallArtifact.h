// An artifact of two programs for the host and one for a GPU, with something in
// every field.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::test {

inline std::vector<std::byte> bytesOf(std::string_view text) {
  auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline artifact::Artifact makeSmallArtifact() {
  using namespace artifact;
  Artifact small;
  Manifest &manifest = small.manifest;
  manifest.model = "small";
  manifest.maxBatch = 4;
  manifest.stateBytes = 192;
  manifest.producer = "dlc test";
  manifest.kerasConfig = small.addBlob(bytesOf("{\"class\": \"Sequential\"}"));

  State kernel;
  kernel.name = "dense/kernel";
  kernel.shape = {2, 3};
  kernel.trainable = true;
  kernel.h5Path = "layers/dense/vars/0";
  kernel.initial = small.addBlob(std::vector<std::byte>(24, std::byte(7)));
  State total;
  total.name = "metrics/loss/total";
  total.role = State::Role::Metric;
  total.offset = 64;
  State count = total;
  count.name = "metrics/loss/count";
  count.offset = 128;
  manifest.states = {kernel, total, count};
  manifest.metrics = {{"loss", 1, 2}};
  manifest.targets = {{"dense", 3}};
  manifest.hostCode = {
      {"x86-64-v3", {"avx2", "fma"}, small.addBlob(bytesOf("an object"))}};

  Program program;
  program.name = "train";
  program.arenaBytes = 256;
  program.maxLiveBytes = 112;
  program.buffers = {
      {Buffer::Region::Arena, 0, DType::F32, {batchDim, 2}},
      {Buffer::Region::State, 0, DType::F32, {2, 3}},
      {Buffer::Region::Arena, 64, DType::F32, {batchDim, 3}},
      {Buffer::Region::Arena, 128, DType::Bool, {128}},
  };
  program.inputs = {{Port::Role::Input, "x", 0}};
  program.outputs = {{Port::Role::Output, "dense", 2}};
  Launch dot;
  dot.kind = Launch::Kind::Library;
  dot.name = "dot_0";
  dot.pattern = "library";
  dot.layers = {"dense"};
  dot.operands = {0, 1};
  dot.results = {2};
  dot.routine = "dot";
  dot.config = "{\"m\": 4}";
  dot.flops = 48;
  Launch relu;
  relu.name = "relu_1";
  relu.pattern = "pointwise";
  relu.operands = {2};
  relu.results = {2};
  relu.scratch = 3;
  relu.stages = {{"train_relu_1", {3, true}}, {"train_relu_1_b", {1, false}}};
  relu.flops = 0.1;
  program.launches = {dot, relu};
  manifest.programs = {program};
  program.name = "predict";
  manifest.programs.push_back(program);

  manifest.deviceCode = {
      {"ptx", 80, small.addBlob(bytesOf(".version 7.0"))},
      {"sm_90",
       90,
       small.addBlob(bytesOf("a cubin")),
       {{"train_dot_0", 40, 24, 8, 12, 1024}}},
  };
  program.name = "train";
  program.device = onCuda;
  program.launches[0].deviceStages = {
      {"train_dot_0", {6, true}, 64, 2, 3, 256, 49152, true}};
  program.launches[1].stages.clear();
  program.launches[1].deviceStages = {{"train_relu_1", {3, true}, 512}};
  program.launches[1].stream = 1;
  program.launches[1].waits = {0};
  manifest.programs.push_back(program);
  return small;
}

/// Has a library compute the GPU's dot.
inline void giveToLibrary(artifact::Artifact &small) {
  artifact::LibraryProduct product;
  product.compute = artifact::LibraryProduct::Compute::Tf32;
  product.rows = {1, true};
  product.columns = {3, false};
  product.depth = {2, false};
  product.lhs.leading = 2;
  product.rhs.leading = 3;
  product.relu = true;
  artifact::Launch &dot = small.manifest.programs[2].launches[0];
  dot.deviceStages.clear();
  dot.product = product;
}

/// Has a library compute a convolution in place of the GPU's dot: of two pixels
/// of one channel a sample, three filters and a window of both.
inline void giveConvolution(artifact::Artifact &small) {
  artifact::LibraryConvolution conv;
  conv.compute = artifact::LibraryProduct::Compute::Tf32;
  conv.images = {1, true};
  conv.filters = 3;
  conv.columns = {2, 1, 2};
  artifact::Program &program = small.manifest.programs[2];
  // What holds the kernel, and what lacks a byte for it.
  for (int64_t bytes : {24, 23})
    program.buffers.push_back(
        {artifact::Buffer::Region::Arena, 128, DType::Bool, {bytes}});
  artifact::Launch &dot = program.launches[0];
  dot.convolution = conv;
  dot.scratch = 4;
}

} // namespace dlc::test
