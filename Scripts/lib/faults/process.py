"""One coordinator as a process: started, killed, paused, started again over the same folder."""

import os
import shutil
import signal
import socket
import subprocess
import time


class Coordinator:
    def __init__(self, binary, folder, port, arguments=(), prefix=()):
        self.command = [binary, "serve", "--host", "127.0.0.1", "--port", str(port), "--http-port", "off", "--mode",
                        "respect_limits", "--data-dir", str(folder), "--drain-seconds", "2", *arguments]
        self.prefix = list(prefix)
        self.port = port
        self.log = open(f"{folder}.log", "ab")
        self.process = None

    def start(self, wait=True, prefix=None):
        environment = dict(os.environ, FAKETIME_DONT_FAKE_MONOTONIC="1")
        prefix = self.prefix if prefix is None else list(prefix)
        self.process = subprocess.Popen(
            prefix + self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
            env=environment)
        if wait:
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
