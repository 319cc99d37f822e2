// Which way a metric goes when a model improves (keras/src/metrics).
#include "dialects/layer/training/Direction.h"

#include "llvm/ADT/StringSwitch.h"

using namespace dlc;
using llvm::StringRef;

StringRef layer::findDirection(StringRef kerasClass) {
  // "accuracy" stands for whichever accuracy goes with the loss.
  if (kerasClass.ends_with("Accuracy") || kerasClass == "accuracy" ||
      kerasClass.ends_with("IoU"))
    return "up";
  return llvm::StringSwitch<StringRef>(kerasClass)
      .Cases({"AUC", "Precision", "Recall", "F1Score", "FBetaScore"}, "up")
      .Cases({"PrecisionAtRecall", "RecallAtPrecision",
              "SensitivityAtSpecificity", "SpecificityAtSensitivity"},
             "up")
      .Cases({"CosineSimilarity", "R2Score", "PearsonCorrelation",
              "ConcordanceCorrelation"},
             "up")
      .Cases({"MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError",
              "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
              "LogCoshError", "KLDivergence", "Poisson"},
             "down")
      .Cases({"Hinge", "SquaredHinge", "CategoricalHinge"}, "down")
      .Cases({"BinaryCrossentropy", "CategoricalCrossentropy",
              "SparseCategoricalCrossentropy"},
             "down")
      .Default("");
}
