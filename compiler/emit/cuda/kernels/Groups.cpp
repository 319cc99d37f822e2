// Kernels side by side: each member has a range of blocks, and members with one
// text differ in their sizes and pointers only, which stand in tables.
#include "compiler/emit/cuda/kernels/KernelWalks.h"
#include "compiler/emit/cuda/kernels/ScalarCode.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

/// Members of which the table may lie in constant memory.
static constexpr size_t mostConstant = 128;

namespace {

/// A member of the group.
struct Row {
  /// Elements, where the text does not say them.
  int64_t size;
  /// Where its inputs and outputs begin in the launch's table.
  size_t in, out;
  /// At the largest batch, and at the one to reckon with; of points.
  int64_t mostVisits = 0, nominalVisits = 0;
  /// Of a member that folds: those it takes, which are as many as its walk
  /// says.
  int64_t blocks = 0;
};

/// The members with one text.
struct Alike {
  std::string ops;
  SmallVector<Row> rows;
};

class GroupWriter {
public:
  GroupWriter(kernel::GroupOp group, int64_t maxBatch) : maxBatch(maxBatch) {
    size_t in = 0, out = group.getInputs().size();
    for (kernel::FusedOp member : group.getMembers()) {
      addMember(member, in, out);
      in += member.getInputs().size();
      out += member.getOutputs().size();
    }
  }

  KernelText write() {
    text.comment(std::to_string(count) + " kernels side by side");
    int64_t blocks = writeTable();
    // Left to guess, ptxas hopes for more blocks a processor than many
    // different members have registers for, and spills.
    text.line("extern \"C\" __global__ void __launch_bounds__(" +
              Twine(pointwiseThreads) + ", 3)");
    text.open("@NAME@(void *const *__restrict__ table, int n)");
    text.line("const int index = findMember(@NAME@_members, " + Twine(count) +
              ", blockIdx.x);");
    text.line("const Member member = @NAME@_members[index];");
    text.line("const int block = blockIdx.x - member.block;");
    text.line("const int blocks = @NAME@_members[index + 1].block - "
              "member.block;");
    writeBodies();
    text.close();

    KernelText written;
    artifact::DeviceStage stage;
    stage.symbol = "@NAME@";
    stage.table = true;
    stage.threads = pointwiseThreads;
    // Those of the largest batch: with a smaller one some have no work.
    stage.extent = {blocks, /*timesBatch=*/false};
    written.text = text.take();
    written.stages.push_back(stage);
    return written;
  }

private:
  void addMember(kernel::FusedOp member, size_t in, size_t out) {
    KernelCode code(member, maxBatch);
    code.text = CodeText(/*depth=*/2);
    code.readTable("member.in", "member.out");
    Row row{0, in, out};
    if (member.getReduced().empty())
      addPoints(code, row);
    else
      addFolds(code, row);
    Alike &alike = byText[code.text.take()];
    alike.ops = listOps(member);
    alike.rows.push_back(row);
    nominalVisits += row.nominalVisits;
    ++count;
  }

  static void addPoints(KernelCode &code, Row &row) {
    ArrayRef<kernel::Loop> loops = code.nest.loops;
    Share share{"block", "blocks", "", pointwiseThreads};
    // One loop over elements is the same for all sizes.
    if (loops.size() == 1 && !loops[0].timesBatch && code.index == "int") {
      share.count = "member.size";
      row.size = loops[0].trips;
    }
    int64_t perVisit = writePoints(code, share);
    row.mostVisits = llvm::divideCeil(code.countMost(code.keptLoops), perVisit);
    row.nominalVisits = code.countNominal(code.keptLoops) / perVisit;
  }

  static void addFolds(KernelCode &code, Row &row) {
    Share share{"block", "blocks", "", pointwiseThreads};
    row.blocks = walksColumns(code) ? writeColumnsOf(code, share)
                                    : writeRowsOf(code, share);
  }

  /// The table of members, those with one text together; returns how many
  /// blocks they have.
  int64_t writeTable() {
    // Finding its member costs a thread about as much as a visit, so it makes
    // several as soon as the others fill a large GPU.
    int64_t perBlock =
        pointwiseThreads *
        chooseVisits(nominalVisits, /*enoughThreads=*/int64_t(1) << 17);
    int64_t block = 0;
    std::string rows;
    for (const auto &[body, alike] : byText)
      for (const Row &row : alike.rows) {
        // Without spaces a row stays in one line.
        rows += "{" + std::to_string(block) + "," + std::to_string(row.size) +
                "," + std::to_string(row.in) + "," + std::to_string(row.out) +
                "}, ";
        block += row.blocks ? row.blocks
                            : llvm::divideCeil(row.mostVisits, perBlock);
      }
    // All threads of a block read the same rows, which is what constant memory
    // is for; a module has 64 kB of it.
    text.line(Twine("static ") +
              (count <= mostConstant ? "__constant__" : "__device__ const") +
              " Member @NAME@_members[] = {" + rows + "{" + Twine(block) +
              ",0,0,0}};");
    return block;
  }

  void writeBodies() {
    size_t end = 0;
    std::string head = "  ";
    for (const auto &[body, alike] : byText) {
      end += alike.rows.size();
      if (end != count)
        head += "if (index < " + std::to_string(end) + ") ";
      text.append(head + "{\n");
      CodeText comment(/*depth=*/2);
      comment.comment(describe(alike));
      text.append(comment.take());
      text.append(body);
      head = "  } else ";
    }
    text.append("  }\n");
  }

  /// "2 kernels: subf mulf", of what their text does.
  static std::string describe(const Alike &alike) {
    size_t many = alike.rows.size();
    return std::to_string(many) + (many == 1 ? " kernel: " : " kernels: ") +
           alike.ops;
  }

  int64_t maxBatch;
  CodeText text;
  llvm::MapVector<std::string, Alike, std::map<std::string, unsigned>> byText;
  int64_t nominalVisits = 0;
  size_t count = 0;
};

} // namespace

KernelText dlc::emit::cuda::writeGroup(kernel::GroupOp group,
                                       int64_t maxBatch) {
  return GroupWriter(group, maxBatch).write();
}
