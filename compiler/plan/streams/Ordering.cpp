// Sets of launches that are over, by those of the launches waited for.
#include "compiler/plan/streams/Ordering.h"

using namespace dlc::plan;

void Ordering::add(const StreamPlace &place) {
  const unsigned number = before.size();
  llvm::BitVector over(number);
  auto take = [&](unsigned launch) {
    over |= before[launch];
    over.set(launch);
  };
  if (place.stream >= lastOf.size())
    lastOf.resize(place.stream + 1, -1);
  streams = std::max<unsigned>(streams, lastOf.size());
  if (lastOf[place.stream] >= 0)
    take(lastOf[place.stream]);
  for (unsigned launch : place.waits)
    take(launch);
  lastOf[place.stream] = number;
  before.push_back(std::move(over));
}
