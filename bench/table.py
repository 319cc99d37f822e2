# The measured rounds as a table in Markdown.
import statistics


def summarise(rounds):
    """Medians over the rounds of one program on one model; an error if it has one."""
    for result in rounds:
        if "error" in result:
            return {"error": result["error"]}
    keys = ("step_ms", "startup_s", "peak_rss_bytes")
    return {key: statistics.median(result[key] for result in rounds) for key in keys}


def find_fastest_peer(programs):
    """(name, step_ms) of the fastest program that is not dlc, or None."""
    times = [(result["step_ms"], name) for name, result in programs.items()
             if name != "dlc" and "error" not in result]
    return min(times)[::-1] if times else None


def format_row(model, batch, name, result, fastest):
    if "error" in result:
        return [model, name, "-", "-", "-", "-", result["error"].replace("|", "/")]
    ratio = f"{result['step_ms'] / fastest[1]:.2f}" if fastest else "-"
    return [model, name, f"{result['step_ms']:.1f}", f"{1e3 * batch / result['step_ms']:.0f}",
            f"{result['startup_s']:.1f}", f"{result['peak_rss_bytes'] / 2**20:.0f}", ratio]


def format_table(results, batches):
    """`results`: model -> program -> what `summarise` gives."""
    rows = [["model", "program", "step, ms", "samples/s", "start-up, s", "peak memory, MiB",
             "step / fastest peer's"]]
    rows.append(["---", "---", *["---:"] * 5])
    for model, programs in results.items():
        fastest = find_fastest_peer(programs)
        rows += [format_row(model, batches[model], name, result, fastest)
                 for name, result in programs.items()]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
