"""dlc.compile: from a Keras model or a file to a model that trains."""
import os

from . import _checks, _keras, _tracing
from .errors import Error
from .model import DEFAULT_BATCH, Model


def compile(model, optimizer=None, loss=None, metrics=None, batch_size=None, target=None,
            device="auto", seed=0, threads=0, example=None, **options):
    """Compiles a model for training, evaluation and prediction.

    model: a keras.Model, compiled or not, or the name of a .keras, .h5, .mlir or .dlc file.
    optimizer, loss, metrics: as keras_model.compile takes them, which is then called with
        them; what is None stays as the model has it.
    batch_size: the most samples of a step, which fit takes unless it is told; it compiles
        again for more. By default 32, or as many as Keras takes where steps are asked of arrays.
    target: "host" or "cuda", "cuda:sm_90" (default: what `device` needs, else the host).
    device: "host"; "cuda" or "cuda:1" for a GPU; "sim" for a GPU in software; "auto".
    seed: of dropout, shuffling, and weights that no file gives.
    threads: on the host; 0 is as many as there are cores.
    example: inputs, as fit takes them, that tell a subclassed model's shapes.
    options: more of dlc_compile's, as in capi/dlc.h: memory_limit, plugins, programs, ...

    Returns a dlc.Model. Raises dlc.Error.
    """
    on_gpu = device not in ("auto", "host")
    targets = [target] if isinstance(target, str) else list(target or [])
    options = {"batch": batch_size or DEFAULT_BATCH, "seed": seed, "for_this_cpu": True,
               "targets": targets or (["cuda"] if on_gpu else ["host"]), **options}
    opening = {"device": device, "seed": seed, "threads": threads}
    if _keras.is_keras_model(model):
        _compile_in_keras(model, optimizer, loss, metrics)
        _checks.check_model(model)
        bridge = _keras.Bridge(model, _tracing.find_graph(model, example))
        return Model(bridge, options, opening, batch_size)
    if not isinstance(model, (str, os.PathLike)):
        raise Error("model", f"is a {type(model).__name__}",
                    "dlc compiles a keras.Model or a file", "give one of these")
    path = os.fspath(model)
    training = {"optimizer": _keras.serialize(optimizer), "loss": _keras.serialize(loss),
                "metrics": _join(metrics)}
    training = {key: value for key, value in training.items() if value is not None}
    if path.endswith(".dlc") and training:
        raise Error(path, "is compiled already",
                    f"{next(iter(training))}= changes how a model is compiled",
                    "give the .keras model")
    return Model(path, {**options, **training}, opening, batch_size)


def _compile_in_keras(model, optimizer, loss, metrics):
    """keras_model.compile with what is new; its own settings for the rest."""
    if optimizer is None and loss is None and metrics is None:
        return
    settings = {}
    if getattr(model, "compiled", False):
        settings = {**model._compile_config.config, "optimizer": model.optimizer}
    given = {"optimizer": optimizer, "loss": loss, "metrics": metrics}
    settings.update({key: value for key, value in given.items() if value is not None})
    model.compile(**settings)


def _join(metrics):
    """Metrics of a file's model: names with commas between."""
    if metrics is None or isinstance(metrics, str):
        return metrics
    for metric in metrics:
        if not isinstance(metric, str):
            raise Error("metrics", f"hold a {type(metric).__name__}",
                        "for a file they are names", "load the file with Keras for more")
    return ",".join(metrics)
