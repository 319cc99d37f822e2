// What weighs the losses of a program, in the shape that it reads.
#include "runtime/session/SampleWeights.h"

#include <gtest/gtest.h>

namespace dlc::test {
namespace {

using artifact::Port;
using artifact::Program;
using session::prepareWeights;

/// A program with the outputs "a", of two steps, and "b".
Program makeProgram() {
  Program program;
  auto add = [&](Port::Role role, const char *name, Shape shape) {
    program.inputs.push_back({role, name, uint32_t(program.buffers.size())});
    program.buffers.emplace_back().shape = std::move(shape);
  };
  for (auto role : {Port::Role::Target, Port::Role::SampleWeight}) {
    add(role, "a", {batchDim, 2});
    add(role, "b", {batchDim});
  }
  return program;
}

/// The same with "a" alone, whose weights are nobody else's.
Program makeSingle(Shape shape) {
  Program program;
  program.inputs = {{Port::Role::Target, "a", 0},
                    {Port::Role::SampleWeight, "sample_weight", 0}};
  program.buffers.emplace_back().shape = std::move(shape);
  return program;
}

Dataset makeData(int64_t samples) {
  return {{{"x", Tensor(DType::F32, {samples, 1})}},
          {{"a", Tensor(DType::F32, {samples, 2})},
           {"b", Tensor(DType::F32, {samples})}},
          {}};
}

std::vector<float> read(const Program &program, const Dataset &data,
                        size_t port, std::map<int64_t, float> classes = {}) {
  auto weights = prepareWeights(program, program.inputs[port], data, classes);
  EXPECT_TRUE(weights) << weights.error().message();
  if (!weights)
    return {};
  auto values = std::as_const(*weights).as<float>();
  return {values.begin(), values.end()};
}

std::string mistake(const Program &program, const Dataset &data,
                    std::map<int64_t, float> classes = {}) {
  auto weights = prepareWeights(program, program.inputs.back(), data, classes);
  return weights ? "" : weights.error().message();
}

TEST(SampleWeights, AreOnesWithoutAny) {
  Program program = makeProgram();
  EXPECT_EQ(read(program, makeData(2), 2), (std::vector<float>{1, 1}));
  EXPECT_EQ(read(program, makeData(2), 3), (std::vector<float>{1, 1}));
}

TEST(SampleWeights, OneArrayServesAllOutputs) {
  Dataset data = makeData(2);
  for (const Shape &shape : {Shape{2}, Shape{2, 1}, Shape{2, 1, 1}}) {
    data.sampleWeight = Tensor::of<float>(DType::F32, shape, {3, 4});
    EXPECT_EQ(read(makeProgram(), data, 2), (std::vector<float>{3, 4}));
    EXPECT_EQ(read(makeProgram(), data, 3), (std::vector<float>{3, 4}));
    EXPECT_EQ(read(makeSingle({batchDim, 2}), data, 1),
              (std::vector<float>{3, 4}));
  }
}

TEST(SampleWeights, EachOutputHasItsOwn) {
  Dataset data = makeData(2);
  data.outputWeights = {
      {"a", Tensor::of<float>(DType::F32, {2, 2}, {1, 2, 3, 4})}};
  EXPECT_EQ(read(makeProgram(), data, 2), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(read(makeProgram(), data, 3), (std::vector<float>{1, 1}));
  EXPECT_EQ(read(makeSingle({batchDim, 2}), data, 1),
            (std::vector<float>{1, 2, 3, 4}));
}

TEST(SampleWeights, DimensionsOfOneAreRepeated) {
  Program program = makeSingle({batchDim, 2, 3});
  Dataset data = makeData(2);
  data.sampleWeight =
      Tensor::of<float>(DType::F32, {2, 1, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(read(program, data, 1), (std::vector<float>{1, 2, 3, 1, 2, 3, //
                                                        4, 5, 6, 4, 5, 6}));
  // The first dimensions alone.
  data.sampleWeight = Tensor::of<float>(DType::F32, {2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(read(program, data, 1), (std::vector<float>{1, 2, 3, 4}));
}

TEST(SampleWeights, SayWhatIsWrong) {
  Dataset data = makeData(2);
  data.outputWeights = {{"b", Tensor(DType::F32, {2, 2})}};
  EXPECT_EQ(mistake(makeProgram(), data),
            "sample_weight \"b\": has shape (2, 2) but it holds one number for "
            "each sample; reshape the array");
  data.outputWeights = {{"c", Tensor(DType::F32, {2})}};
  EXPECT_EQ(mistake(makeProgram(), data),
            "sample_weight \"c\": is not of the model but its outputs are a, "
            "b; correct or remove it");
  data = makeData(2);
  data.sampleWeight = Tensor(DType::F32, {2, 3});
  EXPECT_EQ(
      mistake(makeSingle({batchDim, 2}), data),
      "sample_weight: has shape (2, 3) but the output's losses have shape "
      "(None, 2); reshape the array");
  EXPECT_NE(mistake(makeProgram(), data, {{0, 2.0f}}), "");
  EXPECT_EQ(mistake(makeProgram(), makeData(2), {{0, 2.0f}}),
            "class weights: are given but the model has several outputs; give "
            "sample_weight in the data instead");
}

TEST(SampleWeights, ClassesAreOfWholeSamples) {
  Program program = makeSingle({batchDim, 2});
  Dataset data;
  data.x = {{"x", Tensor(DType::F32, {2, 1})}};
  data.y = {{"a", Tensor::of<int32_t>(DType::I32, {2}, {1, 0})}};
  EXPECT_EQ(read(program, data, 1, {{1, 5.0f}}), (std::vector<float>{5, 1}));
  data.y = {{"a", Tensor(DType::F32, {2, 2, 3})}};
  EXPECT_EQ(mistake(program, data, {{1, 5.0f}}),
            "target \"a\": has shape (2, 2, 3) but class weights take a label "
            "or a row of classes for each sample; give sample weights instead");
}

} // namespace
} // namespace dlc::test
