"""The peer of benches/serve.py: the same LeNet behind FastAPI, as a tutorial would have it. PAGE names a page of
`infer export --format html`, whose weights it takes."""

import base64
import io
import json
import os
import re

import numpy
import torch
from fastapi import FastAPI, Request
from PIL import Image

torch.set_num_threads(1)
text = open(os.environ["PAGE"]).read()
part = lambda name: re.search(rf'id="{name}">([^<]*)<', text)[1]
description = json.loads(part("network"))
data = base64.b64decode(part("weights"))
length = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + length])


def tensor(name):
    begin, end = header[name]["data_offsets"]
    values = numpy.frombuffer(data[8 + length + begin:8 + length + end], dtype=numpy.float32)
    return torch.from_numpy(values.copy()).reshape(header[name]["shape"])


layers = []
for layer in description["layers"]:
    weights, biases = tensor(layer["name"] + "/weights"), tensor(layer["name"] + "/biases")
    if layer["kind"] == "convolution":
        one = torch.nn.Conv2d(weights.shape[1], weights.shape[0], layer["kernel"], padding=layer["padding"])
        one.weight.data, one.bias.data = weights, biases
        layers += [one, torch.nn.ReLU(), torch.nn.MaxPool2d(layer["pool_size"])]
    else:
        if not any(isinstance(before, torch.nn.Flatten) for before in layers):
            layers.append(torch.nn.Flatten())
        one = torch.nn.Linear(*weights.shape)
        one.weight.data, one.bias.data = weights.T.contiguous(), biases
        layers += [one] + [torch.nn.ReLU()] * (layer["activation"] == "relu")
network = torch.nn.Sequential(*layers).eval()
app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    picture = Image.open(io.BytesIO(await request.body())).convert("L")
    pixels = torch.from_numpy(numpy.asarray(picture, dtype=numpy.float32)).reshape(1, 1, 28, 28)
    with torch.inference_mode():
        logits = network((pixels / 255 - description["mean"]) / description["std"])
        probabilities = torch.softmax(logits / description["temperature"], 1)[0].tolist()
    label = max(range(10), key=probabilities.__getitem__)
    return {"label": label, "probability": probabilities[label], "probabilities": probabilities}
