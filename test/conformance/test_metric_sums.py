# Metrics that are no means (AUC, precision, overlap, scores): the values of epochs that
# train and validate, against live Keras, many metrics of a model at a time.
import json

import keras
import numpy as np
import pytest

import oracle

metrics = keras.metrics
SAMPLES, BATCH = 45, 8


def binary(rng):
    return rng.integers(0, 2, (SAMPLES, 1)).astype("float32")


def flags(rng):
    return rng.integers(0, 2, (SAMPLES, 4)).astype("float32")


def one_hot(rng):
    return np.eye(4, dtype="float32")[rng.integers(0, 4, SAMPLES)]


def labels(rng):
    return rng.integers(0, 4, SAMPLES).astype("int32")


def numbers(rng):
    return rng.normal(size=(SAMPLES, 4)).astype("float32")


# name: (units, activation, loss, targets, metrics, of them those that count by weights too)
MODELS = {
    "binary": (1, "sigmoid", "binary_crossentropy", binary, lambda: [
        metrics.AUC(), metrics.AUC(curve="PR", name="pr"),
        metrics.AUC(num_thresholds=7, summation_method="majoring", name="few"),
        metrics.AUC(curve="PR", summation_method="minoring", thresholds=[0.3, 0.6, 0.4],
                    name="own"),
        metrics.Precision(), metrics.Recall(thresholds=0.45), metrics.TruePositives(),
        metrics.FalsePositives(thresholds=[0.6]), metrics.TrueNegatives(),
        metrics.FalseNegatives(), metrics.SensitivityAtSpecificity(0.4),
        metrics.SpecificityAtSensitivity(0.5, num_thresholds=50),
        metrics.PrecisionAtRecall(0.6), metrics.RecallAtPrecision(0.4, num_thresholds=1),
        metrics.BinaryIoU(threshold=0.45), metrics.F1Score(average="micro", threshold=0.5)]),
    "binary_logits": (1, None, keras.losses.BinaryCrossentropy(from_logits=True), binary,
                      lambda: [metrics.AUC(from_logits=True), metrics.Precision(thresholds=0.0)]),
    "flags": (4, "sigmoid", "binary_crossentropy", flags, lambda: [
        metrics.AUC(multi_label=True), metrics.AUC(name="all"),
        metrics.AUC(multi_label=True, curve="PR", num_labels=4, name="pr"),
        metrics.Precision(class_id=2), metrics.Recall(top_k=2),
        metrics.Precision(top_k=1, class_id=1, name="top"),
        metrics.F1Score(average="macro", threshold=0.5),
        metrics.FBetaScore(average="weighted", beta=0.5, threshold=0.4)]),
    "classes": (4, "softmax", "categorical_crossentropy", one_hot, lambda: [
        metrics.F1Score(average="macro"), metrics.FBetaScore(average="micro", beta=2.0),
        metrics.OneHotIoU(num_classes=4, target_class_ids=[0, 3]),
        metrics.OneHotMeanIoU(num_classes=4), metrics.Precision()]),
    "labels": (4, "softmax", "sparse_categorical_crossentropy", labels, lambda: [
        metrics.MeanIoU(num_classes=4, sparse_y_pred=False),
        metrics.IoU(num_classes=4, target_class_ids=[1, 2], sparse_y_pred=False,
                    ignore_class=0)]),
    "numbers": (4, "tanh", "mse", numbers, lambda: [
        metrics.RootMeanSquaredError(), metrics.R2Score(),
        metrics.R2Score(class_aggregation="variance_weighted_average", name="weighted_r2"),
        metrics.PearsonCorrelation(), metrics.ConcordanceCorrelation()]),
}
# Also on ptx-sim.
ON_SIM = {"classes"}
# Weights take the same way in all; the others with --full only.
WEIGHTED = {"flags", "numbers"}
CASES = [pytest.param(name, weighted, id=f"{name}-{'weighted' if weighted else 'plain'}",
                      marks=[pytest.mark.full] if weighted and name not in WEIGHTED else [])
         for name in MODELS for weighted in (False, True)]


def make_model(name, weighted):
    units, activation, loss, targets, make = MODELS[name]
    features = keras.Input((6,), name="features")
    model = keras.Model(features, keras.layers.Dense(units, activation=activation,
                                                     name="out")(features))
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.3), loss=loss,
                  **{"weighted_metrics" if weighted else "metrics": make()})
    rng = np.random.default_rng(5)
    return model, rng.normal(size=(SAMPLES, 6)).astype("float32"), targets(rng)


@pytest.mark.parametrize("name, weighted", CASES)
def test_metrics_of_epochs(name, weighted, tmp_path):
    model, x, y = make_model(name, weighted)
    # Whole numbers, as Keras counts overlaps in them.
    weight = (np.arange(SAMPLES) % 3).astype("float32") if weighted else None
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y, **({"sample_weight": weight} if weighted else {}))
    places = ["host", "sim"] if name in ON_SIM and not weighted else ["host"]
    runs = {}
    for place in places:
        runs[place] = oracle.Run(
            "train", file, "--data", data, "-o", tmp_path / f"{place}.keras", "--batch", BATCH,
            "--epochs", 2, "--no-shuffle", "--validation-split", 0.4, "--device", place,
            "--history", tmp_path / f"{place}.json")
    expected = model.fit(x, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0,
                         validation_split=0.4, sample_weight=weight).history
    for place, run in runs.items():
        run.finish()
        history = json.loads((tmp_path / f"{place}.json").read_text())
        history = history.get("history", history)
        assert set(expected) <= set(history)
        for key, values in expected.items():
            np.testing.assert_allclose(history[key], values, rtol=2e-4, atol=2e-5,
                                       err_msg=f"{key} on {place}")
    trained = keras.saving.load_model(tmp_path / "host.keras")
    assert trained.get_compile_config()["metrics"] == model.get_compile_config()["metrics"]


def test_r2_of_several_regressors(tmp_path):
    """Keras on JAX computes it outside of a step only."""
    model, x, y = make_model("numbers", False)
    metric = metrics.R2Score(num_regressors=3)
    metric.update_state(y, model.predict(x, verbose=0))
    model.compile(optimizer="sgd", loss="mse", metrics=[metrics.R2Score(num_regressors=3)])
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    oracle.dlc("evaluate", tmp_path / "model.keras", "--data", tmp_path / "data.npz",
               "--json", tmp_path / "e.json", "--batch", BATCH)
    ours = json.loads((tmp_path / "e.json").read_text())
    assert ours.get("metrics", ours)["r2_score"] == pytest.approx(float(metric.result()), rel=1e-4)


@pytest.mark.parametrize("metric, message", [
    (metrics.F1Score(), "average is null but a metric of dlc is one number"),
    (metrics.Precision(thresholds=[0.2, 0.4]), "one number; give one threshold"),
    (metrics.MeanIoU(num_classes=4, axis=1), "axis is 1 but classes are the last dimension"),
    (metrics.Recall(class_id=7), "compares no"),
    (metrics.R2Score(class_aggregation=None), "class_aggregation"),
])
def test_what_is_no_number_is_refused(metric, message, tmp_path):
    features = keras.Input((6,), name="features")
    model = keras.Model(features, keras.layers.Dense(4, activation="softmax")(features))
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=[metric])
    model.save(tmp_path / "model.keras")
    code, _, err = oracle.Run("compile", tmp_path / "model.keras", "-o",
                              tmp_path / "m.dlc").outcome()
    assert code == 1 and message in err and len(err.splitlines()) == 1, err
