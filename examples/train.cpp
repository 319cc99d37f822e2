// Trains a Keras model from C++: train MODEL.keras DATA.npz TRAINED.keras
// [EPOCHS] The model was saved after model.compile(...); the data holds x and
// y, of which the last part validates. Ends early where that no longer
// improves.
#include "compiler/Compile.h"
#include "runtime/data/Reader.h"
#include "runtime/session/Session.h"
#include "runtime/session/callbacks/EarlyStopping.h"

#include <cstdio>
#include <cstdlib>

static dlc::Expected<void> train(const char *model, const char *data,
                                 const char *trained, int epochs) {
  auto artifact = dlc::compile(model);
  if (!artifact)
    return dlc::Unexpected(artifact.error());
  auto session = dlc::Session::open(std::move(*artifact));
  if (!session)
    return dlc::Unexpected(session.error());
  auto dataset = dlc::data::readDataset(data, {});
  if (!dataset)
    return dlc::Unexpected(dataset.error());

  dlc::FitOptions options;
  options.epochs = epochs;
  options.validationSplit = 0.2;
  // Keras' callbacks are objects, others plain functions.
  dlc::callbacks::EarlyStopping stopping(
      {.patience = 3, .restoreBestWeights = true});
  options.callbacks.objects = {&stopping};
  options.callbacks.onEpochEnd = [](const dlc::EpochInfo &info) {
    std::printf("epoch %d:", int(info.epoch));
    for (const auto &[name, value] : info.logs)
      std::printf(" %s %.4f", name.c_str(), value);
    std::printf("\n");
  };
  auto history = session->fit(*dataset, options);
  if (!history)
    return dlc::Unexpected(history.error());
  return session->save(trained);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fprintf(stderr,
                 "usage: train MODEL.keras DATA.npz TRAINED.keras [EPOCHS]\n");
    return 2;
  }
  auto done =
      train(argv[1], argv[2], argv[3], argc > 4 ? std::atoi(argv[4]) : 1);
  if (!done) {
    std::fprintf(stderr, "error: %s\n", done.error().message().c_str());
    return 1;
  }
}
