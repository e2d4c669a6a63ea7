// QR symbols on the screen (ISO/IEC 18004): bytes, error correction L, versions 1–25, mask by the four penalty rules.
const ECC = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12];
const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

/** Codewords of a version, function patterns taken off. */
function rawCodewords(version) {
  const size = version * 4 + 17;
  let modules = size * size - 8 * 8 * 3 - 15 * 2 - 1 - (size - 16) * 2;
  if (version >= 2) {
    const count = Math.floor(version / 7) + 2;
    modules -= (count * count - 3) * 25 - (count - 2) * 2 * 5;
  }
  if (version >= 7) modules -= 36;
  return modules >> 3;
}
const dataCodewords = (version) => rawCodewords(version) - ECC[version - 1] * BLOCKS[version - 1];

function generator(degree) {
  let poly = [1];
  for (let i = 0; i < degree; i += 1) {
    const next = new Array(poly.length + 1).fill(0);
    poly.forEach((factor, n) => { next[n] ^= factor; next[n + 1] ^= times(factor, EXP[i]); });
    poly = next;
  }
  return poly.slice(1);
}

function remainder(data, divisor) {
  const rest = new Array(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, n) => { rest[n] ^= times(coefficient, factor); });
  }
  return rest;
}

function codewords(bytes, version) {
  const bits = [];
  const push = (value, length) => { for (let i = length - 1; i >= 0; i -= 1) bits.push((value >> i) & 1); };
  push(4, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => push(byte, 8));
  const capacity = dataCodewords(version) * 8;
  push(0, Math.min(4, capacity - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xfd) push(pad, 8);
  const data = [];
  for (let i = 0; i < bits.length; i += 8) data.push(parseInt(bits.slice(i, i + 8).join(""), 2));
  return interleaved(data, version);
}

function interleaved(data, version) {
  const [count, ecc, raw] = [BLOCKS[version - 1], ECC[version - 1], rawCodewords(version)];
  const short = count - (raw % count);
  const length = Math.floor(raw / count) - ecc;
  const divisor = generator(ecc);
  const blocks = [];
  for (let i = 0, at = 0; i < count; i += 1) {
    const part = data.slice(at, at + length + (i < short ? 0 : 1));
    at += part.length;
    blocks.push({ part, rest: remainder(part, divisor) });
  }
  const result = [];
  for (let i = 0; i <= length; i += 1) blocks.forEach(({ part }) => i < part.length && result.push(part[i]));
  for (let i = 0; i < ecc; i += 1) blocks.forEach(({ rest }) => result.push(rest[i]));
  return result;
}

function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = [6];
  for (let at = version * 4 + 10; places.length < count; at -= step) places.splice(1, 0, at);
  return places;
}

/** The symbol of a text as rows of 0 and 1; throws RangeError when it is too long. */
export function qrMatrix(content) {
  const bytes = new TextEncoder().encode(content);
  let version = 1;
  while (version <= 25 && bytes.length + (version < 10 ? 2 : 3) > dataCodewords(version)) version += 1;
  if (version > 25) throw new RangeError("too long for a QR symbol");
  const size = version * 4 + 17;
  const grid = Array.from({ length: size }, () => new Array(size).fill(0));
  const fixed = Array.from({ length: size }, () => new Array(size).fill(false));
  const set = (x, y, dark) => { if (x >= 0 && y >= 0 && x < size && y < size) [grid[y][x], fixed[y][x]] = [dark ? 1 : 0, true]; };
  functionPatterns(version, size, set);
  fill(codewords(bytes, version), size, grid, fixed);
  return best(size, grid, fixed, set);
}

function functionPatterns(version, size, set) {
  for (let i = 0; i < size; i += 1) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy += 1) for (let dx = -4; dx <= 4; dx += 1) { const ring = Math.max(Math.abs(dx), Math.abs(dy)); set(cx + dx, cy + dy, ring !== 2 && ring !== 4); }
  }
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((cx, i) => places.forEach((cy, j) => {
    if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
    for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
  }));
  format(0, size, set);
  if (version < 7) return;
  let rest = version;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i += 1) { const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)]; set(a, b, (bits >> i) & 1); set(b, a, (bits >> i) & 1); }
}

/** Level L and the mask, twice, with their BCH code. */
function format(mask, size, set) {
  const data = (1 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (i) => (bits >> i) & 1;
  for (let i = 0; i <= 5; i += 1) set(8, i, bit(i));
  set(8, 7, bit(6)); set(8, 8, bit(7)); set(7, 8, bit(8));
  for (let i = 9; i < 15; i += 1) set(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i += 1) set(size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i += 1) set(8, size - 15 + i, bit(i));
  set(8, size - 8, true);
}

function fill(words, size, grid, fixed) {
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      for (let j = 0; j < 2; j += 1) {
        const [x, y] = [right - j, ((right + 1) & 2) === 0 ? size - 1 - step : step];
        if (!fixed[y][x] && at < words.length * 8) { grid[y][x] = (words[at >> 3] >> (7 - (at & 7))) & 1; at += 1; }
      }
    }
  }
}

function best(size, grid, fixed, set) {
  const apply = (mask) => { for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) if (!fixed[y][x] && MASKS[mask](x, y) === 0) grid[y][x] ^= 1; };
  let [chosen, least] = [0, Infinity];
  for (let mask = 0; mask < 8; mask += 1) {
    apply(mask);
    format(mask, size, set);
    const cost = penalty(size, grid);
    if (cost < least) [chosen, least] = [mask, cost];
    apply(mask);
  }
  apply(chosen);
  format(chosen, size, set);
  return grid;
}

function penalty(size, grid) {
  let [cost, dark] = [0, 0];
  const lines = [...grid, ...grid.map((_, x) => grid.map((row) => row[x]))].map((line) => line.join(""));
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    for (const finder of ["10111010000", "00001011101"]) for (let at = line.indexOf(finder); at >= 0; at = line.indexOf(finder, at + 1)) cost += 40;
  }
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      dark += grid[y][x];
      if (x + 1 < size && y + 1 < size && grid[y][x] === grid[y][x + 1] && grid[y][x] === grid[y + 1][x] && grid[y][x] === grid[y + 1][x + 1]) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size)) * 10;
}

const SVG = "http://www.w3.org/2000/svg";

/** The symbol as a drawing with its quiet zone, black on white in every light. */
export function drawQr(content, label) {
  const grid = qrMatrix(content);
  const svg = document.createElementNS(SVG, "svg");
  const side = grid.length + 8;
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" })) svg.setAttribute(name, value);
  const ground = document.createElementNS(SVG, "path");
  ground.setAttribute("d", `M0 0h${side}v${side}H0z`);
  ground.setAttribute("class", "qr-ground");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", grid.map((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")).join("")).join(""));
  modules.setAttribute("class", "qr-dark");
  svg.append(ground, modules);
  return svg;
}
