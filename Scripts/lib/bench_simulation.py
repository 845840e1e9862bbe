"""Runs the simulators of this project and SimPy in turns, and prints medians and ratios in Markdown.

The kernel is measured on the two models of simpy_models.py. The rest is what users wait for: a real log with EASY, a
million generated jobs, placements of the public trace, tasks and jobs on spot markets; CPU seconds and the largest resident
set of the process. Passes of the live planner over a large cluster come last.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


def run(command):
    """The command's output, its CPU seconds and its largest resident set in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    except KeyboardInterrupt:
        process.kill()
        raise
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"bench-simulation: {' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return out, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def kernel(binary, rounds):
    print("| model | events/s | SimPy events/s | ratio |\n|---|---|---|---|")
    shapes = [("M/M/4", "queue", 3_000_000, 100_000, None), ("hold, 1,000 pending", "hold", 3_000_000, 200_000, 1000),
              ("hold, 100,000 pending", "hold", 2_000_000, 200_000, 100_000)]
    for title, model, ours_count, theirs_count, pending in shapes:
        ours, theirs = [], []
        for _ in range(rounds):
            more = ["--pending", str(pending)] if pending else []
            out, _, _ = run([binary, "simulate", "kernel", "--json", "--model", model, "--count", str(ours_count)] + more)
            ours.append(json.loads(out)["events_per_second"])
            more = [str(pending)] if pending else []
            out, _, _ = run([sys.executable, ROOT / "Scripts/lib/simpy_models.py", model, str(theirs_count)] + more)
            theirs.append(json.loads(out)["events_per_second"])
        one, other = statistics.median(ours), statistics.median(theirs)
        print(f"| {title} | {one:,.0f} | {other:,.0f} | {one / other:.0f}x |")
    print()


def work(binary, rounds):
    log = DATA / "swf" / "KTH-SP2-28481.swf.gz"
    nodes, pods = DATA / "openb" / "openb_node_list_gpu_node.csv", DATA / "openb" / "openb_pod_list_default.csv"
    generated = ["--generate", "lublin", "--jobs", "1000000", "--processors", "10000", "--offered-load", "0.9",
                 "--users", "200"]
    rows = [
        ("KTH-SP2 (28,481 jobs), EASY, users' estimates",
         ["cluster", "--trace", log, "--processors", "100", "--policy", "easy", "--estimates", "user"]),
        ("1,000,000 Lublin jobs on 10,000 processors, EASY", ["cluster", *generated, "--policy", "easy"]),
        ("the same, priority with EASY", ["cluster", *generated, "--policy", "priority"]),
        ("the same, fair tree with EASY", ["cluster", *generated, "--policy", "fair-tree"]),
        ("FGD on openb, ten seeds",
         ["placement", "--nodes", nodes, "--pods", pods, "--policy", "fgd", "--seeds", "42..51"]),
    ]
    print("| work | CPU s of the process | resident MiB |\n|---|---|---|")
    for title, arguments in rows:
        absent = [part for part in arguments if isinstance(part, pathlib.Path) and not part.exists()]
        if absent:
            print(f"| {title} | not measured: {absent[0].name} is absent | |")
            continue
        runs = [run([binary, "simulate", *arguments, "--json", "--quiet"]) for _ in range(rounds)]
        print(f"| {title} | {statistics.median(cpu for _, cpu, _ in runs):.2f} | "
              f"{statistics.median(size for _, _, size in runs):.0f} |")


def passes(binary, rounds):
    print("\n| live planner, 10 ends and 10 submissions before each pass | first plan, CPU s | pass, CPU ms: min / median / max |\n"
          "|---|---|---|")
    shapes = [(1000, 2000, "priority"), (10_000, 100_000, "priority"), (10_000, 100_000, "fair_share")]
    for nodes, pending, order in shapes:
        arguments = ["--nodes", str(nodes), "--pending", str(pending), "--changes", "10", "--passes", "50", "--seed", "1",
                     "--order", order]
        results = [json.loads(run([binary, "simulate", "pass", "--json", *arguments])[0]) for _ in range(rounds)]
        median = {key: statistics.median(result[key] for result in results)
                  for key in ["first_plan_seconds", "pass_min_ms", "pass_median_ms", "pass_max_ms"]}
        print(f"| {nodes:,} nodes, {results[0]['running']:,} running, {pending:,} pending, EASY, {order} | "
              f"{median['first_plan_seconds']:.2f} | {median['pass_min_ms']:.1f} / {median['pass_median_ms']:.1f} / "
              f"{median['pass_max_ms']:.1f} |")


def spot(binary, rounds):
    """Tasks on a drawn market, and runs a second of jobs with a deadline: a start every three minutes makes many of them."""
    market = ["--duration", "720", "--tasks", "10000", "--policies", "greedy,fallback,ondemand", "--format", "csv"]
    runs = [run([binary, "simulate", "spot", *market, "--quiet"]) for _ in range(rounds)]
    print("\n| spot market | CPU s of the process | resident MiB |\n|---|---|---|")
    print(f"| 10,000 tasks, 30 days, 3 policies | {statistics.median(cpu for _, cpu, _ in runs):.2f} | "
          f"{statistics.median(size for _, _, size in runs):.0f} |")
    trace = DATA / "spot" / "us-east-1c_v100_1.json"
    if not trace.exists():
        print(f"\nCan't Be Late: not measured: {trace.name} is absent")
        return
    print("\n| Can't Be Late, us-east-1c, 48 of 70 hours | runs | runs/s |\n|---|---|---|")
    job = ["--model", "cant-be-late", "--trace", trace, "--overhead-hours", "0.2", "--format", "json", "--quiet"]
    every = {"greedy": 0.05, "uniform-progress": 0.05, "uniform-progress-no-hysteresis": 0.05, "threshold": 0.05,
             "optimal": 8}
    for policy, hours in every.items():
        rates = []
        for _ in range(rounds):
            out, cpu, _ = run([binary, "simulate", "spot", *job, "--policies", policy, "--start-every-hours", str(hours)])
            count = json.loads(out)["results"][0]["runs"]
            rates.append(count / cpu)
        print(f"| {policy} | {count:,} | {statistics.median(rates):,.0f} |")


def main():
    parser = argparse.ArgumentParser(prog="Scripts/bench-simulation")
    parser.add_argument("--coordinator", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: expected a number above 0")
    kernel(options.coordinator, options.rounds)
    work(options.coordinator, options.rounds)
    spot(options.coordinator, options.rounds)
    passes(options.coordinator, options.rounds)


if __name__ == "__main__":
    main()
