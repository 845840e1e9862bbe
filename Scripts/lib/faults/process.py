"""One coordinator as a process: started, killed, paused, started again over the same folder."""

import atexit
import functools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time


@functools.cache
def wall_clock_library():
    """Compiled once for the run."""
    folder = tempfile.mkdtemp(prefix="coordinator-clock-")
    atexit.register(shutil.rmtree, folder, True)
    library = pathlib.Path(folder) / "wall_clock.so"
    source = pathlib.Path(__file__).parent.parent / "wall_clock.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True, timeout=60)
    return library


class Coordinator:
    def __init__(self, binary, folder, port, arguments=()):
        self.command = [binary, "serve", "--host", "127.0.0.1", "--port", str(port), "--http-port", "off", "--mode",
                        "respect_limits", "--data-dir", str(folder), "--drain-seconds", "2", *arguments]
        self.port = port
        self.log = open(f"{folder}.log", "ab")
        self.process = None

    def start(self, wall_clock_seconds=0):
        """Starts it and waits until it listens; its time of day is moved by `wall_clock_seconds`."""
        environment = dict(os.environ)
        if wall_clock_seconds:
            environment.update(LD_PRELOAD=str(wall_clock_library()), WALL_CLOCK_SECONDS=str(wall_clock_seconds))
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, env=environment)
        self.wait_ready()

    def wait_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the coordinator ended with {self.process.returncode}: see {self.log.name}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"the coordinator did not start within {seconds} s")

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends it in an orderly way; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
