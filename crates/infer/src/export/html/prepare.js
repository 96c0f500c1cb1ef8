"use strict";
// A drawing becomes 28×28 pixels, as the programs prepare pictures: the same steps in the same arithmetic, without
// those that a drawing does not need (the light on paper, printed lines). Grey images are {width, height, pixels},
// 0 to 255; ink is 255 and paper 0 from the contrast on.

Digits.prepare = (() => {
  const f = Math.fround;
  const INK_LONGEST = 100;
  const MARGIN = f(0.2);
  const BOX = 20;
  const SIDE = 28;

  const blank = (width, height) => ({ width, height, pixels: new Uint8Array(width * height) });
  const map = (image, change) => ({ ...image, pixels: image.pixels.map(change) });

  function histogram(levels) {
    const counts = new Float64Array(256);
    for (const level of levels) counts[level]++;
    return counts;
  }

  // The level under which the given part of the pixels lies.
  function quantile(counts, part) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const wanted = Math.max(1, f(part) * total);
    let below = 0;
    for (let level = 0; level < 256; level++) {
      below += counts[level];
      if (below >= wanted) return level;
    }
    return 255;
  }

  // Otsu's threshold; null where all is of one level.
  function threshold(counts) {
    let [total, totalMoment] = [0, 0];
    counts.forEach((count, level) => {
      total += count;
      totalMoment += level * count;
    });
    let [below, belowMoment, best, bestVariance] = [0, 0, null, 0];
    for (let level = 0; level < 256; level++) {
      below += counts[level];
      belowMoment += level * counts[level];
      const above = total - below;
      if (below > 0 && above > 0) {
        const gap = (totalMoment - belowMoment) / above - belowMoment / below;
        const variance = below * above * gap * gap;
        if (variance > bestVariance) [best, bestVariance] = [level, variance];
      }
    }
    return best;
  }

  // What a mean of three pixels is, by their sum.
  const MEANS = Uint8Array.from({ length: 3 * 255 + 1 }, (_, sum) => Math.round(f(sum * f(1 / 3))));

  // Three times the mean of three pixels, along rows and then columns: a blur of 1 to 1.5 pixels.
  function blurred({ width, height, pixels }) {
    let from = pixels;
    for (let pass = 0; pass < 3; pass++) {
      from = meansAlong(from, height, width, width, 1);
      from = meansAlong(from, width, height, 1, width);
    }
    return { width, height, pixels: from };
  }

  // `lines` of `length` pixels: so far from line to line, and from pixel to pixel.
  function meansAlong(from, lines, length, lineStep, step) {
    const means = new Uint8Array(from.length);
    for (let line = 0; line < lines; line++) {
      let place = line * lineStep;
      let [before, here] = [from[place], from[place]];
      for (let left = length - 1; left >= 0; left--) {
        const next = left > 0 ? from[place + step] : here;
        means[place] = MEANS[before + here + next];
        before = here;
        here = next;
        place += step;
      }
    }
    return means;
  }

  // The level of the paper and the deviation of its grain, which is seen in what is fainter than the middle.
  function grain(counts) {
    const level = quantile(counts, 0.5);
    const deviations = new Float64Array(256);
    for (let fainter = 0; fainter <= level; fainter++) deviations[level - fainter] = counts[fainter];
    return [level, Math.max(1, f(quantile(deviations, 0.5) * f(1.4826)))];
  }

  function withoutGrain(contrast) {
    const counts = histogram(contrast.pixels);
    const [level, deviation] = grain(counts);
    const relative = f(deviation / Math.max(1, quantile(counts, 0.98) - level));
    const isCoarse = relative > f(0.03);
    const smooth = isCoarse ? blurred(contrast) : contrast;
    const [smoothLevel, smoothDeviation] = isCoarse ? grain(histogram(smooth.pixels)) : [level, deviation];
    const cleaned = smoothLevel > 0 ? map(smooth, (pixel) => Math.max(0, pixel - smoothLevel)) : smooth;
    return [cleaned, Math.floor(Math.min(255, f(4 * smoothDeviation)))];
  }

  // The contrast from which a pixel is ink; null where nothing stands out.
  function edgeOf(contrast, grainLevel) {
    const counts = histogram(contrast.pixels);
    const otsu = threshold(counts);
    if (otsu === null) return null;
    const ink = counts.fill(0, 0, Math.max(otsu, grainLevel) + 1);
    if (!ink.some((count) => count > 0)) return null;
    const full = quantile(ink, 0.7);
    if (full < Math.max(20, grainLevel)) return null;
    return Math.max(Math.floor(full / 2), grainLevel);
  }

  const above = (image, level) => map(image, (pixel) => (pixel > level ? 255 : 0));

  // Ink that hangs together, over corners too.
  function pieces({ width, height, pixels }) {
    const labels = new Int32Array(width * height).fill(-1);
    const found = [];
    const open = [];
    for (let start = 0; start < labels.length; start++) {
      if (!pixels[start] || labels[start] >= 0) continue;
      const piece = { label: found.length, left: width, top: height, right: 0, bottom: 0, area: 0, onBorder: 0 };
      found.push(piece);
      labels[start] = piece.label;
      open.push(start);
      while (open.length) {
        const place = open.pop();
        const x = place % width;
        const y = (place - x) / width;
        piece.left = Math.min(piece.left, x);
        piece.right = Math.max(piece.right, x);
        piece.top = Math.min(piece.top, y);
        piece.bottom = Math.max(piece.bottom, y);
        piece.area++;
        if (x === 0 || y === 0 || x === width - 1 || y === height - 1) piece.onBorder++;
        for (let down = Math.max(0, y - 1); down <= Math.min(height - 1, y + 1); down++) {
          for (let across = Math.max(0, x - 1); across <= Math.min(width - 1, x + 1); across++) {
            const next = down * width + across;
            if (pixels[next] && labels[next] < 0) {
              labels[next] = piece.label;
              open.push(next);
            }
          }
        }
      }
    }
    return [found, labels];
  }

  const wide = (box) => box.right - box.left + 1;
  const high = (box) => box.bottom - box.top + 1;
  const longest = (box) => Math.max(wide(box), high(box));

  // 1 in the middle of the picture, less where a piece hangs on the border.
  function freedom(piece) {
    if (piece.onBorder === 0) return 1;
    return piece.onBorder <= f(f(0.35) * (wide(piece) + high(piece))) ? 0.5 : f(0.1);
  }

  function gap(one, other) {
    const apart = (low, high, otherLow, otherHigh) => Math.max(0, otherLow - high, low - otherHigh);
    return Math.max(
      apart(one.left, one.right, other.left, other.right),
      apart(one.top, one.bottom, other.top, other.bottom),
    );
  }

  const joined = (one, other) => ({
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  });

  // The pieces of the digit, their box, and whether there are several digits.
  function ofDigit(all) {
    const weight = (piece) => f(piece.area * freedom(piece));
    const main = all.reduce((best, piece) => (weight(piece) >= weight(best) ? piece : best));
    const reach = f(f(0.3) * longest(main));
    const isEnd = (piece) => freedom(piece) > f(0.1) && piece.area >= f(0.25 * main.area);
    let others = all.filter(
      (piece) =>
        piece !== main &&
        (freedom(piece) >= freedom(main) || isEnd(piece)) &&
        piece.area >= f(f(0.02) * main.area),
    );
    const chosen = new Set([main.label]);
    let box = joined(main, main);
    for (;;) {
      const next = others.find((piece) => gap(piece, box) <= reach);
      if (!next) break;
      others = others.filter((piece) => piece !== next);
      box = joined(box, next);
      chosen.add(next.label);
    }
    return { chosen, box, areSeveral: areSeveral(all, main) };
  }

  function areSeveral(all, main) {
    if (freedom(main) < 1) return false;
    const height = high(main);
    return all.some((piece) => {
      const shared = Math.max(0, Math.min(main.bottom, piece.bottom) + 1 - Math.max(main.top, piece.top));
      return (
        freedom(piece) >= 1 &&
        (piece.left > main.right || piece.right < main.left) &&
        Math.abs(high(piece) - height) <= f(f(0.35) * height) &&
        shared >= f(f(0.6) * height) &&
        piece.area >= f(f(0.3) * main.area)
      );
    });
  }

  // A part with so many pixels around it; 0 where that is outside.
  function cut(image, box, margin) {
    const part = blank(wide(box) + 2 * margin, high(box) + 2 * margin);
    for (let y = 0; y < part.height; y++) {
      const fromY = box.top - margin + y;
      if (fromY < 0 || fromY >= image.height) continue;
      for (let x = 0; x < part.width; x++) {
        const fromX = box.left - margin + x;
        if (fromX < 0 || fromX >= image.width) continue;
        part.pixels[y * part.width + x] = image.pixels[fromY * image.width + fromX];
      }
    }
    return part;
  }

  const filters = {
    triangle: { support: 1, weight: (distance) => (distance < 1 ? f(1 - distance) : 0) },
    catmullRom: {
      support: 2,
      weight(distance) {
        const square = f(distance * distance);
        const cube = f(square * distance);
        if (distance < 1) return f(f(f(f(9 * cube) - f(15 * square)) + 6) / 6);
        if (distance >= 2) return 0;
        return f(f(f(f(f(-3 * cube) + f(15 * square)) - f(24 * distance)) + 12) / 6);
      },
    },
  };

  // What each new pixel is made of.
  function taps(old, count, filter) {
    const ratio = f(old / count);
    const scale = Math.max(1, ratio);
    const support = f(filter.support * scale);
    const clamp = (value, low, most) => Math.min(most, Math.max(low, value));
    return Array.from({ length: count }, (_, place) => {
      const middle = f(f(place + 0.5) * ratio);
      const first = clamp(Math.floor(f(middle - support)), 0, old - 1);
      const end = clamp(Math.ceil(f(middle + support)), first + 1, old);
      const weights = [];
      let sum = 0;
      for (let index = first; index < end; index++) {
        const weight = filter.weight(Math.abs(f(f(index - f(middle - 0.5)) / scale)));
        weights.push(weight);
        sum = f(sum + weight);
      }
      return { first, weights: weights.map((weight) => f(weight / sum)) };
    });
  }

  function resized(image, width, height, filter) {
    if (image.width === width && image.height === height) return image;
    const columns = taps(image.width, width, filter);
    const resulting = blank(width, height);
    taps(image.height, height, filter).forEach(({ first, weights }, y) => {
      const row = new Float32Array(image.width);
      weights.forEach((weight, index) => {
        const start = (first + index) * image.width;
        for (let x = 0; x < image.width; x++) row[x] += f(image.pixels[start + x] * weight);
      });
      columns.forEach((column, x) => {
        let sum = 0;
        column.weights.forEach((weight, index) => (sum = f(sum + f(row[column.first + index] * weight))));
        const level = Math.min(255, Math.max(0, sum));
        const below = Math.floor(level);
        resulting.pixels[y * width + x] = below + (f(level - below) >= 0.5 ? 1 : 0);
      });
    });
    return resulting;
  }

  // Each pixel the mean of those that it covers.
  function thumbnail(image, width, height) {
    const blocks = (old, count) => {
      const ratio = f(old / count);
      return Array.from({ length: count }, (_, place) => {
        const low = f(place * ratio);
        const first = Math.min(Math.ceil(low), old - 1);
        const end = Math.min(old, Math.max(first, Math.ceil(f(low + ratio))));
        return [first, end];
      });
    };
    const [columns, rows] = [blocks(image.width, width), blocks(image.height, height)];
    const small = blank(width, height);
    rows.forEach(([top, bottom], y) => {
      columns.forEach(([left, right], x) => {
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) sum += image.pixels[row * image.width + column];
        }
        const count = (right - left) * (bottom - top);
        small.pixels[y * width + x] = Math.floor((sum + Math.floor(count / 2)) / count);
      });
    });
    return small;
  }

  // Squares of the distances to the nearest pixel of which `isGoal` is true; infinite where there is none.
  function squares({ width, height, pixels }, isGoal) {
    const vertical = new Float64Array(pixels.length).fill(Infinity);
    for (let x = 0; x < width; x++) {
      let far = Infinity;
      for (let y = 0; y < height; y++) {
        far = isGoal(pixels[y * width + x]) ? 0 : far + 1;
        vertical[y * width + x] = far;
      }
      far = Infinity;
      for (let y = height - 1; y >= 0; y--) {
        far = isGoal(pixels[y * width + x]) ? 0 : far + 1;
        vertical[y * width + x] = Math.min(vertical[y * width + x], far);
      }
    }
    const nearest = new Float64Array(pixels.length);
    for (let y = 0; y < height; y++) {
      const row = y * width;
      for (let x = 0; x < width; x++) {
        let best = vertical[row + x] ** 2;
        for (let aside = 1; aside * aside < best && aside < width; aside++) {
          if (x >= aside) best = Math.min(best, aside * aside + vertical[row + x - aside] ** 2);
          if (x + aside < width) best = Math.min(best, aside * aside + vertical[row + x + aside] ** 2);
        }
        nearest[row + x] = best;
      }
    }
    return nearest;
  }

  function strokeWidth(ink) {
    const depths = squares(ink, (pixel) => pixel === 0);
    let [sum, count] = [0, 0];
    ink.pixels.forEach((pixel, place) => {
      if (pixel) {
        sum += Math.sqrt(depths[place]);
        count++;
      }
    });
    return count ? f(f((4 * sum) / count) - 1) : 0;
  }

  function widened(ink, radius) {
    const reach = f(radius * radius);
    const distances = squares(ink, (pixel) => pixel > 0);
    return { ...ink, pixels: ink.pixels.map((_, place) => (distances[place] <= reach ? 255 : 0)) };
  }

  // Strokes between MNIST's narrow and wide ones, once the ink is boxed.
  function withUsualStrokes(ink) {
    const now = strokeWidth(ink);
    const finished = f(f(now * BOX) / INK_LONGEST);
    const wanted = Math.min(f(4.5), Math.max(f(2.2), finished));
    const radius = f(f(0.5 * f(f(wanted * INK_LONGEST) - f(BOX * now))) / f(BOX - wanted));
    const inverted = (image) => map(image, (pixel) => 255 - pixel);
    if (radius >= 0.5) return widened(ink, radius);
    if (radius <= -0.5) return inverted(widened(inverted(ink), -radius));
    return ink;
  }

  // Boxed, shrunk and centred, as MNIST's digits are.
  function finish(ink) {
    const box = { left: ink.width, top: ink.height, right: -1, bottom: -1 };
    ink.pixels.forEach((pixel, place) => {
      if (!pixel) return;
      const x = place % ink.width;
      const y = (place - x) / ink.width;
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x);
      box.bottom = Math.max(box.bottom, y);
    });
    if (box.right < 0) return null;
    const boxed = shrunk(cut(ink, box, 0));
    let [mass, massX, massY] = [0, 0, 0];
    boxed.pixels.forEach((value, place) => {
      mass += value;
      massX += value * (place % boxed.width);
      massY += value * Math.floor(place / boxed.width);
    });
    const corner = (moment, side) => {
      const centre = mass > 0 ? moment / mass : side / 2;
      return Math.min(Math.max(0, Math.round(SIDE / 2 - centre)), SIDE - side);
    };
    const [left, top] = [corner(massX, boxed.width), corner(massY, boxed.height)];
    const pixels = new Uint8Array(SIDE * SIDE);
    boxed.pixels.forEach((value, place) => {
      pixels[(top + Math.floor(place / boxed.width)) * SIDE + left + (place % boxed.width)] = value;
    });
    return pixels;
  }

  function shrunk(ink) {
    const longer = Math.max(ink.width, ink.height);
    if (longer === BOX) return ink;
    const scaled = (side) => Math.max(1, Math.round((side * BOX) / longer));
    const [width, height] = [scaled(ink.width), scaled(ink.height)];
    if (longer >= 4 * BOX) return thumbnail(ink, width, height);
    return thumbnail(resized(ink, 4 * width, 4 * height, filters.triangle), width, height);
  }

  // Dark strokes on white paper, 256 pixels on the longer side, to {pixels, areSeveral}; null without ink.
  return (drawing) => {
    const [contrast, grainLevel] = withoutGrain(map(drawing, (level) => 255 - level));
    const edge = edgeOf(contrast, grainLevel);
    if (edge === null) return null;
    const ink = above(contrast, edge);
    const [all, labels] = pieces(ink);
    if (all.length === 0) return null;
    const { chosen, box, areSeveral } = ofDigit(all);
    const mask = { ...ink, pixels: ink.pixels.map((_, place) => (chosen.has(labels[place]) ? 255 : 0)) };
    const size = longest(box);
    const scale = f(INK_LONGEST / size);
    const margin = Math.ceil(f(MARGIN * size));
    const near = blurred(cut(mask, box, margin));
    const part = cut(contrast, box, margin);
    part.pixels = part.pixels.map((level, place) => (near.pixels[place] ? level : 0));
    const scaled = (pixels) => Math.max(1, Math.round(f(pixels * scale)));
    const filter = scale < 1 ? filters.triangle : filters.catmullRom;
    const sharp = above(resized(part, scaled(part.width), scaled(part.height), filter), edge);
    const pixels = finish(withUsualStrokes(sharp));
    return pixels && { pixels, areSeveral };
  };
})();
