"""Load on `infer serve` beside a FastAPI and PyTorch service of the same LeNet, in turns in one run.

    cargo build --workspace
    python3 -m venv peers && peers/bin/pip install torch fastapi 'uvicorn[standard]' pillow numpy
    peers/bin/python benches/serve.py --run artifacts/cnn-001 --rounds 3

Every client keeps one connection and sends PNG pictures of 28×28 pixels, one after the other; the label of each
answer is checked against what the service said of that picture when nothing else was asked. The weights of the peer
are read from the page of `infer export`. What sends shares the processors with what answers, so ratios between the
two are lower bounds where the sender is what there is not enough of.

`--overload` runs ours alone with a short queue: whether everything gets 200, 429 or 503, no answer is another's, and
memory stays flat; slow headers and large bodies meanwhile; and what is lost when the service is told to end.
"""

import argparse
import base64
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INFER = ROOT / "target" / "debug" / "infer"
TRAIN = INFER.with_name("train")


def digits(num):
    """Drawn by the program, in MNIST's form."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "drawn"
        command = [TRAIN, "write", "--dataset", "synthetic", "--format", "png", "--count", str(num), "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        return [path.read_bytes() for path in sorted(out.glob("train/*/*.png"))]


class Client:
    """One connection that is asked again when it has answered."""

    def __init__(self, address, requests, place):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.requests = requests
        self.place = place
        self.rest = b""

    def send(self):
        self.place = (self.place + 1) % len(self.requests)
        self.start = time.perf_counter()
        self.socket.send(self.requests[self.place])

    def read(self):
        """Status and body once all is there; None before, False where the connection ended."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, OSError):
            return False
        if not data:
            return False
        self.rest += data
        end = self.rest.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.rest[:end].lower()
        length = int(head[head.index(b"content-length:") + 15:].split(b"\r\n", 1)[0])
        if len(self.rest) < end + 4 + length:
            return None
        body, self.rest = self.rest[end + 4:], b""
        return int(head[9:12]), body


def ask(address, request):
    with socket.create_connection(address) as one:
        one.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < int(re.search(rb"content-length: (\d+)", data.lower())[1]):
            data += one.recv(65536)
    return data.split(b"\r\n\r\n", 1)[1]


LABEL = re.compile(rb'"label":\s*(\d+)')


def load(address, path, pictures, num_clients, seconds):
    """Counts of statuses, latencies in seconds, swapped answers, connections that broke off."""
    requests = [f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(one)}\r\n\r\n".encode() + one
                for one in pictures]
    expected = [LABEL.search(ask(address, request))[1] for request in requests]
    poll = select.epoll()
    clients = {}
    for index in range(num_clients):
        client = Client(address, requests, index)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
        client.send()
    statuses, latencies, swapped, broken = {}, [], 0, 0
    end = time.perf_counter() + seconds
    while clients and time.perf_counter() < end:
        for number, _ in poll.poll(0.1):
            client = clients[number]
            said = client.read()
            if said is None:
                continue
            if said is False:
                broken += 1
                if client.rest:
                    statuses["cut off"] = statuses.get("cut off", 0) + 1
                poll.unregister(number)
                del clients[number]
                continue
            status, body = said
            statuses[status] = statuses.get(status, 0) + 1
            if status == 200:
                latencies.append(time.perf_counter() - client.start)
                swapped += LABEL.search(body)[1] != expected[client.place]
            client.send()
    for client in clients.values():
        client.socket.close()
    return statuses, sorted(latencies), swapped, broken


class Ours:
    name, path = "infer serve", "/v1/predict"

    def __init__(self, run, *more):
        command = [INFER, "serve", "--model", run, "--device", "cpu", "--listen", "127.0.0.1:0", *more]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if match := re.search(r"http://([\d.]+):(\d+)", line):
                self.address = (match[1], int(match[2]))
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


class Peer(Ours):
    name, path = "FastAPI and PyTorch", "/predict"

    def __init__(self, run, workers):
        folder = tempfile.mkdtemp()
        page = Path(folder) / "page.html"
        subprocess.run([INFER, "-q", "export", "--format", "html", "--model", run, "--out", page], check=True)
        self.address = ("127.0.0.1", 8765)
        command = [sys.executable, "-m", "uvicorn", "serve_peer:app", "--port", "8765", "--log-level", "error", "--workers", str(workers)]
        environment = os.environ | {"PAGE": str(page), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command, cwd=Path(__file__).parent, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                socket.create_connection(self.address).close()
                return
            except OSError:
                time.sleep(0.1)
        self.process.terminate()
        raise SystemExit("the peer did not start")


def figures(statuses, latencies, seconds):
    at = lambda share: 1e3 * latencies[int(share * (len(latencies) - 1))] if latencies else float("nan")
    return statuses.get(200, 0) / seconds, at(0.5), at(0.99)


def memory(process):
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024


def processor_seconds(pid):
    """Of a process and of those that it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return own + sum(map(processor_seconds, children))


def side_by_side(options, pictures):
    for round_number in range(options.rounds):
        rates = []
        for start in (lambda: Ours(options.run), lambda: Peer(options.run, options.workers)):
            service = start()
            time.sleep(0.5)
            load(service.address, service.path, pictures, options.clients, 1)
            before = processor_seconds(service.process.pid)
            statuses, latencies, swapped, broken = load(service.address, service.path, pictures, options.clients, options.seconds)
            spent = processor_seconds(service.process.pid) - before
            service.end()
            rate, p50, p99 = figures(statuses, latencies, options.seconds)
            cost = 1e6 * spent / max(1, statuses.get(200, 0))
            rates.append((rate, p99, cost))
            print(f"{service.name:20} {rate:8.0f} answers/s  p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  {cost:6.0f} µs of processor an answer  {statuses}  swapped {swapped}  broken {broken}", flush=True)
        (rate, p99, cost), (peer_rate, peer_p99, peer_cost) = rates
        print(f"round {round_number + 1}: {rate / peer_rate:.1f} times the answers, p99 {p99 / peer_p99:.2f} times as long, "
              f"{cost / peer_cost:.2f} of the processor time an answer", flush=True)


def overload(options, pictures):
    service = Ours(options.run, "--max-queue", str(options.clients // 2))
    trouble = []

    def slow():
        return [socket.create_connection(service.address) for _ in range(100)]

    def large():
        try:
            with socket.create_connection(service.address) as one:
                one.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n")
                status = one.recv(100)[9:12]
                if status != b"413":
                    trouble.append(f"a body of 1 GiB got {status}")
        except OSError as error:
            trouble.append(str(error))

    held = slow()
    for one in held:
        one.send(b"GET / HTTP/1.1\r\nX")
    large()
    before = []
    parts = 6
    for _ in range(parts):
        statuses, latencies, swapped, broken = load(service.address, service.path, pictures, options.clients, options.seconds / parts)
        before.append(memory(service.process))
        if set(statuses) - {200, 429, 503} or swapped or broken:
            trouble.append(f"{statuses}, swapped {swapped}, broken {broken}")
        print(f"{statuses}  {before[-1]} MB", flush=True)
    threading.Timer(1, lambda: service.process.send_signal(signal.SIGTERM)).start()
    statuses, latencies, swapped, broken = load(service.address, service.path, pictures, options.clients, 20)
    code = service.process.wait(40)
    with_answer = statuses.get(200, 0)
    print(f"told to end under load: exit code {code}, {with_answer} answers before, then {statuses.get(503, 0)} refusals; {broken} connections closed")
    if code or swapped or "cut off" in statuses:
        trouble.append(f"the end: exit code {code}, swapped {swapped}, {statuses}")
    print("trouble: " + "; ".join(trouble) if trouble else "no trouble")
    return bool(trouble)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", required=True, help="the run folder")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="of uvicorn")
    parser.add_argument("--overload", action="store_true")
    options = parser.parse_args()
    pictures = digits(40)
    if options.overload:
        sys.exit(overload(options, pictures))
    side_by_side(options, pictures)


if __name__ == "__main__":
    main()
