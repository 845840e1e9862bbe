"""One client, many threads; and what a fork must not break."""

import gc
import multiprocessing
import os
import sys
import threading
import weakref

import pytest
from conftest import eventually, held

from resource_coordinator import ClientClosed, ForkedClient, ResourceCoordinatorClient


def test_many_threads_share_one_client_and_one_connection(client, proxy):
    errors = []
    with ResourceCoordinatorClient("127.0.0.1", proxy.port) as shared:
        def work(number):
            try:
                for _ in range(20):
                    success, message, request_id = shared.request_cpu(f"thread-{number}", 1)
                    assert success, message
                    assert shared.release_resource(request_id, f"thread-{number}")[0]
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert proxy.connections == 1
    assert held(client, "cpu") == 0


def test_at_most_the_capacity_is_held_whoever_asks(client):
    granted = []

    def work():
        success, _, request_id = client.request_gpu("a", 10000)
        if success:
            granted.append(request_id)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(granted) == 2
    assert held(client) == 20000


def test_a_client_used_after_close_says_so(client):
    client.close()
    with pytest.raises(ClientClosed):
        client.status()
    with pytest.raises(ClientClosed):
        with client:
            pass
    client.close()


def test_a_forgotten_client_closes_its_connection(coordinator):
    before = threading.active_count()
    one = ResourceCoordinatorClient("127.0.0.1", coordinator.port)
    assert one.health_check()["healthy"]
    assert threading.active_count() > before
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
    eventually(lambda: threading.active_count() <= before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_trap_after_a_fork_the_child_is_told_and_the_parents_lease_stays(client):
    with client.lease("parent", gpu_mb=100) as lease:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            # os._exit below: whatever happens, the child must not run on into the test suite.
            answer = b"nothing raised"
            try:
                try:
                    client.status()
                except ForkedClient as error:
                    answer = str(error).encode()
                client.close()
            except BaseException as error:
                answer = repr(error).encode()
            os.write(write, answer)
            os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        with os.fdopen(read, "rb") as pipe:
            assert b"make a new client in the child" in pipe.read()
        lease.check()
        assert held(client) == 100
    assert held(client) == 0


def child_leaves_the_scope(scope, queue):
    try:
        scope.__exit__(None, None, None)
        queue.put("left quietly")
    except BaseException as error:
        queue.put(repr(error))


@pytest.mark.skipif(sys.platform != "linux", reason="uses fork as the start method")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_leaves_the_scope_does_not_release_the_parents_lease(client):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    scope = client.lease("parent", gpu_mb=100)
    with scope:
        child = context.Process(target=child_leaves_the_scope, args=(scope, queue))
        child.start()
        assert queue.get(timeout=20) == "left quietly"
        child.join(20)
        assert held(client) == 100
    assert held(client) == 0
