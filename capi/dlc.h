/* dlc from C: compile a Keras model, train it, run it, save it.
 *
 * Functions return DLC_OK or DLC_ERROR; dlc_last_error() then says what was
 * wrong, in four parts. What a function hands out through a `T **out` belongs
 * to the caller, who frees it with the function named beside it; freeing NULL
 * does nothing. Strings are UTF-8 and end with a zero byte. What is passed in
 * is borrowed: it has to live until the function returns, and is not changed.
 *
 * Threads: any number of threads may use a session at once; predictions run
 * beside each other, all else takes turns. Freeing it must be the last use.
 * Errors are kept for each thread.
 *
 * Link libdlc-c (CMake: dlc::c). It rests on libdlc-runtime alone; dlc_compile
 * opens libdlc-compiler, and with it LLVM, when it is first called. */
#ifndef DLC_CAPI_DLC_H
#define DLC_CAPI_DLC_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DLC_API __attribute__((visibility("default")))
#else
#define DLC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions ---------------------------------------------------------- */

/* Counts changes after which a program has to be compiled again. New functions
 * and new option keys are no such change. */
#define DLC_ABI_VERSION 2

/* The DLC_ABI_VERSION that the library was built with. */
DLC_API int dlc_abi_version(void);

/* The library's version, as in "0.1.0". Lives for ever. */
DLC_API const char *dlc_version(void);

/* ---- Errors ------------------------------------------------------------ */

typedef enum dlc_status { DLC_OK = 0, DLC_ERROR = 1 } dlc_status;

/* One mistake. `message` is "THING: VALUE but LIMIT; REMEDY", in one line. */
typedef struct dlc_error {
  const char *thing;  /* the file, layer, array or option that is wrong */
  const char *value;  /* what it has or is: "has 784 rows" */
  const char *limit;  /* what it should have had; may be "" */
  const char *remedy; /* what to do about it; may be "" */
  const char *message;
} dlc_error;

/* The error of this thread's last function that returned DLC_ERROR. Lives until
 * the thread's next error. Never NULL: all parts are "" before the first. */
DLC_API const dlc_error *dlc_last_error(void);

/* ---- Arrays ------------------------------------------------------------ */

typedef enum dlc_dtype {
  DLC_FLOAT32 = 0,
  DLC_INT32 = 1,
  DLC_BOOL = 2 /* one byte an element, 0 or 1 */
} dlc_dtype;

/* A row-major array without gaps. The first dimension of data counts samples.
 * A function that reads one copies it first. */
typedef struct dlc_array {
  const char *name; /* the model's input or output; any, where it has one */
  dlc_dtype dtype;
  int32_t rank;         /* 0 for a scalar */
  const int64_t *shape; /* `rank` sizes, outermost first */
  const void *data;
} dlc_array;

/* Arrays that dlc has made. */
typedef struct dlc_arrays dlc_arrays;

DLC_API size_t dlc_arrays_count(const dlc_arrays *arrays);
/* The array at `index`, which points into `arrays`; all zero past the end. */
DLC_API dlc_array dlc_arrays_get(const dlc_arrays *arrays, size_t index);
DLC_API void dlc_arrays_free(dlc_arrays *arrays);

/* Told what the user should know but need not change, a sentence at a time. */
typedef void (*dlc_note_fn)(const char *note, void *context);

/* clang-format off */
/* Pictures as samples: a folder, or a zip of one, with a sub-folder for each
 * class. They are decoded when a step needs them, by threads ahead of it.
 *
 * `options` is a JSON object or NULL. What a key does not say is as the model
 * was trained, else as ImageDataGenerator has it (docs/runtime/Data.md):
 *   "image_size": "224x224"  height and width; the model's
 *   "color_mode"             "rgb", "grayscale", "rgba"; by the model's channels
 *   "interpolation": "nearest"
 *                            or "bilinear", "bicubic", "box", "hamming",
 *                            "lanczos"
 *   "keep_aspect_ratio": false
 *   "rescale": "1/255"       or a number, that pixels are multiplied by
 *   "preprocess": "none"     or "tf", "caffe", "torch"
 *   "augment": "rotation_range=20,horizontal_flip=true"
 *                            ImageDataGenerator's arguments, for dlc_fit alone
 *   "on_bad_image": "error"  or "skip": damaged pictures are left out
 *   "workers": 0             threads that decode; 0: as many as there are cores
 * `note` may be NULL; it is told of pictures that are left out, and of what is
 * read in another way than in training. */
/* clang-format on */
typedef struct dlc_pictures {
  const char *path;
  const char *options;
  dlc_note_fn note;
  void *context; /* passed on to note */
} dlc_pictures;

/* Samples: inputs, targets and weights, all with the same first dimension; or
 * pictures, and then nothing beside them. What is not used is zero. */
typedef struct dlc_data {
  const dlc_array *x; /* the inputs */
  size_t x_count;
  const dlc_array *y; /* the targets; NULL where none are read */
  size_t y_count;
  const dlc_array *sample_weight; /* one number a sample, or NULL for ones */
  /* In its place, weights by the output's name: one number a sample, or one
   * for each of the output's losses, as (samples, steps). Outputs without any
   * weigh 1. */
  const dlc_array *output_weights;
  size_t output_weight_count;
  const dlc_pictures *pictures; /* or NULL */
} dlc_data;

/* Loss and metrics by name, in Keras' order. */
typedef struct dlc_logs dlc_logs;

DLC_API size_t dlc_logs_count(const dlc_logs *logs);
/* "loss", "accuracy", ...; NULL past the end. Lives as long as `logs`. */
DLC_API const char *dlc_logs_name(const dlc_logs *logs, size_t index);
/* NaN past the end. */
DLC_API double dlc_logs_value(const dlc_logs *logs, size_t index);
DLC_API void dlc_logs_free(dlc_logs *logs);

/* Text that dlc has made. */
DLC_API void dlc_text_free(char *text);

/* ---- Compiling --------------------------------------------------------- */

/* A compiled model, as a .dlc file holds it. */
typedef struct dlc_artifact dlc_artifact;

/* clang-format off */
/* Compiles a .keras file or folder, a legacy .h5 file or a .mlir layer file.
 *
 * `options` is a JSON object, or NULL for none; a key that does not exist is an
 * error. The keys, with what they are when left out:
 *   "batch": 32            the most samples a step will take
 *   "optimizer", "loss"    a Keras name, a call as in "sgd(momentum=0.9)", or
 *                          the object that Keras serialises; the file's
 *   "metrics": "accuracy"  names with commas between; the file's
 *   "seed": 0              of the weights that no file gives
 *   "weights": FILE        a .weights.h5, .keras or .h5 file that replaces the
 *                          model's weights
 *   "input_shapes": {"image": [96, 96, 3]}
 *                          sizes of one sample for inputs that leave them free;
 *                          "" names the only input
 *   "dtype_policy": "float32"
 *                          of layers that have none; or "mixed_bfloat16",
 *                          "mixed_float16"
 *   "training_arg": "auto" "honour" or "ignore" recorded training= arguments
 *   "targets": ["host"]    "host", "cuda", "cuda:sm_90"
 *   "cpus": [...]          "x86-64-v3", "x86-64-v4", "native"
 *   "for_this_cpu": false  only the code that this machine would choose
 *   "programs": [...]      of "train", "evaluate", "predict", "gradients"; the
 *                          first three
 *   "cache_dir": FOLDER    of compiled GPU code, null for none
 *   "memory_limit": BYTES  for weights and the tensors of a step
 *   "plugins": [FILE, ...] libraries with layers of your own
 *   "float32_precision": "tf32"
 *                          or "tf32x3", "ieee": how a GPU multiplies float32
 *   "libraries": "auto"    whether products on a GPU may be cuBLASLt's and
 *                          convolutions cuDNN's: where they are here and
 *                          expected to take less time; or "none", "always"
 *   "streams": 4           the most launches that run side by side on a GPU
 *   "zero_bias_gradients": false, "winograd": true, "fuse": true,
 *   "must_train": true     as in compiler/Compile.h
 *
 * `note` may be NULL; `context` is passed on to it. Errors: what is wrong with
 * the file, a layer or an option; a model that needs more than memory_limit.
 * Free *out with dlc_artifact_free. */
/* clang-format on */
DLC_API dlc_status dlc_compile(const char *model, const char *options,
                               dlc_note_fn note, void *context,
                               dlc_artifact **out);

/* Reads and checks a .dlc file. Needs no compiler. */
DLC_API dlc_status dlc_artifact_read(const char *path, dlc_artifact **out);

/* Writes a .dlc file: whole, or not at all. */
DLC_API dlc_status dlc_artifact_write(const dlc_artifact *artifact,
                                      const char *path);

DLC_API void dlc_artifact_free(dlc_artifact *artifact);

/* ---- Sessions ---------------------------------------------------------- */

/* One model in use: its weights, its optimizer's state, its compiled steps. */
typedef struct dlc_session dlc_session;

/* Takes `artifact` over, whether it succeeds or not: it must not be used or
 * freed any more. `options` is a JSON object or NULL:
 *   "device": "auto"     "host"; "cuda" or "cuda:1", a GPU; "sim", a GPU in
 *                        software; "auto": the host where the model has code
 *                        for it, else a GPU
 *   "threads": 0         on the host; 0: as many as there are cores
 *   "seed": 0            of dropout and shuffling
 *   "rescue_seconds": 60 how often, at most, a GPU's states are copied out
 *   "predicts_at_once": 0  how many predictions run at the same time; 0: as
 *                        many as there are cores for
 * Free *out with dlc_session_free. */
DLC_API dlc_status dlc_session_open(dlc_artifact *artifact, const char *options,
                                    dlc_session **out);

DLC_API void dlc_session_free(dlc_session *session);

/* What the model is, as a JSON object: "model", "max_batch",
 * "steps_per_launch", "states" (name, role, dtype, shape, trainable, and "path"
 * in a .keras file, or ""), "programs" (by name, for the session's device:
 * "inputs" and "outputs" with role, name, dtype and shape, where -1 is the
 * batch), "metrics" (names), "class_names" (in the order of their numbers,
 * empty where they are not known). Free *json with dlc_text_free. */
DLC_API dlc_status dlc_session_describe(const dlc_session *session,
                                        char **json);

/* How training goes on. */
typedef struct dlc_progress {
  int64_t epoch;  /* 1 in the first epoch */
  int64_t epochs; /* as asked for */
  int64_t step;   /* of the epoch; 1 after the first */
  int64_t steps;  /* of an epoch */
  double seconds; /* since the epoch began */
  /* Means since the epoch began; at its end with "val_..." after them. */
  size_t log_count;
  const char *const *log_names;
  const double *log_values;
} dlc_progress;

/* What a callback answers. */
enum {
  DLC_GO_ON = 0,
  /* Keras' model.stop_training: this step's epoch still ends as others do, with
   * validation; at an epoch's end no other begins. */
  DLC_STOP = 1,
  /* At once: an epoch that is not whole does not count. */
  DLC_INTERRUPT = 2
};

/* Called on the thread that called dlc_fit, and answers as above. What
 * `progress` points to lives until it returns. It may read and set states and
 * save, but not train, evaluate or predict. */
typedef int (*dlc_progress_fn)(const dlc_progress *progress, void *context);

typedef struct dlc_callbacks {
  dlc_progress_fn on_step;      /* may be NULL */
  dlc_progress_fn on_epoch_end; /* after validation; may be NULL */
  void *context;                /* passed on to both */
} dlc_callbacks;

/* Trains as Keras' model.fit(x, y, ...). `validation` may be NULL, `callbacks`
 * too. `options` is a JSON object or NULL:
 *   "batch": 32, "epochs": 1, "initial_epoch": 0, "shuffle": true
 *   "steps_per_epoch"      batches that make an epoch; the next one goes on
 *                          behind them; all of the data
 *   "validation_split": 0  the last part of the data, as a fraction; of
 *                          pictures the first of each class
 *   "validation_batch"     samples of a step of validation; as "batch"
 *   "validation_steps"     only the first so many batches validate; all
 *   "validation_freq": 1   after each so many epochs, or after those that a
 *                          list names, counted from 1: [1, 5, 10]
 *   "class_weight": {"0": 1.0, "1": 2.5}
 *                          by number, or by name: {"cat": 1.0}
 *   "max_steps": 0         ends after so many steps in all; 0: no limit
 *   "steps_per_launch"     Keras' steps_per_execution; the model's own
 *   "log_batch_loss": false
 *   "log_seconds": 0       how old, in seconds, the logs that on_step gets may
 *                          be
 *   "early_stopping", "reduce_lr", "csv_log", "tensorboard": "",
 *   "checkpoint": [], "terminate_on_nan": false
 *                          Keras' callbacks, with their arguments in text:
 *                          "monitor=val_loss,patience=3"; where one needs a
 *                          path, this may come first without a name, as in
 *                          "log.csv,append=true". They come before the
 *                          functions, in the order of docs/runtime/Callbacks.md
 *   "backup": FOLDER       for this run alone: what it needs to go on, written
 *                          when it begins, at each epoch's end and when it is
 *                          interrupted
 *   "backup_every": 0      and after every so many steps; 0: not within epochs
 *   "resume": false        goes on from the folder's backup, to the bit; all
 *                          else must be as it was
 *   "profile": FILE        the time of each kernel and library call, as JSON,
 *                          for dlc report
 *   "trace": FILE          the first "trace_steps": 20 timed steps as Chrome's
 *                          trace events, for ui.perfetto.dev
 * With pictures the session takes over the names of their classes.
 *
 * *history, unless `history` is NULL, becomes a JSON object: "history", Keras'
 * History.history; "stopped", whether a callback interrupted it; "batch_loss"
 * where asked for. Numbers that are not finite are null. Free it with
 * dlc_text_free.
 *
 * Errors: mistakes in the data, found before the first step; a folder that
 * holds another run's backup, or with "resume" none. */
DLC_API dlc_status dlc_fit(dlc_session *session, const dlc_data *data,
                           const dlc_data *validation, const char *options,
                           const dlc_callbacks *callbacks, char **history);

/* Loss and metrics over all samples, `batch` at a time: at most "max_batch" of
 * dlc_session_describe. Free *out with dlc_logs_free. */
DLC_API dlc_status dlc_evaluate(dlc_session *session, const dlc_data *data,
                                int64_t batch, dlc_logs **out);

/* The model's outputs in their order, by name: of shape (samples, ...). The
 * targets are not read. `batch` is as above, and changes no result but for the
 * last bits. Free *out with dlc_arrays_free. */
DLC_API dlc_status dlc_predict(dlc_session *session, const dlc_data *data,
                               int64_t batch, dlc_arrays **out);

/* The pictures that dlc_predict has rows for, in their order, as a JSON object:
 * "files", their names from the root of the set. Free *json with
 * dlc_text_free. */
DLC_API dlc_status dlc_pictures_describe(const dlc_session *session,
                                         const dlc_pictures *pictures,
                                         char **json);

/* One step on all of `data` as one batch, of at most "max_batch" samples;
 * *loss, unless `loss` is NULL, is the batch's. Metrics add up until
 * dlc_reset_metrics. */
DLC_API dlc_status dlc_train_on_batch(dlc_session *session,
                                      const dlc_data *data, float *loss);

/* The same without training: adds the batch to loss and metrics. */
DLC_API dlc_status dlc_test_on_batch(dlc_session *session,
                                     const dlc_data *data);

/* What dlc_fit does at its end, for a loop of your own around
 * dlc_train_on_batch: weights of which the optimizer keeps averages (`use_ema`)
 * become these. Without averages it does nothing. */
DLC_API dlc_status dlc_overwrite_with_averages(dlc_session *session);

/* The order in which dlc_fit of a session with this seed takes `count` samples
 * in an epoch, counted from 0, when it shuffles. `order` has room for `count`
 * numbers. */
DLC_API dlc_status dlc_epoch_order(uint64_t seed, int64_t epoch, size_t count,
                                   int64_t *order);

/* The loss, then d loss / d input and d loss / d weight by name, of all of
 * `data` as one batch, without an update. The model must have been compiled
 * with "gradients" among its programs. Free *out with dlc_arrays_free. */
DLC_API dlc_status dlc_gradients(dlc_session *session, const dlc_data *data,
                                 dlc_arrays **out);

/* Loss and metrics since dlc_reset_metrics. Free *out with dlc_logs_free. */
DLC_API dlc_status dlc_metrics(const dlc_session *session, dlc_logs **out);

DLC_API dlc_status dlc_reset_metrics(dlc_session *session);

/* A copy of one state by name: a weight ("conv2d/kernel"), a part of the
 * optimizer's state ("optimizer/learning_rate") or another that
 * dlc_session_describe lists. Free *out, of one array, with dlc_arrays_free. */
DLC_API dlc_status dlc_state_get(const dlc_session *session, const char *name,
                                 dlc_arrays **out);

/* Sets the state of the value's name; the shape must be the state's. */
DLC_API dlc_status dlc_state_set(dlc_session *session, const dlc_array *value);

/* Names the `count` classes that the model tells apart, in the order of their
 * numbers: "class_weight" of dlc_fit may use the names, and a .keras file keeps
 * them. They are there already where the model's file has them. */
DLC_API dlc_status dlc_class_names_set(dlc_session *session,
                                       const char *const *names, size_t count);

/* Writes Keras' own file with the weights and the optimizer's state of now, by
 * suffix: .keras; .h5; .weights.h5 for weights alone. */
DLC_API dlc_status dlc_save(const dlc_session *session, const char *path);

#ifdef __cplusplus
}
#endif

#endif
