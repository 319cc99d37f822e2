// One integer and one array a launch.
#include "compiler/plan/streams/StreamAttributes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace dlc::plan;

static constexpr llvm::StringLiteral streamName = "kernel.stream";
static constexpr llvm::StringLiteral waitsName = "kernel.waits";

void dlc::plan::setPlaces(ArrayRef<Operation *> launches,
                          ArrayRef<StreamPlace> places) {
  bool isOne = llvm::all_of(
      places, [](const StreamPlace &place) { return place.stream == 0; });
  for (auto [launch, place] : llvm::zip_equal(launches, places)) {
    launch->removeAttr(streamName);
    launch->removeAttr(waitsName);
    if (isOne)
      continue;
    Builder b(launch->getContext());
    launch->setAttr(streamName, b.getI64IntegerAttr(place.stream));
    if (!place.waits.empty())
      launch->setAttr(waitsName, b.getDenseI64ArrayAttr(SmallVector<int64_t>(
                                     place.waits.begin(), place.waits.end())));
  }
}

StreamPlace dlc::plan::placeOf(Operation *launch) {
  StreamPlace place;
  if (auto stream = launch->getAttrOfType<IntegerAttr>(streamName))
    place.stream = unsigned(stream.getInt());
  if (auto waits = launch->getAttrOfType<DenseI64ArrayAttr>(waitsName))
    place.waits.assign(waits.asArrayRef().begin(), waits.asArrayRef().end());
  return place;
}

bool dlc::plan::hasStreams(func::FuncOp func) {
  return llvm::any_of(func.getBody().front(),
                      [](Operation &op) { return placeOf(&op).stream != 0; });
}
