"""Holds `infer serve` and `infer export --format html` against the clients that others wrote.

Needs a run of train, the programs built, Chromium, and Python with
`playwright axe-playwright-python tritonclient[http] numpy schemathesis prometheus_client`:

    just check-serve cnn-001 PYTHON

Checks, each by its name: `triton` (tritonclient, JSON and binary), `schema` (schemathesis on /openapi.json), `metrics`
(prometheus_client's parser), `page` and `export` (ten digits drawn by pointer, answers, console, axe-core, latency),
`vectors` (exported page beside `infer predict`: MNIST's test images where --mnist names the folder, and the drawings).
Pictures of the pages go to --pictures.
"""

import argparse
import base64
import gzip
import json
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INFER = ROOT / "target" / "debug" / "infer"
# Strokes of every digit, in a square from 0 to 1.
DIGITS = {
    0: [[(0.5, 0.05), (0.3, 0.12), (0.2, 0.4), (0.22, 0.7), (0.35, 0.93), (0.55, 0.95), (0.75, 0.8), (0.8, 0.5), (0.75, 0.2), (0.5, 0.05)]],
    1: [[(0.5, 0.05), (0.5, 0.5), (0.49, 0.95)]],
    2: [[(0.22, 0.25), (0.35, 0.08), (0.6, 0.06), (0.75, 0.22), (0.68, 0.45), (0.45, 0.7), (0.2, 0.93), (0.5, 0.92), (0.82, 0.92)]],
    3: [[(0.25, 0.12), (0.5, 0.05), (0.72, 0.15), (0.7, 0.35), (0.48, 0.46), (0.72, 0.58), (0.78, 0.78), (0.6, 0.93), (0.38, 0.95), (0.2, 0.85)]],
    4: [[(0.3, 0.05), (0.22, 0.3), (0.2, 0.55), (0.5, 0.56), (0.8, 0.52)], [(0.72, 0.08), (0.7, 0.5), (0.68, 0.95)]],
    5: [[(0.78, 0.06), (0.35, 0.07), (0.3, 0.42), (0.55, 0.4), (0.76, 0.55), (0.76, 0.78), (0.55, 0.94), (0.25, 0.9)]],
    6: [[(0.65, 0.05), (0.42, 0.2), (0.28, 0.5), (0.26, 0.78), (0.42, 0.95), (0.65, 0.92), (0.76, 0.74), (0.66, 0.57), (0.45, 0.57), (0.28, 0.72)]],
    7: [[(0.2, 0.08), (0.5, 0.08), (0.8, 0.08), (0.65, 0.4), (0.5, 0.7), (0.42, 0.95)]],
    8: [[(0.68, 0.15), (0.5, 0.05), (0.32, 0.15), (0.35, 0.35), (0.6, 0.52), (0.74, 0.75), (0.6, 0.93), (0.4, 0.93), (0.28, 0.75), (0.42, 0.52), (0.64, 0.35), (0.68, 0.15)]],
    9: [[(0.74, 0.25), (0.55, 0.06), (0.32, 0.15), (0.28, 0.38), (0.45, 0.5), (0.68, 0.42), (0.75, 0.22), (0.72, 0.6), (0.64, 0.95)]],
}
# Where and how large they are drawn: in the middle, tiny in a corner, as large as the area.
PLACES = [(0.2, 0.2, 0.6), (0.03, 0.03, 0.2), (0.75, 0.72, 0.22), (0.03, 0.03, 0.94)]


class Failed(Exception):
    pass


def expect(is_so, message):
    if not is_so:
        raise Failed(message)


class Service:
    def __init__(self, run, *more):
        command = [INFER, "serve", "--model", run, "--device", "cpu", "--listen", "127.0.0.1:0", *more]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if match := re.search(r"http://(\S+)", line):
                self.address = match[1]
                return
        raise Failed("the service did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        expect(code == 0, f"the service ended with {code}")


def triton(run, options):
    import numpy
    import tritonclient.http as client

    with Service(run, "--name", "lenet") as service:
        triton = client.InferenceServerClient(service.address)
        expect(triton.is_server_live() and triton.is_server_ready() and triton.is_model_ready("lenet"), "not ready")
        expect(triton.get_model_metadata("lenet")["inputs"][0]["name"] == "images", "metadata")
        images = numpy.zeros((3, 28, 28), dtype=numpy.uint8)
        images[0, 4:24, 13:16] = 255
        images[1, 4:7, 6:22] = images[1, 4:24, 18:21] = 255
        answers = []
        for is_binary in (True, False):
            tensor = client.InferInput("images", images.shape, "UINT8")
            tensor.set_data_from_numpy(images, binary_data=is_binary)
            names = ["labels", "probabilities", "logits"]
            wanted = [client.InferRequestedOutput(name, binary_data=is_binary) for name in names]
            for outputs in (wanted, None if is_binary else wanted):
                answer = triton.infer("lenet", [tensor], model_version="1", outputs=outputs, request_id="a")
                answers.append((answer.as_numpy("labels"), answer.as_numpy("probabilities")))
        first = answers[0]
        expect(first[1].shape == (3, 10) and list(first[0][:2]) == [1, 7], f"{first}")
        for labels, probabilities in answers[1:]:
            expect((labels == first[0]).all() and numpy.allclose(probabilities, first[1]), "answers differ")
        try:
            triton.infer("other", [tensor])
            raise Failed("another model answered")
        except client.InferenceServerException as error:
            expect("no such model" in error.message(), error.message())
    return "JSON and binary tensors agree"


def schema(run, options):
    schemathesis = Path(sys.executable).with_name("schemathesis")
    with tempfile.TemporaryDirectory() as folder, Service(run, "--name", "lenet", "--collect", folder) as service:
        url = f"http://{service.address}"
        command = [schemathesis, "run", f"{url}/openapi.json", "--url", url, "--max-examples", "40", "--seed", "1",
                   "--generation-database", "none", "--checks",
                   "not_a_server_error,status_code_conformance,content_type_conformance,"
                   "response_headers_conformance,response_schema_conformance,unsupported_method"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        expect(done.returncode == 0, done.stdout[-6000:] + done.stderr[-500:])
        return [line for line in done.stdout.splitlines() if "passed" in line or "generated" in line][-1].strip()


def metrics(run, options):
    import urllib.request

    from prometheus_client.parser import text_string_to_metric_families

    with Service(run) as service:
        text = urllib.request.urlopen(f"http://{service.address}/metrics").read().decode()
        families = list(text_string_to_metric_families(text))
        names = {family.name for family in families}
        expect({"digits_requests", "digits_latency_seconds", "digits_batch_images"} <= names, str(names))
        expect(all(family.documentation and family.type != "unknown" for family in families), "help or type is missing")
        return f"{len(families)} families, {sum(len(family.samples) for family in families)} series"


class Browser:
    def __init__(self):
        from playwright.sync_api import sync_playwright

        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()

    def page(self, url, width=1180, height=820, scheme="light", phone=False):
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme,
                                           has_touch=phone, device_scale_factor=2 if phone else 1)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(url)
        wait_until(page, "document.querySelectorAll('#bars li').length === 10", lambda: "no bars")
        return page


def wait_until(page, expression, what):
    """Polls from outside: the page's policy forbids code from texts."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise Failed(what())


def draw(page, digit, place=PLACES[0]):
    page.click("#clear") if page.is_enabled("#clear") else None
    box = page.locator("#board").bounding_box()
    left, top, size = place
    at = lambda x, y: (box["x"] + box["width"] * (left + size * x), box["y"] + box["height"] * (top + size * y))
    strokes(page, digit, at)
    wait_for_answer(page)
    return page.locator("#label").text_content()


def strokes(page, digit, at):
    for stroke in DIGITS[digit]:
        page.mouse.move(*at(*stroke[0]))
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*at(*point), steps=4)
        page.mouse.up()


def wait_for_answer(page):
    """Until nothing is asked any more."""
    page.wait_for_timeout(50)
    wait_until(page, "Digits.isAsking() === false", lambda: "no answer")


def look(url, name, options):
    from axe_playwright_python.sync_playwright import Axe

    read, wrong = 0, []
    with Browser() as browser:
        page = browser.page(url)
        for place in PLACES:
            # A pen of the size that a person would choose.
            pen = max(6, min(30, round(34 * place[2])))
            page.evaluate(f"Digits.board.thickness = {pen}")
            for digit in DIGITS:
                said = draw(page, digit, place)
                read += 1
                if said != str(digit):
                    wrong.append((digit, place, said))
        latency = statistics.median(page.evaluate("Digits.latencies"))
        page.click("#clear")
        expect(page.locator("#label").text_content() == "–", "an empty canvas has an answer")
        keyboard(page)
        expect(not page.said, f"console: {page.said}")
        for width, height, phone in [(1180, 820, False), (390, 844, True)]:
            for scheme in ("light", "dark"):
                page = browser.page(url, width, height, scheme, phone)
                for digit in (None, 3):
                    if digit is not None:
                        draw(page, digit)
                    found = Axe().run(page)
                    expect(found.violations_count == 0, found.generate_report())
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    expect(wide <= width, f"{wide} pixels wide on a screen of {width}")
                if options.pictures:
                    file = f"{name}-{'phone' if phone else 'desk'}-{scheme}.png"
                    page.screenshot(path=str(options.pictures / file), full_page=True)
                expect(not page.said, f"console: {page.said}")
    expect(not wrong, f"{len(wrong)} of {read} wrong: {wrong}")
    return f"{read} drawings right, {latency:.1f} ms from a stroke to its answer in the median"


def keyboard(page):
    """A 7 by arrows and space."""
    page.evaluate("Digits.board.thickness = 20; Digits.board.clear()")
    page.focus("#board")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    for key in ["ArrowLeft"] * 5 + [" "] + ["ArrowRight"] * 10 + ["ArrowDown", "ArrowDown", "ArrowLeft"] * 6 + [" "]:
        page.keyboard.press(key)
    said = lambda: [page.locator(place).text_content() for place in ("#label", "#spoken")]
    wait_until(page, "document.getElementById('spoken').textContent.startsWith('7, ')",
               lambda: f"the keyboard's 7 is shown and spoken as {said()}")
    page.keyboard.press("Escape")


def page(run, options):
    with tempfile.TemporaryDirectory() as folder, Service(run, "--collect", folder) as service:
        url = f"http://{service.address}/"
        said = look(url, "page", options)
        with Browser() as browser:
            page = browser.page(url)
            draw(page, 4)
            page.click("#wrong-button")
            page.click("#right button:nth-child(10)")
            wait_until(page, "document.getElementById('note').textContent.startsWith('Kept')", lambda: "nothing was kept")
            expect(len(list(Path(folder).glob("9/*.png"))) == 1, "the correction was not kept")
            page.click("#mode-many")
            page.evaluate("Digits.board.thickness = 14")
            box = page.locator("#board").bounding_box()
            for place, digit in enumerate((1, 9, 7, 2)):
                strokes(page, digit, lambda x, y: (box["x"] + box["width"] * (0.08 + 0.22 * place + 0.16 * x),
                                                   box["y"] + box["height"] * (0.2 + 0.6 * y)))
            wait_for_answer(page)
            text = page.locator("#text").text_content()
            if options.pictures:
                page.screenshot(path=str(options.pictures / "page-many.png"), full_page=True)
            expect(text == "1972", f"1972 is read as {text}")
            expect(not page.said, f"console: {page.said}")
    return said


def exported(run, folder):
    file = Path(folder) / "page.html"
    subprocess.run([INFER, "-q", "export", "--format", "html", "--model", run, "--out", file], check=True)
    return file


def export(run, options):
    with tempfile.TemporaryDirectory() as folder:
        return look(exported(run, folder).as_uri(), "export", options)


def predicted(run, *arguments):
    command = [INFER, "-q", "predict", "--model", run, "--device", "cpu", "--format", "jsonl", "-k", "10", *arguments]
    rows = [json.loads(line) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]
    return [[next(c["probability"] for c in row["top"] if c["label"] == label) for label in range(10)] for row in rows]


def apart(here, there):
    return max(abs(one - other) for left, right in zip(here, there) for one, other in zip(left, right))


def vectors(run, options):
    said = []
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        page = browser.page(exported(run, folder).as_uri())
        # Drawings, as they are on the page's own canvas.
        answers, files = [], []
        for place in PLACES:
            page.evaluate(f"Digits.board.thickness = {max(6, min(30, round(34 * place[2])))}")
            for digit in DIGITS:
                draw(page, digit, place)
                url, answer = page.evaluate("""async () => {
                    const asker = new Digits.Asker();
                    return [Digits.board.sheet().toDataURL(), (await asker.readOne(Digits.board)).probabilities];
                }""")
                file = Path(folder) / f"{len(files):03}.png"
                file.write_bytes(base64.b64decode(url.split(",")[1]))
                files.append(file)
                answers.append(answer)
        distance = apart(answers, predicted(run, *files))
        expect(distance <= 1e-3, f"drawings: probabilities are up to {distance} apart")
        said.append(f"{len(files)} drawings within {distance:.1e}")
        if options.mnist:
            images = next(Path(options.mnist).glob("t10k-images*"))
            data = gzip.open(images).read() if images.suffix == ".gz" else images.read_bytes()
            num = struct.unpack(">I", data[4:8])[0]
            there = predicted(run, images)
            here = page.evaluate("""([letters, num]) => {
                const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
                const network = new Digits.Asker().network;
                const all = [];
                for (let i = 0; i < num; i++) {
                    all.push(network.probabilities(network.run(bytes.subarray(784 * i, 784 * (i + 1))).logits));
                }
                return all;
            }""", [base64.b64encode(data[16:]).decode(), num])
            label = lambda row: max(range(10), key=row.__getitem__)
            different = sum(label(one) != label(other) for one, other in zip(here, there))
            expect(different == 0 and len(here) == num == len(there), f"{different} of {num} labels differ")
            said.append(f"all {num} labels of {images.name} the same, probabilities within {apart(here, there):.1e}")
    return "; ".join(said)


CHECKS = {check.__name__: check for check in (triton, schema, metrics, page, export, vectors)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", help="the run folder")
    parser.add_argument("--only", nargs="*", choices=CHECKS, default=list(CHECKS))
    parser.add_argument("--mnist", type=Path, help="the folder of MNIST's files")
    parser.add_argument("--pictures", type=Path, help="where to put pictures of the pages")
    options = parser.parse_args()
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    num_bad = 0
    for name in options.only:
        try:
            print(f"{name}: {CHECKS[name](options.run, options)}", flush=True)
        except ImportError as error:
            print(f"{name}: NOT CHECKED, Python lacks {error.name}", flush=True)
        except Exception as error:
            num_bad += 1
            print(f"{name}: FAILED: {error}", flush=True)
    sys.exit(num_bad > 0)


if __name__ == "__main__":
    main()
