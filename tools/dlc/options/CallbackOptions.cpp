// The options of dlc train that are Keras' callbacks.
#include "tools/dlc/options/CallbackOptions.h"

#include <algorithm>

namespace dlc::tool {

std::string nameFlag(std::string_view setting) {
  std::string flag = "--" + std::string(setting);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void addCallbackOptions(CLI::App &app, callbacks::Settings &settings) {
  const char *group = "Callbacks, with Keras' arguments as NAME=VALUE,...";
  app.add_option("--early-stopping", settings.earlyStopping,
                 "stop when a value no longer improves: "
                 "'monitor=val_loss,patience=3,restore_best_weights=true'; "
                 "also min_delta, mode, baseline, start_from_epoch, verbose")
      ->group(group);
  app.add_option("--checkpoint", settings.checkpoints,
                 "save the model after each epoch: a file, as in "
                 "'best-{epoch:02d}.keras', or "
                 "'best.keras,save_best_only=true'; also filepath, monitor, "
                 "mode, save_weights_only, save_freq, "
                 "initial_value_threshold, verbose; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--reduce-lr", settings.reduceLR,
                 "lower the learning rate when a value no longer improves: "
                 "'factor=0.5,patience=2'; also monitor, mode, min_delta, "
                 "cooldown, min_lr, verbose")
      ->group(group);
  app.add_option("--csv-log", settings.csvLog,
                 "a .csv file with a row an epoch, or "
                 "'log.csv,append=true'; also filename, separator")
      ->group(group);
  app.add_option("--tensorboard", settings.tensorBoard,
                 "a folder for TensorBoard's files, or "
                 "'logs,update_freq=100'; also log_dir, "
                 "write_steps_per_second")
      ->group(group);
  app.add_flag("--terminate-on-nan", settings.terminateOnNaN,
               "stop when the loss is NaN or infinite")
      ->group(group);
}

} // namespace dlc::tool
