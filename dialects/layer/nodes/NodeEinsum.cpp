// Einsum: numpy's notation, as reductions, contractions and one transpose.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/layer/nodes/Einsum.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

namespace {

/// A letter, or a dimension of the ellipsis, counted from its last: -1, -2 ...
using Label = int;
using Labels = SmallVector<Label>;

/// The labels of each operand and of the result, and the size of each.
struct Subscripts {
  SmallVector<Labels> operands;
  Labels result;
  std::map<Label, int64_t> sizes;
};

/// A tensor whose dimensions go by labels.
struct Term {
  Value tensor;
  Labels labels;
};

} // namespace

//===-- Notation ----------------------------------------------------------===//

/// "ij...k" for a tensor of this rank; failure for anything else, or a label
/// that stands twice. Without a rank the ellipsis stands for `ellipsis`.
static FailureOr<Labels> readLabels(StringRef text, std::optional<int64_t> rank,
                                    int64_t ellipsis) {
  auto [front, back] = text.split("...");
  bool hasEllipsis = text.contains("...");
  int64_t letters = int64_t(front.size() + back.size());
  if (rank)
    ellipsis = *rank - letters;
  if (ellipsis < 0 || (!hasEllipsis && rank && ellipsis != 0))
    return failure();
  Labels labels(front.bytes_begin(), front.bytes_end());
  for (int64_t i = 0; hasEllipsis && i < ellipsis; ++i)
    labels.push_back(Label(i - ellipsis));
  labels.append(back.bytes_begin(), back.bytes_end());
  for (auto [i, label] : llvm::enumerate(labels))
    if ((label >= 0 && !llvm::isAlpha(char(label))) ||
        llvm::is_contained(ArrayRef(labels).take_front(i), label))
      return failure();
  return labels;
}

/// Without "->": the ellipsis, then the letters that stand once, by alphabet.
static Labels makeResult(ArrayRef<Labels> operands, int64_t ellipsis) {
  std::map<Label, int> uses;
  for (const Labels &labels : operands)
    for (Label label : labels)
      ++uses[label];
  Labels result;
  for (int64_t i = 0; i < ellipsis; ++i)
    result.push_back(Label(i - ellipsis));
  for (auto [label, count] : uses)
    if (label >= 0 && count == 1)
      result.push_back(label);
  return result;
}

/// Of the operands by numpy's rules: sizes of one label agree or are 1.
static FailureOr<std::map<Label, int64_t>>
findSizes(ArrayRef<Labels> operands, ArrayRef<ArrayRef<int64_t>> shapes) {
  std::map<Label, int64_t> sizes;
  for (auto [labels, shape] : llvm::zip_equal(operands, shapes))
    for (auto [label, size] : llvm::zip_equal(labels, shape)) {
      auto [known, isNew] = sizes.try_emplace(label, size);
      if (known->second == 1)
        known->second = size;
      else if (size != 1 && size != known->second)
        return failure();
    }
  return sizes;
}

static FailureOr<Subscripts>
readSubscripts(StringRef text, ArrayRef<ArrayRef<int64_t>> shapes) {
  std::string plain = text.str();
  llvm::erase(plain, ' ');
  auto [inputs, output] = StringRef(plain).split("->");
  SmallVector<StringRef> parts;
  inputs.split(parts, ',');
  if (parts.size() != shapes.size())
    return failure();
  Subscripts subscripts;
  int64_t ellipsis = 0;
  for (auto [part, shape] : llvm::zip_equal(parts, shapes)) {
    FailureOr<Labels> labels = readLabels(part, int64_t(shape.size()), 0);
    if (failed(labels))
      return failure();
    ellipsis = std::max<int64_t>(
        ellipsis, llvm::count_if(*labels, [](Label l) { return l < 0; }));
    subscripts.operands.push_back(*labels);
  }
  auto sizes = findSizes(subscripts.operands, shapes);
  if (failed(sizes))
    return failure();
  subscripts.sizes = *sizes;
  if (!StringRef(plain).contains("->")) {
    subscripts.result = makeResult(subscripts.operands, ellipsis);
    return subscripts;
  }
  FailureOr<Labels> result = readLabels(output, std::nullopt, ellipsis);
  if (failed(result) || llvm::any_of(*result, [&](Label label) {
        return !subscripts.sizes.contains(label);
      }))
    return failure();
  subscripts.result = *result;
  return subscripts;
}

static SmallVector<ArrayRef<int64_t>> shapesOf(ValueRange xs) {
  return llvm::map_to_vector(xs, [](Value x) {
    return cast<RankedTensorType>(x.getType()).getShape();
  });
}

FailureOr<SmallVector<int64_t>>
layer::inferEinsum(StringRef text, ArrayRef<ArrayRef<int64_t>> shapes) {
  auto subscripts = readSubscripts(text, shapes);
  if (failed(subscripts))
    return failure();
  return llvm::map_to_vector(subscripts->result, [&](Label label) {
    return subscripts->sizes.at(label);
  });
}

FailureOr<Type> EinsumNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  auto shape = inferEinsum(node.getSubscripts(), shapesOf(node.getXs()));
  if (failed(shape))
    return emitLayerError<EinsumNodeOp>(
        loc, node, "subscripts are \"", node.getSubscripts(),
        "\" for operands of the types ", node.getXs().getTypes(),
        " but each dimension has a label, no tensor has one twice, and sizes "
        "of one label agree; correct them, or index before");
  bool hasBatch = llvm::any_of(shapesOf(node.getXs()), [](auto operand) {
    return llvm::any_of(operand, ShapedType::isDynamic);
  });
  if (hasBatch && (shape->empty() || !ShapedType::isDynamic(shape->front()) ||
                   llvm::count_if(*shape, ShapedType::isDynamic) != 1))
    return emitLayerError<EinsumNodeOp>(
        loc, node, "subscripts are \"", node.getSubscripts(),
        "\" but the batch stays the first dimension of the result; keep its "
        "label there");
  return Type(RankedTensorType::get(
      *shape, Float32Type::get(node.getXs().front().getContext())));
}

//===-- Meaning -----------------------------------------------------------===//

static int64_t findDim(const Term &term, Label label) {
  return llvm::find(term.labels, label) - term.labels.begin();
}

static SmallVector<int64_t> findDims(const Term &term, ArrayRef<Label> labels) {
  return llvm::map_to_vector(labels,
                             [&](Label label) { return findDim(term, label); });
}

/// Sums over the labels that nothing else needs.
static Term reduce(ImplicitLocOpBuilder &b, Term term,
                   llvm::function_ref<bool(Label)> isNeeded) {
  Labels kept, summed;
  for (Label label : term.labels)
    (isNeeded(label) ? kept : summed).push_back(label);
  if (summed.empty())
    return term;
  return {prim::ReduceSumOp::create(b, term.tensor, findDims(term, summed)),
          kept};
}

/// Without the dimensions of size 1 whose label is larger elsewhere.
static Term dropOnes(ImplicitLocOpBuilder &b, const Term &term,
                     const std::map<Label, int64_t> &sizes) {
  auto type = cast<RankedTensorType>(term.tensor.getType());
  Labels kept;
  SmallVector<int64_t> shape;
  for (auto [label, size] : llvm::zip_equal(term.labels, type.getShape()))
    if (size == sizes.at(label)) {
      kept.push_back(label);
      shape.push_back(size);
    }
  return {reshapeTo(b, term.tensor, type.clone(shape)), kept};
}

/// The labels of `term` that are not in any of the lists.
static Labels listOthers(const Term &term, ArrayRef<Label> a,
                         ArrayRef<Label> b) {
  Labels others;
  for (Label label : term.labels)
    if (!llvm::is_contained(a, label) && !llvm::is_contained(b, label))
      others.push_back(label);
  return others;
}

/// The term with its dimensions in this order.
static Value arrange(ImplicitLocOpBuilder &b, const Term &term,
                     std::initializer_list<ArrayRef<Label>> order) {
  Labels labels;
  for (ArrayRef<Label> part : order)
    llvm::append_range(labels, part);
  return prim::TransposeOp::create(b, term.tensor, findDims(term, labels));
}

/// How many elements these dimensions of the term have, which are known.
static int64_t countElements(const Term &term, ArrayRef<Label> labels) {
  auto type = cast<RankedTensorType>(term.tensor.getType());
  int64_t count = 1;
  for (int64_t dim : findDims(term, labels))
    count *= type.getDimSize(dim);
  return count;
}

/// The same where lhs alone has the batch, which `dot` would put behind what
/// both have: as a convolution of size 1 in groups, one for each of `both`.
///     [n, f, 1, g s] [1, 1, s, g r] -> [n, f, 1, g r]
static Term contractByGroups(ImplicitLocOpBuilder &b, const Term &lhs,
                             const Term &rhs, ArrayRef<Label> both,
                             ArrayRef<Label> summed, ArrayRef<Label> free) {
  Labels own = listOthers(rhs, both, summed);
  int64_t groups = countElements(lhs, both), sums = countElements(lhs, summed),
          results = countElements(rhs, own);
  Value x = arrange(b, lhs, {free, both, summed});
  Value kernel = arrange(b, rhs, {summed, both, own});
  auto type = cast<RankedTensorType>(x.getType());
  int64_t n = type.getDimSize(0);
  x = reshapeTo(
      b, x,
      type.clone({n, countElements(lhs, free.drop_front()), 1, groups * sums}));
  kernel = reshapeTo(b, kernel, type.clone({1, 1, sums, groups * results}));
  Value y = prim::Conv2DOp::create(b, x, kernel, ArrayRef<int64_t>{1, 1},
                                   ArrayRef<int64_t>{0, 0, 0, 0},
                                   ArrayRef<int64_t>{1, 1}, groups);
  Labels labels(free);
  llvm::append_range(labels, both);
  SmallVector<int64_t> shape;
  for (int64_t dim : findDims(lhs, labels))
    shape.push_back(
        cast<RankedTensorType>(lhs.tensor.getType()).getDimSize(dim));
  for (int64_t dim : findDims(rhs, own))
    shape.push_back(
        cast<RankedTensorType>(rhs.tensor.getType()).getDimSize(dim));
  llvm::append_range(labels, own);
  return {reshapeTo(b, y, type.clone(shape)), labels};
}

/// The product, summed over what both have and nothing else needs. The batch
/// comes first: it is the result's first label.
static Term contract(ImplicitLocOpBuilder &b, Term lhs, Term rhs,
                     llvm::function_ref<bool(Label)> isNeeded, Label first) {
  if (!llvm::is_contained(lhs.labels, first))
    std::swap(lhs, rhs);
  Labels batch, summed, free;
  for (Label label : lhs.labels)
    if (!llvm::is_contained(rhs.labels, label))
      free.push_back(label);
    else
      (isNeeded(label) ? batch : summed).push_back(label);
  if (auto *found = llvm::find(batch, first); found != batch.end())
    std::rotate(batch.begin(), found, found + 1);
  if (!batch.empty() && !llvm::is_contained(batch, first) &&
      !cast<RankedTensorType>(lhs.tensor.getType()).hasStaticShape())
    return contractByGroups(b, lhs, rhs, batch, summed, free);
  Labels result = batch;
  llvm::append_range(result, free);
  for (Label label : rhs.labels)
    if (!llvm::is_contained(lhs.labels, label))
      result.push_back(label);
  Value product = prim::DotOp::create(
      b, lhs.tensor, rhs.tensor, findDims(lhs, batch), findDims(rhs, batch),
      findDims(lhs, summed), findDims(rhs, summed));
  return {product, result};
}

// From the left, two at a time.
Value layer::buildEinsum(ImplicitLocOpBuilder &b, StringRef text,
                         ValueRange xs) {
  Subscripts subscripts = *readSubscripts(text, shapesOf(xs));
  SmallVector<Term> terms;
  for (auto [x, labels] : llvm::zip_equal(xs, subscripts.operands))
    terms.push_back(dropOnes(b, {x, labels}, subscripts.sizes));
  Label first = subscripts.result.empty() ? 0 : subscripts.result.front();
  Term product;
  for (size_t i = 0; i < terms.size(); ++i) {
    auto isNeededAfter = [&](size_t term) {
      return [&, term](Label label) {
        return llvm::is_contained(subscripts.result, label) ||
               llvm::any_of(ArrayRef(terms).drop_front(term),
                            [&](const Term &other) {
                              return llvm::is_contained(other.labels, label);
                            });
      };
    };
    Term next = terms[i];
    next = reduce(b, next, [&](Label label) {
      return llvm::is_contained(product.labels, label) ||
             isNeededAfter(i + 1)(label);
    });
    if (i == 0) {
      product = next;
      continue;
    }
    product = reduce(b, product, [&](Label label) {
      return llvm::is_contained(next.labels, label) ||
             isNeededAfter(i + 1)(label);
    });
    product = contract(b, product, next, isNeededAfter(i + 1), first);
  }
  return prim::TransposeOp::create(b, product.tensor,
                                   findDims(product, subscripts.result));
}

Value EinsumNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  SmallVector<Value> xs = llvm::map_to_vector(
      getXs(), [&](Value x) { return convertTo(b, x, b.getF32Type()); });
  return buildEinsum(b, getSubscripts(), xs);
}
