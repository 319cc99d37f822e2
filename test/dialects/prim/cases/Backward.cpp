// The gradient of one prim as a function.
#include "test/dialects/prim/cases/Backward.h"
#include "mlir/IR/Verifier.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

Backward differentiate(const std::string &arguments, const std::string &op) {
  Backward backward{parse(arguments, op), {}};
  OneOp &parsed = backward.parsed;
  if (!parsed.module)
    return backward;
  Location loc = parsed.op->getLoc();
  SmallVector<Value> given;
  for (Type type : parsed.op->getResultTypes()) {
    unsigned last = parsed.function.getNumArguments();
    EXPECT_TRUE(succeeded(parsed.function.insertArgument(last, type, {}, loc)));
    given.push_back(parsed.function.getArgument(last));
  }
  ImplicitLocOpBuilder b(loc, &getContext());
  Operation *end = parsed.function.getBody().front().getTerminator();
  b.setInsertionPoint(end);
  auto prim = cast<prim::DifferentiableOpInterface>(parsed.op);
  SmallVector<Value> grads = prim.buildVjp(b, given);
  EXPECT_EQ(grads.size(), parsed.op->getNumOperands());

  SmallVector<Value> results;
  for (auto [grad, operand] : llvm::zip(grads, parsed.op->getOperands())) {
    backward.has.push_back(bool(grad));
    if (!grad)
      continue;
    EXPECT_EQ(grad.getType(), operand.getType());
    results.push_back(grad);
  }
  end->setOperands(results);
  parsed.function.setType(FunctionType::get(&getContext(),
                                            parsed.function.getArgumentTypes(),
                                            ValueRange(results).getTypes()));
  EXPECT_TRUE(succeeded(verify(*parsed.module)));
  return backward;
}

} // namespace dlc::test
