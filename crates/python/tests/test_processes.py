"""Threads, forks, pickles, memory and Ctrl-C."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import digits

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def script(text, *arguments, **options):
    """Runs a program of its own: what other tests did to this process does not count."""
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def test_a_pickle_is_the_paths_and_answers_the_same(classifier, drawn):
    images, _ = drawn
    before = classifier.predict(images).probabilities
    stored = pickle.dumps(classifier)
    assert len(stored) < 1000
    np.testing.assert_array_equal(pickle.loads(stored).predict(images).probabilities, before)


def test_nothing_is_loaded_before_it_is_asked(tmp_path):
    assert "absent" in repr(digits.Classifier(tmp_path / "absent"))


def test_threads_share_a_classifier(run, drawn):
    images, _ = drawn
    shared = digits.Classifier(run)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shared.predict(images).labels, range(24)))
    assert all((labels == found[0]).all() for labels in found)


def test_other_threads_go_on_meanwhile(classifier, drawn):
    many = np.tile(drawn[0], (100, 1, 1))
    done = threading.Event()
    counts = [0]

    def count():
        while not done.is_set():
            counts[0] += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    start = time.perf_counter()
    classifier.predict(many)
    seconds = time.perf_counter() - start
    done.set()
    counter.join()
    # With the lock held, it would not come to one in the 5 ms after which Python asks for it.
    assert counts[0] > 20 * seconds, (counts, seconds)


FORK = """
    import multiprocessing, sys, numpy as np, digits
    run, images, used = sys.argv[1], np.load(sys.argv[2]), sys.argv[3] == "used"
    shared = digits.Classifier(run, device="cpu")
    if used:
        before = shared.predict(images).labels
    def answer(place):
        return shared.predict(images).labels.tolist()
    with multiprocessing.get_context("fork").Pool(3) as pool:
        found = pool.map_async(answer, range(6)).get(timeout=60)
    after = shared.predict(images).labels.tolist()
    assert all(labels == after for labels in found), found
    print("same")
"""


@needs_fork
@pytest.mark.parametrize("when", ["unused", "used"])
def test_processes_can_be_forked_before_and_after_the_first_answer(run, drawn, tmp_path, when):
    np.save(tmp_path / "images.npy", drawn[0])
    ended = script(FORK, run, tmp_path / "images.npy", when)
    assert ended.stdout == "same\n", ended.stderr


@needs_fork
def test_training_goes_on_in_a_forked_process(run, tmp_path):
    text = """
        import os, sys, digits, numpy as np
        digits.Classifier(sys.argv[1]).predict(np.eye(28, dtype=np.uint8)[None])
        child = os.fork()
        if child == 0:
            digits.train("smoke", steps=5, out=sys.argv[2])
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """
    ended = script(text, run, tmp_path / "forked")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "forked/summary.json").is_file()


def test_spawned_processes_load_for_themselves(run, drawn):
    images, _ = drawn
    shared = digits.Classifier(run)
    before = shared.predict(images).labels
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(shared.predict, [images, images[:10]])
    np.testing.assert_array_equal(found[0].labels, before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
def test_an_array_is_not_copied(run, tmp_path):
    text = """
        import sys, numpy as np, digits
        def peak():
            lines = open("/proc/self/status").read().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        shared = digits.Classifier(sys.argv[1], device="cpu")
        images = np.random.default_rng(0).integers(0, 256, (200_000, 28, 28), dtype=np.uint8)
        shared.predict(images[:20_000])
        before = peak()
        shared.predict(images)
        assert np.shares_memory(images[::2], images)
        shared.predict(images[::2])
        print(peak() - before)
    """
    ended = script(text, run)
    assert ended.returncode == 0, ended.stderr
    # The answers are 8 + 40 bytes an image; a copy of the images would be 153,125 KiB.
    assert int(ended.stdout) < 60_000, ended.stdout


@needs_fork
@pytest.mark.parametrize("what", ["predict", "train"])
def test_ctrl_c_ends_it(run, tmp_path, what):
    text = """
        import sys, numpy as np, digits
        run, out, what = sys.argv[1:]
        print("ready", flush=True)
        try:
            if what == "train":
                digits.train("smoke", steps=1_000_000, out=out, callback=lambda _: print("step", flush=True))
            else:
                shared = digits.Classifier(run)
                images = np.random.default_rng(0).integers(0, 256, (20_000, 28, 28), dtype=np.uint8)
                while True:
                    shared.predict(images)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(text), str(run), str(tmp_path / "out"), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        if what == "train":
            assert process.stdout.readline() == "step\n"
        else:
            time.sleep(2)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and rest.endswith("interrupted\n")
    # What there was is saved.
    assert what == "predict" or (tmp_path / "out/model/manifest.json").is_file()
