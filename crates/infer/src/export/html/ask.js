"use strict";
// Who answers the page: the network that the page itself holds.

Digits.Asker = class {
  constructor() {
    this.takesPictures = false;
    const read = (id) => document.getElementById(id).textContent;
    const letters = atob(read("weights"));
    this.network = new Digits.Network(
      JSON.parse(read("network")),
      Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
    );
  }

  async about() {
    const { name, class_names: classNames } = this.network.description;
    return { title: name, classNames, readsNumbers: false, collects: false };
  }

  async readOne(board) {
    const sheet = board.sheet();
    const { width, height } = sheet;
    const { data } = sheet.getContext("2d").getImageData(0, 0, width, height);
    const pixels = Uint8Array.from({ length: width * height }, (_, place) => data[4 * place]);
    return Digits.readDrawing(this.network, { width, height, pixels });
  }
};

// What a network says of a drawing: a grey image, dark on white.
Digits.readDrawing = (network, drawing) => {
  const prepared = Digits.prepare(drawing);
  if (!prepared) return { label: null, probability: null, probabilities: null, note: "no ink", seen: null, layer: null };
  const { logits, first } = network.run(prepared.pixels);
  const probabilities = network.probabilities(logits);
  const label = probabilities.indexOf(Math.max(...probabilities));
  return {
    label,
    probability: probabilities[label],
    probabilities,
    note: prepared.areSeveral ? "several digits" : null,
    seen: prepared.pixels,
    layer: first,
  };
};
