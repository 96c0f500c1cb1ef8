"use strict";
// What happens on the page. Who answers is Digits.Asker.

(() => {
  const find = (id) => document.getElementById(id);
  const asker = new Digits.Asker();
  const percent = (share) => (100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1) + " %";
  const MOST_BARS = 16;
  const FEW_BARS = 10;
  let classNames = [];
  let isMany = false;
  let collects = false;

  const board = new Digits.Board(find("board"), changed);
  board.onPen = (isDown) => (find("pen-state").textContent = isDown ? "Pen down" : "Pen up");

  // Asks, one question at a time: while one is on its way, only the newest waits.
  let isAsking = false;
  let isStale = false;

  async function changed() {
    find("invitation").hidden = !board.isEmpty;
    find("undo").disabled = find("clear").disabled = board.isEmpty;
    find("right").hidden = true;
    find("wrong-button").setAttribute("aria-expanded", "false");
    clearBoxes();
    if (board.isEmpty) showNothing();
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    do {
      isStale = false;
      if (!board.isEmpty) await ask();
    } while (isStale);
    isAsking = false;
  }

  async function ask() {
    const start = performance.now();
    const wasMany = isMany;
    try {
      const said = await (wasMany ? asker.readMany(board) : asker.readOne(board));
      if (board.isEmpty || wasMany !== isMany) return;
      if (wasMany) showMany(said);
      else showOne(said);
      const time = performance.now() - start;
      Digits.latencies = (Digits.latencies || []).slice(-999).concat(time);
      find("timing").textContent = "Answered in " + time.toFixed(0) + " ms";
      find("trouble").textContent = "";
    } catch (error) {
      if (error.isBusy) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        isStale = true;
        return;
      }
      find("trouble").textContent = error.message;
      find("key-form").hidden = !error.wantsKey;
    }
  }

  // Bars, one a class.
  const bars = [];

  function makeBars() {
    find("bars").replaceChildren();
    bars.length = 0;
    for (const name of classNames) {
      const item = document.createElement("li");
      const [label, track, fill, value] = ["span", "span", "span", "span"].map((tag) => document.createElement(tag));
      label.textContent = name;
      track.className = "track";
      fill.className = "fill";
      value.className = "value";
      value.textContent = "0 %";
      track.append(fill);
      item.append(label, track, value);
      find("bars").append(item);
      bars.push({ item, fill, value });
    }
    find("right").replaceChildren(...classNames.map((name, label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => correct(label));
      return button;
    }));
  }

  function showBars(probabilities, best) {
    // Of many classes only the likeliest are shown.
    const order = [...bars.keys()];
    if (probabilities) order.sort((one, other) => probabilities[other] - probabilities[one]);
    const shown = new Set(bars.length > MOST_BARS ? order.slice(0, FEW_BARS) : order);
    bars.forEach(({ item, fill, value }, label) => {
      const share = probabilities ? probabilities[label] : 0;
      item.hidden = !shown.has(label);
      fill.style.transform = "scaleX(" + share + ")";
      value.textContent = percent(share);
      item.classList.toggle("best", label === best);
    });
  }

  function showNothing() {
    showLabel(null, "Nothing drawn yet", "");
    showBars(null, null);
    paint(find("seen"), 28, 28, []);
    find("layer").replaceChildren();
    find("text").textContent = "";
    find("many-note").textContent = "";
    find("timing").textContent = "";
    find("trouble").textContent = "";
    find("wrong").hidden = true;
    speak("");
  }

  function showLabel(name, sure, note) {
    const label = find("label");
    label.textContent = name === null ? "–" : name;
    label.classList.toggle("none", name === null);
    label.classList.toggle("long", name !== null && name.length > 2);
    find("sure").textContent = sure;
    find("note").textContent = note;
  }

  function showOne(said) {
    const isGiven = said.label !== null;
    const name = isGiven ? classNames[said.label] : null;
    const notes = { "no ink": "No ink is seen", "several digits": "There are several digits; this is the greatest" };
    const sure = isGiven ? percent(said.probability) + " sure" : "No answer";
    const note = notes[said.note] || said.note || "";
    showLabel(name, sure, note);
    showBars(said.probabilities, said.label);
    paint(find("seen"), 28, 28, said.seen || []);
    showLayer(said.layer);
    find("wrong").hidden = !collects || !isGiven;
    speak(isGiven ? name + ", " + sure + (note ? ". " + note : "") : sure + ". " + note);
  }

  // Values as shades of the text's colour or of the accent: 0 nothing, the most all of it.
  function paint(canvas, width, height, values, isAccent = false) {
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const colour = getComputedStyle(document.documentElement).getPropertyValue(isAccent ? "--accent" : "--text");
    const [red, green, blue] = colour.match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
    const image = context.createImageData(width, height);
    const most = isAccent ? Digits.most : 255;
    for (let place = 0; place < width * height; place++) {
      const share = Math.max(0, values[place] || 0) / (most || 1);
      image.data.set([red, green, blue, Math.round(255 * Math.min(1, share))], 4 * place);
    }
    context.putImageData(image, 0, 0);
  }

  function showLayer(layer) {
    const place = find("layer");
    if (!layer) {
      place.replaceChildren();
      return;
    }
    const isFlat = layer.shape.length === 1;
    let [num, height, width] = isFlat ? [1, Math.ceil(layer.shape[0] / 32), Math.min(32, layer.shape[0])] : layer.shape;
    num = Math.min(num, 32);
    Digits.most = layer.values.reduce((most, value) => Math.max(most, value), 0);
    place.classList.toggle("flat", isFlat);
    while (place.children.length > num) place.lastChild.remove();
    while (place.children.length < num) {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "Values of the first layer, part " + (place.children.length + 1));
      place.append(canvas);
    }
    const area = width * height;
    [...place.children].forEach((canvas, index) => {
      paint(canvas, width, height, layer.values.slice(index * area, (index + 1) * area), true);
    });
    const what = isFlat ? layer.shape[0] + " values" : layer.shape[0] + " pictures of " + height + "×" + width;
    find("layer-caption").textContent = "What its first layer makes of it: " + what;
  }

  function clearBoxes() {
    const canvas = find("boxes");
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  function showMany(said) {
    find("text").textContent = said.lines.join("\n");
    const num = said.digits.length;
    find("many-note").textContent = num ? num + (num === 1 ? " digit" : " digits") + (said.note ? ", " + said.note : "") : "No digit is seen";
    speak(num ? said.text : "No digit is seen");
    const canvas = find("boxes");
    [canvas.width, canvas.height] = [find("board").width, find("board").height];
    const context = canvas.getContext("2d");
    const scale = canvas.height / Digits.HEIGHT;
    const colour = getComputedStyle(canvas).getPropertyValue("--accent");
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5 * scale;
    const size = 13 * (devicePixelRatio || 1);
    context.font = "600 " + size + "px system-ui, sans-serif";
    for (const digit of said.digits) {
      const [x, y, width, height] = board.onArea(digit.box).map((value) => value * scale);
      context.strokeRect(x, y, width, height);
      const text = digit.label === null ? "?" : String(digit.label);
      context.fillText(text, x, y > 1.3 * size ? y - 0.3 * size : y + height + size);
    }
  }

  // Screen readers hear an answer once it stands still.
  let speaking = 0;

  function speak(text) {
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      find("spoken").textContent = text;
    }, 500);
  }

  async function correct(label) {
    try {
      await asker.correct(board, label);
      find("right").hidden = true;
      find("note").textContent = "Kept as a " + classNames[label] + ". Thank you.";
      speak("Kept as a " + classNames[label]);
    } catch (error) {
      find("trouble").textContent = error.message;
    }
  }

  function setMany(many) {
    isMany = many;
    find("mode-one").setAttribute("aria-pressed", String(!many));
    find("mode-many").setAttribute("aria-pressed", String(many));
    find("one").hidden = many;
    find("many").hidden = !many;
    find("wrong").hidden = true;
    find("frame").classList.toggle("wide", many);
    const picture = board.picture;
    board.setAspect(many ? 2.5 : 1);
    if (picture) board.show(picture);
  }

  // Photos are brought to a size at which nothing of a digit is lost.
  async function take(file) {
    try {
      const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 1600 / Math.max(whole.width, whole.height));
      const [width, height] = [whole.width, whole.height].map((side) => Math.max(1, Math.round(side * scale)));
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      context.drawImage(whole, 0, 0, width, height);
      board.show(canvas);
    } catch {
      find("trouble").textContent = "This file is no picture that the browser can show.";
    }
  }

  function takeFrom(items) {
    const file = [...(items || [])].find((file) => file.type.startsWith("image/"));
    if (file) take(file);
    return Boolean(file);
  }

  find("undo").addEventListener("click", () => board.undo());
  find("clear").addEventListener("click", () => board.clear());
  find("thickness").addEventListener("input", (event) => (board.thickness = Number(event.target.value)));
  find("mode-one").addEventListener("click", () => setMany(false));
  find("mode-many").addEventListener("click", () => setMany(true));
  find("wrong-button").addEventListener("click", () => {
    const right = find("right");
    right.hidden = !right.hidden;
    find("wrong-button").setAttribute("aria-expanded", String(!right.hidden));
  });
  find("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(find("text").textContent);
      find("many-note").textContent = "Copied";
    } catch {
      find("many-note").textContent = "The browser does not allow copying: select the text";
    }
  });
  find("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    asker.setKey(find("key").value);
    find("key-form").hidden = true;
    find("trouble").textContent = "";
    begin();
    changed();
  });

  function takePictures() {
    find("photo-label").hidden = false;
    find("photo").addEventListener("change", (event) => {
      takeFrom(event.target.files);
      event.target.value = "";
    });
    addEventListener("paste", (event) => {
      if (takeFrom(event.clipboardData && event.clipboardData.files)) event.preventDefault();
    });
    const aim = (isAimed) => (event) => {
      event.preventDefault();
      find("frame").classList.toggle("aimed", isAimed);
    };
    addEventListener("dragover", aim(true));
    addEventListener("dragleave", aim(false));
    addEventListener("drop", (event) => {
      aim(false)(event);
      takeFrom(event.dataTransfer && event.dataTransfer.files);
    });
  }

  async function begin() {
    try {
      const about = await asker.about();
      classNames = about.classNames;
      collects = about.collects;
      find("modes").hidden = !about.readsNumbers;
      if (classNames.join("") !== "0123456789") document.title = find("heading").textContent = "Draw one of " + classNames.length + " classes";
      find("model").textContent = about.title;
    } catch (error) {
      find("trouble").textContent = error.message;
      find("key-form").hidden = !error.wantsKey;
      classNames = [..."0123456789"];
    }
    makeBars();
    if (board.isEmpty) showNothing();
  }

  if (asker.takesPictures) takePictures();
  Digits.board = board;
  Digits.isAsking = () => isAsking;
  begin();
  changed();
})();
