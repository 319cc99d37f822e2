# The measured rounds as a table in Markdown.
import statistics


def summarise(rounds):
    """Medians over the rounds of one program on one model; an error if it has one."""
    for result in rounds:
        if "error" in result:
            return {"error": result["error"]}
    keys = ("step_ms", "cpu_ms", "startup_s", "peak_rss_bytes")
    return {key: statistics.median(result[key] for result in rounds) for key in keys}


def find_least(programs, key):
    """Of the programs that are not dlc, or None."""
    return min((result[key] for name, result in programs.items()
                if name != "dlc" and "error" not in result), default=None)


def format_row(model, batch, name, result, least):
    if "error" in result:
        return [model, name, *["-"] * 6, result["error"].replace("|", "/")]
    ratios = [f"{result[key] / least[key]:.2f}" if least[key] else "-" for key in least]
    return [model, name, f"{result['step_ms']:.1f}", f"{result['cpu_ms']:.1f}",
            f"{1e3 * batch / result['step_ms']:.0f}", f"{result['startup_s']:.1f}",
            f"{result['peak_rss_bytes'] / 2**20:.0f}", *ratios]


def format_table(results, batches):
    """`results`: model -> program -> what `summarise` gives."""
    rows = [["model", "program", "step, ms", "processor, ms", "samples/s", "start-up, s",
             "peak memory, MiB", "step / fastest peer's", "processor / least peer's"]]
    rows.append(["---", "---", *["---:"] * 7])
    for model, programs in results.items():
        least = {key: find_least(programs, key) for key in ("step_ms", "cpu_ms")}
        rows += [format_row(model, batches[model], name, result, least)
                 for name, result in programs.items()]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
