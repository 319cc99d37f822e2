// Masks of scores, over loops that fuse with what reads them.
#include "dialects/layer/layers/attention/Scores.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

Value ScoreMask::position(int64_t dim) {
  return prim::IotaOp::create(b, type.clone(b.getI32Type()),
                              type.getRank() - dim);
}

void ScoreMask::join(Value part) {
  mask = mask ? prim::AndOp::create(b, mask, part).getResult() : part;
}

// t >= s
void ScoreMask::addCausal() {
  join(prim::CompareOp::create(b, prim::Predicate::ge, position(2),
                               position(1)));
}

// |t - s| < window, as t < s + window and s < t + window
void ScoreMask::addWindow(int64_t window) {
  Value t = position(2), s = position(1);
  Value reach = prim::buildSplat(b, t.getType(), double(window));
  for (auto [near, far] : {std::pair(t, s), std::pair(s, t)})
    join(prim::CompareOp::create(b, prim::Predicate::lt, near,
                                 prim::AddOp::create(b, far, reach)));
}

void ScoreMask::add(Value part) {
  join(broadcastTo(b, convertTo(b, part, b.getI1Type()), type.getShape()));
}
