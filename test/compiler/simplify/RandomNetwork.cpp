// Random networks of contractions and what layers put behind them.
#include "test/compiler/simplify/RandomNetwork.h"
#include "dialects/prim/Build.h"

#include <random>

using namespace mlir;
using namespace dlc;

namespace dlc::test {
namespace {

constexpr int64_t batch = ShapedType::kDynamic;
constexpr int64_t channels = 3;

class Network {
public:
  Network(func::FuncOp function, unsigned seed)
      : random(seed), b(function.getLoc(), function.getContext()),
        function(function) {
    b.setInsertionPointToEnd(function.addEntryBlock());
    x = function.getArgument(0);
  }

  void grow() {
    x = contract();
    if (draw(2))
      x = prim::AddOp::create(b, x, repeat(addVector()));
    bool first = draw(3) == 0 && typeOf(x).getRank() == 4;
    if (first)
      turn({0, 3, 1, 2});
    if (draw(3) == 0)
      pad();
    if (int way = draw(4); way == 0)
      normalizeByBatch();
    else if (way < 3)
      scaleAndShift();
    if (draw(2))
      x = draw(3) ? prim::ReluOp::create(b, x).getResult()
                  : prim::TanhOp::create(b, x).getResult();
    if (first)
      turn({0, 2, 3, 1});
    if (draw(4) == 0)
      results.push_back(x);
  }

  void finish() {
    results.push_back(x);
    func::ReturnOp::create(b, results);
    function.setType(
        b.getFunctionType(function.getBody().front().getArgumentTypes(),
                          TypeRange(ValueRange(results))));
  }

private:
  int draw(unsigned limit) { return int(random() % limit); }

  static RankedTensorType typeOf(Value value) {
    return cast<RankedTensorType>(value.getType());
  }

  Value addArgument(ArrayRef<int64_t> shape) {
    return function.getBody().front().addArgument(
        RankedTensorType::get(shape, b.getF32Type()), b.getLoc());
  }

  Value addVector() { return addArgument(channels); }

  /// The dim of x that its channels lie in.
  int64_t channelDim() { return channelsFirst ? 1 : typeOf(x).getRank() - 1; }

  Value repeat(Value vector) {
    SmallVector<int64_t> others;
    for (int64_t dim = 0; dim < typeOf(x).getRank(); ++dim)
      if (dim != channelDim())
        others.push_back(dim);
    return prim::BroadcastOp::create(b, x.getType(), vector, others);
  }

  Value contract() {
    const SmallVector<int64_t> one{1, 1}, none{0, 0, 0, 0}, same{1, 1, 1, 1};
    switch (draw(3)) {
    case 0:
      return prim::Conv2DOp::create(
          b, x, addArgument({3, 3, channels, channels}), one, same, one, 1);
    case 1:
      return prim::Conv2DOp::create(b, x, addArgument({3, 3, 1, channels}), one,
                                    same, one, channels);
    default:
      return prim::DotOp::create(b, x, addArgument({channels, channels}),
                                 ArrayRef<int64_t>{}, ArrayRef<int64_t>{},
                                 ArrayRef<int64_t>{3}, ArrayRef<int64_t>{0});
    }
  }

  void turn(ArrayRef<int64_t> permutation) {
    x = prim::TransposeOp::create(b, x, permutation);
    channelsFirst = permutation[1] == 3;
  }

  void pad() {
    SmallVector<int64_t> low(4, 0), none(4, 0);
    low[channelsFirst ? 2 : 1] = draw(2);
    x = prim::PadOp::create(b, x, low, none, none, APFloat(0.0F));
  }

  void scaleAndShift() {
    x = prim::MulOp::create(b, x, repeat(addVector()));
    if (draw(3))
      x = prim::AddOp::create(b, x, repeat(addVector()));
  }

  /// As BatchNormalization expands in training, its mean a result.
  void normalizeByBatch() {
    SmallVector<int64_t> others, counted;
    for (int64_t dim = 0; dim < typeOf(x).getRank(); ++dim)
      if (dim != channelDim()) {
        others.push_back(dim);
        counted.push_back(typeOf(x).getDimSize(dim));
      }
    Value sum = prim::ReduceSumOp::create(b, x, others);
    Value count = prim::buildBroadcast(
        b, prim::buildCount(b, typeOf(x).clone(counted)), sum.getType());
    Value mean = prim::DivOp::create(b, sum, count);
    Value distance = prim::SubOp::create(b, x, repeat(mean));
    Value squares = prim::ReduceSumOp::create(
        b, prim::MulOp::create(b, distance, distance), others);
    Value variance = prim::DivOp::create(b, squares, count);
    Value inv = prim::RsqrtOp::create(
        b, prim::AddOp::create(b, variance,
                               prim::buildSplat(b, variance.getType(), 0.1)));
    Value shift = prim::NegOp::create(b, prim::MulOp::create(b, mean, inv));
    if (draw(2))
      shift = prim::AddOp::create(b, shift, addVector());
    Value scaled = prim::MulOp::create(b, x, repeat(inv));
    x = prim::AddOp::create(b, scaled, repeat(shift));
    results.push_back(mean);
  }

  std::mt19937 random;
  ImplicitLocOpBuilder b;
  func::FuncOp function;
  Value x;
  SmallVector<Value> results;
  bool channelsFirst = false;
};

} // namespace

OwningOpRef<ModuleOp> buildRandomNetwork(MLIRContext &context, unsigned seed) {
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder top = OpBuilder::atBlockEnd(module->getBody());
  Type image = RankedTensorType::get({batch, 4, 5, channels}, top.getF32Type());
  auto function =
      func::FuncOp::create(top, loc, "f", top.getFunctionType(image, {}));
  Network network(function, seed);
  for (unsigned i = 0; i < 2 + seed % 4; ++i)
    network.grow();
  network.finish();
  return module;
}

} // namespace dlc::test
