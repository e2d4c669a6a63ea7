// What the phone can say about a record before anybody else has seen it: the same rules and words as the platform, from the cached pack.
// Pure: everything comes in as an argument. Sources: docs of the field, rules P1, P2, P8 and C5, C7, C8, C9.

const DAY_MS = 86_400_000;
const dayNumber = (iso) => Date.parse(`${iso}T00:00:00Z`) / DAY_MS;
export const EVIDENCE_METRES = 15;
export const LATE_DAYS = 7;

/** Calendar days from one ISO day to another. */
export const daysBetween = (from, to) => Math.round(dayNumber(to) - dayNumber(from));

/** An ISO day moved by some days. */
export const addDays = (iso, days) => new Date((dayNumber(iso) + days) * DAY_MS).toISOString().slice(0, 10);

/** P8: the spray that forbids releasing a harvest of that day, with the first day allowed; null when none does. The day of spraying is day 0. */
export function safetyInterval(sprays, plot, on) {
  const open = sprays
    .filter((spray) => spray.plot === plot && spray.phi_days !== null && spray.on <= on)
    .map((spray) => ({ ...spray, earliest: addDays(spray.on, spray.phi_days), days: daysBetween(spray.on, on) }))
    .filter((spray) => on < spray.earliest)
    .sort((a, b) => (a.earliest < b.earliest ? 1 : -1));
  return open[0] ?? null;
}

/** P6: the how manieth use of a product on a plot in a calendar year this one is; 0 when the label's limit is kept or unknown. */
export function nthUse(sprays, { plot, reg_no: regNo, on }, most) {
  const before = sprays.filter((spray) => spray.plot === plot && spray.reg_no === regNo && spray.on.slice(0, 4) === on.slice(0, 4) && spray.on <= on);
  return most && before.length + 1 > most ? before.length + 1 : 0;
}

/** P7: the last use of one of the same actives that is nearer than the label allows: {active, on, days}, or null. */
export function tooSoon(sprays, { plot, on }, actives, wanted) {
  if (!wanted) return null;
  const near = actives.flatMap((active) => sprays.filter((spray) => spray.plot === plot && spray.on <= on && spray.actives?.includes(active)).map((spray) => ({ active, on: spray.on, days: daysBetween(spray.on, on) })));
  return near.filter((use) => use.days < wanted).sort((a, b) => a.days - b.days)[0] ?? null;
}

/** P9: may a plot under this management take it? */
export const offList = (management, allowed) => ["organic", "organic_conversion"].includes(management) && !allowed;

/** Trees per 亩 against the range of the tree: {density, over: "" | "odd" | "hard"}. */
export function judgeDensity(count, areaMu, { low, high, hard }) {
  const density = Math.round(count / areaMu);
  if (hard && count / areaMu > hard) return { density, over: "hard" };
  return { density, over: low !== undefined && (count / areaMu < low || count / areaMu > high) ? "odd" : "" };
}

/** C7: kilograms per 亩 of a season: {perMu, over: "" | "high" | "hard"}; limits in whole kilograms or null. */
export function judgeYield(grams, areaM2, high, hard) {
  if (!areaM2) return { perMu: null, over: "" };
  const exact = (grams / 1000) * 10_000 / (areaM2 * 15);
  const perMu = Math.round(exact);
  if (hard !== null && hard !== undefined && exact > hard) return { perMu, over: "hard" };
  if (high !== null && high !== undefined && exact > high) return { perMu, over: "high" };
  return { perMu, over: "" };
}

/** C8: fruit from trees younger than the bearing age: {year, age} or null. */
export function youngTrees(plantedOn, harvestedOn, bearingLow) {
  if (!plantedOn || !bearingLow) return null;
  const [year, age] = [Number(plantedOn.slice(0, 4)), Number(harvestedOn.slice(0, 4)) - Number(plantedOn.slice(0, 4))];
  return age >= bearingLow ? null : { year, age };
}

/** C9: may a fix of this accuracy (metres) stand as evidence? */
export const isEvidence = (accuracy) => Number(accuracy) <= EVIDENCE_METRES;

/** A bottle label's 32 digits out of whatever its QR says (an address or the bare code): {code, prefix, lastSix} or null. */
export function readLabel(content) {
  const found = /(?<![0-9])[123][0-9]{31}(?![0-9])/.exec(String(content).replace(/\s/g, ""));
  if (!found) return null;
  return { code: found[0], prefix: { 1: "PD", 2: "WP", 3: "LS" }[found[0][0]], lastSix: found[0].slice(1, 7) };
}

/** The products of the pack a label may belong to. */
export function productsOfLabel(label, pesticides) {
  return pesticides.filter((item) => item.reg_no.startsWith(label.prefix) && item.reg_no.replace(/[^0-9]/g, "").endsWith(label.lastSix));
}

/** P2: does the label's code belong to this registration number? */
export const labelFits = (label, regNo) => regNo.startsWith(label.prefix) && regNo.replace(/[^0-9]/g, "").endsWith(label.lastSix);

/** Metres between two places (degrees); good enough to sort plots. */
export function metresBetween(a, b) {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  return Math.hypot(x, (b.lat - a.lat) * rad) * 6_371_000;
}

/** Plots in the order a person wants them: those used last (at most three), then by distance, then by code. */
export function orderPlots(plots, recent, here) {
  const rank = new Map(recent.slice(0, 3).map((code, n) => [code, n]));
  const away = (plot) => (here && plot.lat !== null && plot.lon !== null ? metresBetween(here, plot) : Infinity);
  return plots
    .map((plot) => ({ ...plot, recent: rank.has(plot.code), metres: away(plot) }))
    .sort((a, b) => (rank.get(a.code) ?? 9) - (rank.get(b.code) ?? 9) || sign(a.metres - b.metres) || (a.code < b.code ? -1 : 1));
}
const sign = (difference) => (Number.isNaN(difference) ? 0 : difference);

/** C4: a skew in seconds as {unit, count, fast}, or null when it is within ten minutes. */
export function skewWords(seconds) {
  const size = Math.abs(seconds);
  if (size <= 600) return null;
  const [unit, length] = size >= 86_400 ? ["days", 86_400] : size >= 3_600 ? ["hours", 3_600] : ["minutes", 60];
  return { unit, count: Math.round(size / length), fast: seconds > 0 };
}
