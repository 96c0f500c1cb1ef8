"use strict";
// The drawing area: strokes by mouse, touch, pen or keyboard, or a picture. Knows nothing of networks.
// Strokes are kept in units of which the area is 256 high, whatever its size on the screen.

const Digits = {};

Digits.HEIGHT = 256;

Digits.Board = class {
  static CELLS = 24; // the pen's steps from top to bottom, with the keyboard

  constructor(canvas, onChange) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.width = Digits.HEIGHT;
    this.thickness = 20;
    this.strokes = [];
    this.picture = null;
    this.current = null;
    this.pointer = null;
    this.pen = null; // place of the keyboard's pen, in cells
    this.isPenDown = false;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get isEmpty() {
    return this.strokes.length === 0 && !this.picture;
  }

  // So many times as wide as high; what was drawn goes.
  setAspect(aspect) {
    this.width = Math.round(Digits.HEIGHT * aspect);
    this.clear();
  }

  clear() {
    this.strokes = [];
    this.picture = null;
    this.current = null;
    this.isPenDown = false;
    this.changed();
  }

  undo() {
    if (this.picture) this.picture = null;
    else this.strokes.pop();
    this.current = null;
    this.isPenDown = false;
    this.changed();
  }

  // A picture instead of strokes.
  show(bitmap) {
    this.strokes = [];
    this.picture = bitmap;
    this.changed();
  }

  changed() {
    this.draw();
    this.onChange();
  }

  begin(x, y) {
    this.picture = null;
    this.current = { thickness: this.thickness, points: [[x, y]] };
    this.strokes.push(this.current);
    this.changed();
  }

  go(x, y) {
    const points = this.current.points;
    const [lastX, lastY] = points[points.length - 1];
    if (Math.hypot(x - lastX, y - lastY) < 0.75) return;
    points.push([x, y]);
  }

  listen() {
    const canvas = this.canvas;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * this.width, ((event.clientY - box.top) / box.height) * Digits.HEIGHT];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (this.pointer !== null || event.button !== 0) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      this.hidePen();
      this.pointer = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
      this.begin(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointer || !this.current) return;
      const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const one of events.length ? events : [event]) this.go(...place(one));
      this.changed();
    });
    const end = (event) => {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.current = null;
      this.onChange();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => {
      if (this.pointer === null && canvas.matches(":focus-visible")) this.showPen();
    });
    canvas.addEventListener("blur", () => this.hidePen());
  }

  showPen() {
    if (!this.pen) this.pen = [Math.round(this.columns / 2), Math.round(Digits.Board.CELLS / 4)];
    this.isPenShown = true;
    this.draw();
  }

  hidePen() {
    this.isPenShown = false;
    this.isPenDown = false;
    this.draw();
  }

  get cell() {
    return Digits.HEIGHT / Digits.Board.CELLS;
  }

  get columns() {
    return Math.floor(this.width / this.cell);
  }

  key(event) {
    if (event.altKey || event.metaKey) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const isUndo = event.key === "Backspace" || (event.ctrlKey && event.key === "z");
    if (event.ctrlKey && !isUndo) return;
    if (isUndo) this.undo();
    else if (event.key === "Escape") this.clear();
    else if (event.key === " " || event.key === "Enter") this.togglePen();
    else if (moves[event.key]) this.movePen(...moves[event.key]);
    else return;
    event.preventDefault();
  }

  togglePen() {
    this.showPen();
    this.isPenDown = !this.isPenDown;
    if (this.isPenDown) this.begin(this.pen[0] * this.cell, this.pen[1] * this.cell);
    else this.current = null;
    this.draw();
    if (this.onPen) this.onPen(this.isPenDown);
  }

  movePen(right, down) {
    this.showPen();
    const clamp = (value, most) => Math.max(1, Math.min(most - 1, value));
    this.pen = [clamp(this.pen[0] + right, this.columns), clamp(this.pen[1] + down, Digits.Board.CELLS)];
    if (this.isPenDown && this.current) this.go(this.pen[0] * this.cell, this.pen[1] * this.cell);
    if (this.isPenDown) this.changed();
    else this.draw();
  }

  // Puts the picture or the strokes on a context that is so many times as large.
  paint(context, scale, colour) {
    if (this.picture) {
      const [x, y, width, height] = this.pictureBox();
      context.drawImage(this.picture, x * scale, y * scale, width * scale, height * scale);
      return;
    }
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = colour;
    for (const { thickness, points } of this.strokes) {
      context.lineWidth = thickness * scale;
      const at = points.map(([x, y]) => [x * scale, y * scale]);
      context.beginPath();
      if (at.length === 1) {
        context.arc(at[0][0], at[0][1], (thickness * scale) / 2, 0, 2 * Math.PI);
        context.fill();
        continue;
      }
      context.moveTo(...at[0]);
      // Curves from middle to middle, bent by the points themselves.
      for (let i = 1; i < at.length - 1; i++) {
        context.quadraticCurveTo(...at[i], (at[i][0] + at[i + 1][0]) / 2, (at[i][1] + at[i + 1][1]) / 2);
      }
      context.lineTo(...at[at.length - 1]);
      context.stroke();
    }
  }

  // Where the picture is: as large as it can be, in the middle.
  pictureBox() {
    const { width, height } = this.picture;
    const scale = Math.min(this.width / width, Digits.HEIGHT / height);
    return [(this.width - width * scale) / 2, (Digits.HEIGHT - height * scale) / 2, width * scale, height * scale];
  }

  // What is on the screen.
  draw() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (!width || !height) return;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    context.clearRect(0, 0, width, height);
    const scale = height / Digits.HEIGHT;
    this.paint(context, scale, style.getPropertyValue("--text"));
    if (this.isPenShown) this.drawPen(context, scale, style);
  }

  drawPen(context, scale, style) {
    const cell = this.cell * scale;
    context.fillStyle = style.getPropertyValue("--quiet");
    for (let x = 1; x < this.columns; x++) {
      for (let y = 1; y < Digits.Board.CELLS; y++) {
        context.fillRect(x * cell - scale / 2, y * cell - scale / 2, scale, scale);
      }
    }
    context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = (this.isPenDown ? 5 : 2) * scale;
    context.beginPath();
    context.arc(this.pen[0] * cell, this.pen[1] * cell, 0.75 * cell, 0, 2 * Math.PI);
    context.stroke();
  }

  // What networks are to see: black strokes on white paper, 256 pixels high or a part of that, or the picture itself.
  sheet(scale = 1) {
    const canvas = document.createElement("canvas");
    if (this.picture) {
      [canvas.width, canvas.height] = [this.picture.width, this.picture.height];
      canvas.getContext("2d").drawImage(this.picture, 0, 0);
      return canvas;
    }
    [canvas.width, canvas.height] = [Math.round(this.width * scale), Math.round(Digits.HEIGHT * scale)];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.paint(context, scale, "#000");
    return canvas;
  }

  // From pixels of the sheet to units of the area.
  onArea({ left, top, width, height }) {
    if (!this.picture) return [left, top, width, height];
    const [x, y, wide] = this.pictureBox();
    const scale = wide / this.picture.width;
    return [x + left * scale, y + top * scale, width * scale, height * scale];
  }
};
