// Transfer learning from C++: transfer BASE.keras DATA.npz TRAINED.keras
// The base loses its last layer, is frozen, and gets a new head for ten
// classes; the data holds x and y.
#include "compiler/build/Layers.h"
#include "compiler/build/Model.h"
#include "runtime/data/Reader.h"
#include "runtime/session/Session.h"

#include <cstdio>

namespace layers = dlc::layers;

/// The base with a head of its own.
static dlc::Expected<dlc::Model> build(const char *file) {
  auto base = dlc::Model::load(file);
  if (!base)
    return base;
  if (auto frozen = base->freeze("*"); !frozen)
    return dlc::Unexpected(frozen.error());
  dlc::KerasTensor x = base->layer(-2).output();
  x = layers::Dense{.units = 32, .activation = "relu", .name = "features"}(x);
  x = layers::Dropout{.rate = 0.2}(x);
  x = layers::Dense{.units = 10, .activation = "softmax", .name = "head"}(x);
  dlc::Model model(base->inputs(), {x}, "transfer");
  auto compiled = model.compile({.optimizer = "adam(learning_rate=0.01)",
                                 .loss = "sparse_categorical_crossentropy",
                                 .metrics = "accuracy"});
  if (!compiled)
    return dlc::Unexpected(compiled.error());
  return model;
}

static dlc::Expected<void> train(const char *file, const char *data,
                                 const char *trained) {
  auto model = build(file);
  if (!model)
    return dlc::Unexpected(model.error());
  auto artifact = dlc::compile(*model);
  if (!artifact)
    return dlc::Unexpected(artifact.error());
  auto session = dlc::Session::open(std::move(*artifact));
  if (!session)
    return dlc::Unexpected(session.error());
  auto dataset = dlc::data::readDataset(data, {});
  if (!dataset)
    return dlc::Unexpected(dataset.error());

  dlc::FitOptions options;
  options.epochs = 3;
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
    std::fprintf(stderr, "usage: transfer BASE.keras DATA.npz TRAINED.keras\n");
    return 2;
  }
  auto done = train(argv[1], argv[2], argv[3]);
  if (!done) {
    std::fprintf(stderr, "error: %s\n", done.error().message().c_str());
    return 1;
  }
}
