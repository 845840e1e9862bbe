"""Plants each bug of Museum/ in a copy of the tree and sees whether the simulator finds it.

Scripts/simulate --museum [--only NAME] [--subset] calls this, from the root of the repository.
"""

import argparse
import datetime
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path.cwd()
PLACE = ROOT / ".build" / "museum"
TREE = PLACE / "tree"
# As much as one bug may take, in seconds of running; a third of them is tried each day with --subset.
SECONDS = 60
PARTS = 3


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "Sources", "Tests", "Package.swift", "Package.resolved"],
        check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def refresh(names):
    """Makes the copy as the tree is; files that are the same already are left alone, so that little is built anew."""
    wanted = set(names)
    for path in TREE.rglob("*"):
        if path.is_file() and str(path.relative_to(TREE)) not in wanted:
            path.unlink()
    for name in names:
        content = (ROOT / name).read_bytes()
        path = TREE / name
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def build():
    # Optimised: the rarest bugs need many seeds.
    command = ["swift", "build", "-c", "release", "--product", "simulate", "--package-path", str(TREE),
               "--scratch-path", str(PLACE / "build")]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return None if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]


def plant(patch):
    # Outside of every repository, so that git takes the paths as they are.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(PLACE))
    return subprocess.run(["git", "apply", "-p1", str(patch)], cwd=TREE, env=environment,
                          capture_output=True, text=True)


def hunt(seconds):
    """The number of seeds that were needed, and what was broken; None if nothing was found."""
    command = [str(PLACE / "build" / "release" / "simulate"), "--seconds", str(seconds), "--lines", "0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 20)
        output, code = done.stdout + "\r" + done.stderr, done.returncode
    except subprocess.TimeoutExpired as expired:
        output, code = (expired.stderr or b"").decode(errors="replace"), "hang"
    if code == 0:
        return None
    seeds = re.findall(r"seed (\d+)\s", output)
    violated = re.search(r"VIOLATED  (.*)", output)
    what = violated.group(1) if violated else "it hangs" if code == "hang" else "it traps"
    return (int(seeds[-1]) if seeds else 0), what


def main():
    parser = argparse.ArgumentParser(prog="Scripts/simulate --museum")
    parser.add_argument("--only", help="one bug, by its name")
    parser.add_argument("--subset", action="store_true", help="a third of them, another one each day")
    options = parser.parse_args()
    patches = sorted((ROOT / "Museum").glob("*.patch"))
    if options.only:
        patches = [patch for patch in patches if patch.stem == options.only]
    if options.subset:
        day = datetime.date.today().toordinal()
        patches = [patch for number, patch in enumerate(patches) if number % PARTS == day % PARTS]
    if not patches:
        sys.exit("simulate: there is no such bug in Museum/")
    names = sources()
    missed = []
    print(f"{'bug':32} {'seeds':>5} {'seconds':>7}  what was broken")
    for patch in patches:
        refresh(names)
        applied = plant(patch)
        if applied.returncode != 0:
            missed.append(patch.stem)
            print(f"{patch.stem:32}  the patch does not apply: {applied.stderr.strip()[:200]}", flush=True)
            continue
        failure = build()
        if failure:
            missed.append(patch.stem)
            print(f"{patch.stem:32}  it does not build:\n{failure}", flush=True)
            continue
        began = time.monotonic()
        found = hunt(SECONDS)
        seconds = time.monotonic() - began
        if found is None:
            missed.append(patch.stem)
            print(f"{patch.stem:32} {'-':>5} {seconds:7.1f}  NOT FOUND", flush=True)
        else:
            print(f"{patch.stem:32} {found[0]:5} {seconds:7.1f}  {found[1][:120]}", flush=True)
    refresh(names)
    print(f"{len(patches) - len(missed)} of {len(patches)} found")
    if missed:
        sys.exit("simulate: not found: " + ", ".join(missed))


main()
