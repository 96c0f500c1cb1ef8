"use strict";
// A network's forward pass, and the file that its weights are in (safetensors). Shapes are [channels, height, width].

Digits.Network = class {
  // `description` is what `infer export` writes; `bytes` the safetensors.
  constructor(description, bytes) {
    this.description = description;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const headerLength = Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
    this.tensors = {};
    for (const [name, { data_offsets: offsets }] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const [begin, end] = offsets.map((offset) => 8 + headerLength + offset);
      this.tensors[name] = new Float32Array(bytes.slice(begin, end).buffer);
    }
  }

  // 784 pixels, 0 paper to 255 ink, to logits and what the first layer makes of them.
  run(pixels) {
    const { mean, std, layers } = this.description;
    let values = Float32Array.from(pixels, (pixel) => (pixel / 255 - mean) / std);
    let shape = [1, 28, 28];
    let first = null;
    for (const layer of layers) {
      const weights = this.tensors[layer.name + "/weights"];
      const biases = this.tensors[layer.name + "/biases"];
      if (layer.kind === "dense") {
        values = this.dense(values, weights, biases);
        shape = [values.length];
      } else {
        [values, shape] = this.convolve(values, shape, weights, biases, layer);
      }
      values = activated(values, layer.activation);
      if (layer.kind !== "dense") [values, shape] = pooled(values, shape, layer.pool, layer.pool_size);
      first = first || { shape, values: [...values] };
    }
    return { logits: values, first };
  }

  dense(values, weights, biases) {
    const sums = Float64Array.from(biases);
    values.forEach((value, input) => {
      if (value === 0) return;
      const row = input * sums.length;
      for (let output = 0; output < sums.length; output++) sums[output] += value * weights[row + output];
    });
    return Float32Array.from(sums);
  }

  convolve(values, [channelsIn, height, width], weights, biases, { kernel, padding }) {
    const before = padding === "same" ? Math.floor((kernel - 1) / 2) : 0;
    const lost = padding === "same" ? 0 : kernel - 1;
    const [channels, high, wide] = [biases.length, height - lost, width - lost];
    const output = new Float32Array(channels * high * wide);
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < high; y++) {
        for (let x = 0; x < wide; x++) {
          let sum = biases[channel];
          for (let from = 0; from < channelsIn; from++) {
            for (let down = 0; down < kernel; down++) {
              const row = y + down - before;
              if (row < 0 || row >= height) continue;
              for (let across = 0; across < kernel; across++) {
                const column = x + across - before;
                if (column < 0 || column >= width) continue;
                sum +=
                  values[(from * height + row) * width + column] *
                  weights[((channel * channelsIn + from) * kernel + down) * kernel + across];
              }
            }
          }
          output[(channel * high + y) * wide + x] = sum;
        }
      }
    }
    return [output, [channels, high, wide]];
  }

  probabilities(logits) {
    const most = Math.max(...logits);
    const powers = [...logits].map((logit) => Math.exp((logit - most) / this.description.temperature));
    const sum = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / sum);
  }
};

function activated(values, activation) {
  if (activation === "relu") return values.map((value) => Math.max(0, value));
  if (activation === "tanh") return values.map(Math.tanh);
  if (activation === "gelu") return values.map((value) => (value * (1 + erf(value / Math.SQRT2))) / 2);
  return values;
}

// By its series near 0, and by the continued fraction of its complement beyond.
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2) {
    let [term, sum] = [size, size];
    for (let n = 1; n < 60; n++) {
      term *= -(size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}

function pooled(values, [channels, height, width], pool, size) {
  if (pool === "none") return [values, [channels, height, width]];
  const isGlobal = pool === "global-average";
  const [down, across] = isGlobal ? [height, width] : [size, size];
  const [high, wide] = [Math.floor(height / down), Math.floor(width / across)];
  const output = new Float32Array(channels * high * wide);
  for (let place = 0; place < output.length; place++) {
    const [channel, y, x] = [Math.floor(place / (high * wide)), Math.floor(place / wide) % high, place % wide];
    let [sum, most] = [0, -Infinity];
    for (let row = y * down; row < (y + 1) * down; row++) {
      for (let column = x * across; column < (x + 1) * across; column++) {
        const value = values[(channel * height + row) * width + column];
        sum += value;
        most = Math.max(most, value);
      }
    }
    output[place] = pool === "max" ? most : sum / (down * across);
  }
  return [output, [channels, high, wide]];
}
