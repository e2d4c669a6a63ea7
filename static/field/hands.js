// Handovers this phone took part in: kept sealed, looked up against replay, counted against what is left of a lot.
import { uuid7 } from "./canonical.js";
import * as ops from "./ops.js";
import { keepSealed, openSealed, session, sign } from "./session.js";
import * as store from "./store.js";
import { normalise, parseWeight } from "./weight.js";
import { t } from "./words.js";

const NAME = "handovers";
const MOST = 200;

/** All handovers, newest first: {hash, role: gave | took, offer, goods, from, to, at, acceptance?, taker?, op?}. */
export const handovers = async () => (await openSealed(NAME)) ?? [];

/** One by the hash of its offer, or undefined. */
export const handoverOf = async (hash) => (await handovers()).find((one) => one.hash === hash);

/** Keep a handover, new or changed. */
export async function keep(entry) {
  const others = (await handovers()).filter((one) => one.hash !== entry.hash);
  await keepSealed(NAME, [entry, ...others].slice(0, MOST));
}

/** Hashes and nonces this phone has already signed for as the taker. */
export async function used() {
  const taken = (await handovers()).filter((one) => one.role === "took");
  return taken.flatMap((one) => [one.hash, one.offer.nonce]);
}

/** Both papers are here: keep them, then queue the record under an id chosen before, so that a kill in between doubles nothing. */
export async function conclude(entry) {
  const whole = { ...entry, op: entry.op ?? uuid7() };
  await keep(whole);
  await queue(whole);
  return whole;
}

async function queue({ op, offer, acceptance }) {
  if (await store.get("ops", op)) return;
  await ops.saveOperation("handover.record", { offer, acceptance }, { id: op });
}

/** Queue what a kill left unqueued. */
export async function mend() {
  for (const one of await handovers()) if (one.op) await queue(one);
}

/** How a handover stands: open, expired, or the state of its record in the queue. */
export async function stateOf(one, now = Date.now()) {
  if (one.op) return (await store.get("ops", one.op))?.state ?? "queued";
  return now > Date.parse(one.offer.expires_at) ? "expired" : "open";
}

/** What is left of a lot to offer: what the platform said, less what was offered or handed over on this phone since. */
export async function freeOf(lot, packAt) {
  let free = lot.free;
  for (const one of await handovers()) {
    if (one.role !== "gave" || one.offer.lot !== lot.code) continue;
    const row = one.op ? await store.get("ops", one.op) : null;
    const over = one.op ? row?.state === "refused" || row?.state === "discarded" || (row?.state === "done" && row.answeredAt < packAt) : (await stateOf(one)) === "expired";
    if (!over) free -= baseOf(one.offer.quantity, lot.unit);
  }
  return Math.max(0, free);
}

const WORDS = { g: "公斤", ml: "unit_litres", pcs: "unit_pieces" };

/** The word of a lot's unit, as quantities are typed. */
export const unitOf = (unit) => t(WORDS[unit] ?? "公斤");

/** A typed quantity in base units (grams, millilitres, pieces); 0 when it is none. Litres divide as kilograms do. */
export const baseOf = (text, unit) => (unit === "pcs" ? Number(normalise(text)) || 0 : parseWeight(text, "公斤").grams ?? 0);

/** Who signs on this phone, and the key that goes along. */
export async function signer() {
  const jwk = await crypto.subtle.exportKey("jwk", session.profile.keys.publicKey);
  return { device: session.profile.device, sign, key: { x: jwk.x, y: jwk.y } };
}

