// Builds artifacts by hand, for tests.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <initializer_list>

namespace dlc::host::test {

/// A program whose arena grows with each buffer.
class ProgramBuilder {
public:
  ProgramBuilder(artifact::Artifact &artifact, std::string name)
      : artifact(artifact) {
    program.name = std::move(name);
  }

  uint32_t arena(DType dtype, Shape shape) {
    uint64_t bytes =
        uint64_t(countElements(shape, artifact.manifest.maxBatch)) *
        sizeOf(dtype);
    program.buffers.push_back({artifact::Buffer::Region::Arena,
                               program.arenaBytes, dtype, std::move(shape)});
    program.arenaBytes += (bytes + 63) / 64 * 64;
    program.maxLiveBytes = program.arenaBytes;
    return uint32_t(program.buffers.size() - 1);
  }
  uint32_t state(uint32_t index) {
    const artifact::State &state = artifact.manifest.states[index];
    program.buffers.push_back({artifact::Buffer::Region::State, state.offset,
                               state.dtype, state.shape});
    return uint32_t(program.buffers.size() - 1);
  }

  using Buffers = std::vector<uint32_t>;
  void kernel(std::string name, Buffers operands, Buffers results,
              std::vector<artifact::Launch::Stage> stages) {
    artifact::Launch launch;
    launch.name = std::move(name);
    launch.pattern = "pointwise";
    launch.layers = {"fc1"};
    launch.operands = std::move(operands);
    launch.results = std::move(results);
    launch.stages = std::move(stages);
    program.launches.push_back(std::move(launch));
  }
  void library(std::string name, std::string routine, std::string config,
               Buffers operands, Buffers results) {
    artifact::Launch launch;
    launch.kind = artifact::Launch::Kind::Library;
    launch.name = std::move(name);
    launch.pattern = "library";
    launch.layers = {"fc1", "fc2"};
    launch.operands = std::move(operands);
    launch.results = std::move(results);
    launch.routine = std::move(routine);
    launch.config = std::move(config);
    program.launches.push_back(std::move(launch));
  }
  void input(artifact::Port::Role role, std::string name, uint32_t buffer) {
    program.inputs.push_back({role, std::move(name), buffer});
  }
  void output(std::string name, uint32_t buffer) {
    program.outputs.push_back(
        {artifact::Port::Role::Output, std::move(name), buffer});
  }

  void finish() { artifact.manifest.programs.push_back(std::move(program)); }

private:
  artifact::Artifact &artifact;
  artifact::Program program;
};

/// Adds a state and returns its index.
inline uint32_t addState(artifact::Artifact &artifact, std::string name,
                         artifact::State::Role role, DType dtype, Shape shape,
                         std::string h5Path = "") {
  artifact::Manifest &manifest = artifact.manifest;
  artifact::State state;
  state.name = std::move(name);
  state.role = role;
  state.dtype = dtype;
  state.shape = std::move(shape);
  state.offset = manifest.stateBytes;
  state.h5Path = std::move(h5Path);
  uint64_t bytes = uint64_t(countElements(state.shape)) * sizeOf(dtype);
  manifest.stateBytes += (bytes + 63) / 64 * 64;
  manifest.states.push_back(std::move(state));
  return uint32_t(manifest.states.size() - 1);
}

/// Adds host code that any CPU takes.
inline void addCode(artifact::Artifact &artifact, std::vector<std::byte> code,
                    std::string cpu = "x86-64-v3",
                    std::vector<std::string> features = {}) {
  artifact::BlobId blob = artifact.addBlob(std::move(code));
  artifact.manifest.hostCode.push_back(
      {std::move(cpu), std::move(features), blob});
}

} // namespace dlc::host::test
