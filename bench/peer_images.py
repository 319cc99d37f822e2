# Reads a folder of pictures with keras.utils.image_dataset_from_directory and
# prints pictures a second as JSON. Needs TensorFlow.
import argparse
import json
import os
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.workers)
    tf.config.threading.set_inter_op_parallelism_threads(options.workers)
    data = keras.utils.image_dataset_from_directory(
        options.folder, image_size=(options.side, options.side), batch_size=options.batch,
        interpolation="nearest", seed=1, verbose=False)
    limits = tf.data.Options()
    limits.threading.private_threadpool_size = options.workers
    data = data.with_options(limits)
    for _ in data.take(1):  # what is built at the first batch
        pass
    start, used, count = time.perf_counter(), time.process_time(), 0
    for _ in range(options.epochs):
        for images, _ in data:
            count += len(images)
    print(json.dumps({"images_per_s": count / (time.perf_counter() - start),
                      "cpu_ms": (time.process_time() - used) * 1000 / count}))


if __name__ == "__main__":
    main()
