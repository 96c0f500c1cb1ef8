"""One job in shards over an object store, some of them killed on the way, beside the same job in one run.

Needs a run of train, `infer` built, and Python with `moto[server]`, whose server stands in for Amazon's S3 on this machine:

    just check-clouds cnn-001 PYTHON --mnist FOLDER

The images are MNIST's test images over and over, or without --mnist noise, put into the store as IDX files, a number of
objects: moto reads a whole object for each part of it that is asked for. Two of the
shards are killed (SIGKILL) once they have begun; then all are run again, and merged. What is merged has to be the rows of a
single run, byte for byte, and nothing may be seen of a shard that was killed.
"""

import argparse
import gzip
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
INFER = ROOT / "target" / "debug" / "infer"
BUCKET = "digits"
INPUT = f"s3://{BUCKET}/in/"
OUTPUT = f"s3://{BUCKET}/out/rows.csv"
IMAGE_BYTES = 784


def images(folder):
    """The bytes of some thousand images."""
    if folder is None:
        return random.Random(1).randbytes(10_000 * IMAGE_BYTES)
    packed = Path(folder, "t10k-images-idx3-ubyte.gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes())[16:]
    return packed.with_suffix("").read_bytes()[16:]


def write_images(path, some, count):
    with open(path, "wb") as file:
        file.write(struct.pack(">4I", 0x803, count, 28, 28))
        left = count * IMAGE_BYTES
        while left > 0:
            file.write(some[:left])
            left -= len(some[:left])


class Store:
    """moto's server, and what is in it."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
        os.environ.update(self.environment, AWS_DEFAULT_REGION="us-east-1")
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        self.client = boto3.client("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"])
        self.client.create_bucket(Bucket=BUCKET)

    def keys(self):
        listed = self.client.list_objects_v2(Bucket=BUCKET, Prefix="out/")
        return {entry["Key"].removeprefix("out/") for entry in listed.get("Contents", [])}

    def read(self, key):
        return self.client.get_object(Bucket=BUCKET, Key=f"out/{key}")["Body"].read()

    def close(self):
        self.process.terminate()
        self.process.wait()


def infer(*arguments):
    return subprocess.Popen([INFER, *map(str, arguments)], stderr=subprocess.PIPE, text=True)


def done(process):
    """What it said, its seconds and its peak of memory in MiB, once it has ended well."""
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"infer ended with {process.returncode}: {said}")
    return said, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="a run folder of train, or its name")
    parser.add_argument("--mnist", help="the folder of MNIST's files")
    parser.add_argument("--count", type=int, default=1_000_000, help="so many images")
    parser.add_argument("--objects", type=int, default=25)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="of which shards are killed, and when")
    arguments = parser.parse_args()
    chance, count = random.Random(arguments.seed), arguments.shards
    store = Store()
    try:
        with tempfile.TemporaryDirectory() as folder:
            some, number = Path(folder, "some"), arguments.objects
            places = [arguments.count * place // number for place in range(number + 1)]
            pool = images(arguments.mnist)
            for place, (first, end) in enumerate(zip(places, places[1:])):
                write_images(some, pool, end - first)
                store.client.upload_file(str(some), BUCKET, f"in/{place:03}-idx3-ubyte")
        print(f"{arguments.count:,} images put into {number} objects")
        predict = ["predict", "--model", arguments.run, "--device", "cpu", INPUT, "--output"]
        start = time.monotonic()
        _, peak = done(infer(*predict, OUTPUT.replace("rows", "single")))
        print(f"one run: {time.monotonic() - start:.1f} s, {peak:.0f} MiB")

        shards = [f"{number}/{count}" for number in range(1, count + 1)]
        killed = set(chance.sample(shards, 2))
        start = time.monotonic()
        for shard in shards:
            process = infer(*predict, OUTPUT, "--shard", shard)
            if shard in killed:
                time.sleep(chance.uniform(0.5, 1.5))
                if process.poll() is not None:
                    sys.exit(f"shard {shard} was done before it was killed: take more images")
                process.send_signal(signal.SIGKILL)
                process.wait()
                name = f"rows.{shard.replace('/', '-of-')}.csv"
                if any(key.startswith(name) for key in store.keys()):
                    sys.exit(f"something is seen of shard {shard}, which was killed")
            else:
                done(process)
        merge = subprocess.run([INFER, "merge", "--output", OUTPUT], stderr=subprocess.PIPE, text=True, check=False)
        if merge.returncode == 0 or not all(shard in merge.stderr for shard in killed):
            sys.exit(f"shards {killed} were not missed: {merge.stderr}")
        print(f"shards {', '.join(sorted(killed))} killed; merge: {merge.stderr.splitlines()[0]}")
        again, peaks = [], []
        for shard in shards:
            said, peak = done(infer(*predict, OUTPUT, "--shard", shard))
            (again if f"shard {shard} is done" not in said else []).append(shard)
            peaks.append(peak)
        if set(again) != killed:
            sys.exit(f"done again were {again}, not {killed}")
        said, peak = done(infer("merge", "--output", OUTPUT))
        print(f"{count} shards, two of them twice: {time.monotonic() - start:.1f} s, at most {max(peaks):.0f} MiB; merge {peak:.0f} MiB")
        single, merged = store.read("single.csv"), store.read("rows.csv")
        if single != merged:
            sys.exit(f"{len(merged):,} bytes of rows, not the {len(single):,} of one run")
        num_rows = merged.count(b"\n") - 1
        if num_rows != arguments.count:
            sys.exit(f"{num_rows:,} rows, not {arguments.count:,}")
        print(f"{num_rows:,} rows, {len(merged):,} bytes: those of one run, byte for byte")
    finally:
        store.close()


if __name__ == "__main__":
    main()
