// Trains what `dlc compile` made, with the runtime library alone:
// train_compiled MODEL.dlc DATA.npz TRAINED.keras [DEVICE]
// The device is "host", "cuda", "cuda:1" or "sim"; if not said, the host where
// the file has code for it, else a GPU.
#include "runtime/data/Reader.h"
#include "runtime/session/Session.h"

#include <cstdio>

static dlc::Expected<double> train(const char *model, const char *data,
                                   const char *trained, const char *device) {
  dlc::SessionOptions options;
  options.device = device;
  auto session = dlc::Session::open(std::filesystem::path(model), options);
  if (!session)
    return dlc::Unexpected(session.error());
  auto dataset = dlc::data::readDataset(data, {});
  if (!dataset)
    return dlc::Unexpected(dataset.error());
  auto history = session->fit(*dataset);
  if (!history)
    return dlc::Unexpected(history.error());
  if (auto saved = session->save(trained); !saved)
    return dlc::Unexpected(saved.error());
  return history->epochs.front().second.back();
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: train_compiled MODEL.dlc DATA.npz "
                         "TRAINED.keras [DEVICE]\n");
    return 2;
  }
  auto loss = train(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "auto");
  if (!loss) {
    std::fprintf(stderr, "error: %s\n", loss.error().message().c_str());
    return 1;
  }
  std::printf("loss %.4f\n", *loss);
}
