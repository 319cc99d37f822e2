/* Trains a Keras model from C: c_api MODEL.keras TRAINED.keras
 * The model takes rows of 6 numbers and gives rows of 4, and was saved after
 * model.compile(...). It learns what a fixed formula says. */
#include "capi/dlc.h"

#include <inttypes.h>
#include <stdio.h>

enum { SAMPLES = 64, INPUTS = 6, OUTPUTS = 4 };

static float x[SAMPLES][INPUTS], y[SAMPLES][OUTPUTS];

static void make_data(void) {
  for (int i = 0; i < SAMPLES; ++i) {
    for (int j = 0; j < INPUTS; ++j)
      x[i][j] = (float)((i * 7 + j * 3) % 11) / 11.0f - 0.5f;
    for (int j = 0; j < OUTPUTS; ++j)
      y[i][j] = x[i][j] - x[i][j + 1];
  }
}

/* Returns 0 to go on. */
static int print_epoch(const dlc_progress *progress, void *context) {
  FILE *stream = context;
  fprintf(stream, "epoch %" PRId64 ":", progress->epoch);
  for (size_t i = 0; i < progress->log_count; ++i)
    fprintf(stream, " %s %.4f", progress->log_names[i],
            progress->log_values[i]);
  fprintf(stream, "\n");
  return 0;
}

/* Each step is run if the ones before it succeeded. */
static dlc_status train(const char *model, const char *trained) {
  const int64_t x_shape[] = {SAMPLES, INPUTS}, y_shape[] = {SAMPLES, OUTPUTS};
  const dlc_array inputs = {"x", DLC_FLOAT32, 2, x_shape, x};
  const dlc_array targets = {"y", DLC_FLOAT32, 2, y_shape, y};
  const dlc_data data = {
      .x = &inputs, .x_count = 1, .y = &targets, .y_count = 1};
  const dlc_callbacks callbacks = {NULL, print_epoch, stdout};

  dlc_artifact *artifact = NULL;
  dlc_session *session = NULL;
  dlc_arrays *predicted = NULL;
  dlc_status status =
      dlc_compile(model, "{\"for_this_cpu\": true}", NULL, NULL, &artifact);
  if (status == DLC_OK)
    status = dlc_session_open(artifact, "{\"seed\": 1}", &session);
  if (status == DLC_OK)
    status = dlc_fit(session, &data, NULL, "{\"epochs\": 3}", &callbacks, NULL);
  if (status == DLC_OK)
    status = dlc_predict(session, &data, 32, &predicted);
  if (status == DLC_OK) {
    dlc_array first = dlc_arrays_get(predicted, 0);
    printf("first of %" PRId64 " outputs: %.4f\n", first.shape[0],
           ((const float *)first.data)[0]);
    status = dlc_save(session, trained);
  }
  dlc_arrays_free(predicted);
  dlc_session_free(session);
  return status;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: c_api MODEL.keras TRAINED.keras\n");
    return 2;
  }
  make_data();
  if (train(argv[1], argv[2]) != DLC_OK) {
    fprintf(stderr, "error: %s\n", dlc_last_error()->message);
    return 1;
  }
}
