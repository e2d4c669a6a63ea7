// What the phone needs in the hills: plots, products, ranges, people. Fetched with a network, kept sealed, read without one.
import { countyDay } from "./canonical.js";
import { request } from "./net.js";
import * as ops from "./ops.js";
import { keepSealed, openSealed, session } from "./session.js";
import * as store from "./store.js";
import { parseWeight } from "./weight.js";

const FRESH_MS = 600_000;
const NOTHING = { plots: [], pesticides: [], people: [], ranges: [], sprays: [], lists: {}, lots: [], parties: [], duplicates: [], seedlings: [] };
const MU_PER_M2 = 15 / 10_000;

/** The pack as the screens use it (never null; empty before the first one came). */
export async function pack() {
  session.pack ??= await openSealed("pack");
  const content = { ...NOTHING, ...session.pack?.content };
  return { ...content, plots: content.plots.map(asPlot), fetchedAt: session.pack?.at ?? 0 };
}

/** A plot with its place as numbers and its area in 亩. */
function asPlot(plot) {
  const { lat = null, lon = null } = plot.centre ?? {};
  return { ...plot, lat: lat === null ? null : Number(lat), lon: lon === null ? null : Number(lon), area_mu: (plot.area_m2 * MU_PER_M2).toFixed(2) };
}

/** What the labels say for the tree of a plot, flat: {reg_no, name, …, covers, phi_days, dose_high, dose_unit}. */
export function pesticidesFor(content, plot) {
  const taxon = plot?.taxon ?? content.plots[0]?.taxon;
  return content.pesticides.map((one) => ({ ...one, ...one.for?.[taxon] }));
}

/** A reference range of a plot's tree: {low, usual, high, hard}, or nothing known. */
export const rangeOf = (content, plot, metric) => content.ranges.find((one) => one.taxon === plot.taxon && one.metric === metric) ?? {};

/** Fetch the pack anew when it is older than ten minutes; an unchanged one costs a few bytes. */
export async function refreshPack(judge, force = false) {
  session.pack ??= await openSealed("pack");
  if (!force && session.pack && Date.now() - session.pack.at < FRESH_MS) return;
  const etag = session.pack?.etag;
  const answer = await request("/api/v1/sync/pack", { token: session.token, headers: etag ? { "If-None-Match": etag } : {} });
  await judge?.(answer);
  if (answer.status === 304) session.pack = { ...session.pack, at: Date.now() };
  else if (answer.status === 200 && Array.isArray(answer.body?.plots)) session.pack = { etag: answer.headers.get("ETag"), at: Date.now(), content: answer.body };
  else return;
  await keepSealed("pack", session.pack);
  await forgetArrived();
}

const EMPTY = { plots: [], products: [], pests: [], sprays: [], harvests: [] };

/** What was chosen and recorded last on this phone. */
export const recent = async () => ({ ...EMPTY, ...await openSealed("recent") });

/** Remember the choices of a saved record, and its effect on later ones, until the pack says the same. */
export async function remember(op, body, kind) {
  const now = await recent();
  const first = (list, value) => (value ? [value, ...list.filter((item) => item !== value)].slice(0, 12) : list);
  const others = (list) => list.filter((item) => item.op !== op);
  const next = {
    plots: first(now.plots, body.plot), products: first(now.products, body.product), pests: first(now.pests, body.pest),
    sprays: others(now.sprays), harvests: others(now.harvests),
  };
  if (body.activity === "spray") next.sprays.push({ op, plot: body.plot, on: body.on, name: body.product, reg_no: body.reg_no, ...await labelOf(body) });
  if (kind === "harvest.record") next.harvests.push({ op, plot: body.plot, part: body.part, year: body.on.slice(0, 4), grams: gramsOf(body) });
  await keepSealed("recent", next);
}

/** A record was taken back: it counts no longer. */
export async function unremember(op) {
  const now = await recent();
  const others = (list) => list.filter((item) => item.op !== op);
  await keepSealed("recent", { ...now, sprays: others(now.sprays), harvests: others(now.harvests) });
}

async function forgetArrived() {
  const now = await recent();
  const here = async (item) => {
    const row = await store.get("ops", item.op);
    return row && ops.OPEN.includes(row.state);
  };
  const kept = async (list) => (await Promise.all(list.map(async (item) => ((await here(item)) ? item : null)))).filter(Boolean);
  await keepSealed("recent", { ...now, sprays: await kept(now.sprays), harvests: await kept(now.harvests) });
}

async function labelOf(body) {
  const known = await pack();
  const found = pesticidesFor(known, known.plots.find((plot) => plot.code === body.plot)).find((item) => item.reg_no === body.reg_no);
  return { phi_days: found?.phi_days ?? null, actives: (found?.actives || "").split("、").filter(Boolean) };
}

/** Net grams of a harvest's containers: gross less tare (damage is part of it, counted apart). */
export function gramsOf({ containers = [], quantity = "", unit = "公斤" }) {
  if (!containers.length) return parseWeight(quantity, unit).grams ?? 0;
  return containers.reduce((sum, one) => sum + netOf(one, unit), 0);
}

/** Net grams of one container. */
export function netOf({ gross, tare = "0" }, unit = "公斤") {
  const grams = (text) => parseWeight(text || "0", unit, { zero: true }).grams ?? 0;
  return grams(gross) - grams(tare);
}

/** Every spray the phone knows of: those of the pack and those recorded here since. */
export async function knownSprays() {
  return [...(await pack()).sprays, ...(await recent()).sprays];
}

/** Grams of this season on a plot and part: what the platform knew and what was recorded here since. */
export async function seasonGrams(plot, part, on) {
  const year = (on || countyDay()).slice(0, 4);
  const known = plot.season_g?.[part] ?? 0;
  const here = (await recent()).harvests.filter((item) => item.plot === plot.code && item.part === part && item.year === year);
  return here.reduce((sum, item) => sum + item.grams, year === countyDay().slice(0, 4) ? known : 0);
}
