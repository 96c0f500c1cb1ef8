"use strict";
// Who answers the page: the service that it came from.

Digits.Asker = class {
  constructor() {
    this.takesPictures = true;
    this.key = sessionStorage.getItem("key");
  }

  setKey(key) {
    this.key = key;
    sessionStorage.setItem("key", key);
  }

  // What the networks are called, their classes, and whether numbers are read and corrections kept.
  async about() {
    const about = await this.fetch("v1/model");
    return {
      title: about.name,
      classNames: about.class_names,
      readsNumbers: about.reads_numbers,
      collects: about.collects,
    };
  }

  async readOne(board) {
    // Of one digit no more is seen in more pixels, and those take their time.
    const blob = await this.blob(board, 0.625);
    const said = await this.fetch("v1/predict?seen=true&first_layer=true", blob, blob.type);
    const one = said.predictions[0];
    const seen = one.seen ? Uint8Array.from(atob(one.seen), (letter) => letter.charCodeAt(0)) : null;
    return { ...one, seen, layer: one.first_layer || null };
  }

  async readMany(board) {
    const blob = await this.blob(board);
    const said = await this.fetch("v1/predict?digits=many", blob, blob.type);
    return said.predictions[0];
  }

  async correct(board, label) {
    const bytes = new Uint8Array(await (await this.file(board)).arrayBuffer());
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    await this.fetch("v1/corrections", JSON.stringify({ picture: btoa(letters), label }), "application/json");
  }

  // To be read at once: a drawing goes as bare shades of grey, since browsers take their time to make PNGs.
  async blob(board, scale = 1) {
    if (board.picture) return this.file(board);
    const sheet = board.sheet(scale);
    const { width, height } = sheet;
    const { data } = sheet.getContext("2d").getImageData(0, 0, width, height);
    const greys = new Uint8Array(width * height);
    for (let i = 0; i < greys.length; i++) greys[i] = data[4 * i];
    return new Blob([`P5 ${width} ${height} 255\n`, greys], { type: "image/x-portable-graymap" });
  }

  // To be kept: photos are smaller as JPEG; drawings as PNG lose nothing.
  file(board) {
    const type = board.picture ? "image/jpeg" : "image/png";
    return new Promise((resolve) => board.sheet().toBlob(resolve, type, 0.92));
  }

  async fetch(path, body, type) {
    const headers = {};
    if (type) headers["Content-Type"] = type;
    if (this.key) headers.Authorization = "Bearer " + this.key;
    let response;
    try {
      response = await fetch(path, { method: body ? "POST" : "GET", headers, body });
    } catch {
      throw new Error("The service cannot be reached.");
    }
    const said = await response.json();
    if (response.ok) return said;
    const error = new Error(said.message + ": " + said.hint);
    error.wantsKey = response.status === 401;
    error.isBusy = response.status === 429;
    throw error;
  }
};
