// The two papers of a handover without network (docs/adr/0008): made, signed, checked, and carried as numbered QR symbols or as a file.
// What a phone can check by itself: shape, signature against the key that travels along, time, receiver, replay. Whose key it is, the platform knows.
import { base64url, canonical, fromBase64url, localInstant, sha256Hex, utf8 } from "./canonical.js";

export const FORMAT = "loquat-handover";
export const SKEW_MS = 600_000;
export const LONGEST_HOURS = 72;
const SHORTAGE = 20; // more than a twentieth missing needs a reason
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const OFFER = ["device", "expires_at", "kind", "lot", "nonce", "offered_at", "quantity", "receiver", "sig"];
const ACCEPTANCE = ["accepted_at", "device", "kind", "offer", "quantity", "reason", "receiver", "sig"];

/** Characters of a parcel in one symbol: version 12 at most, 65 modules, which a cheap camera reads from a scratched screen. */
export const SYMBOL_TEXT = 340;

const bare = ({ sig, ...fields }) => fields;
const bytesOf = (paper) => utf8(canonical(bare(paper)));

/** The hash under which a paper is known: SHA-256 of what is signed. */
export const hashOf = (paper) => sha256Hex(bytesOf(paper));

/** A new offer. `who`: {device, sign}; `receiver` null for whoever takes it first; `hours` it lives. */
export async function makeOffer({ device, sign }, { lot, quantity, receiver, hours }, now = new Date()) {
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const paper = {
    kind: "handover.offer", device, lot, quantity, receiver: receiver || null, offered_at: localInstant(now),
    expires_at: localInstant(new Date(now.getTime() + Math.min(hours, LONGEST_HOURS) * 3_600_000)), nonce,
  };
  return { ...paper, sig: await sign(bytesOf(paper)) };
}

/** The acceptance of an offer: over its hash, for the own party. */
export async function makeAcceptance({ device, sign }, offer, { receiver, quantity, reason }, now = new Date()) {
  const paper = { kind: "handover.accept", device, offer: await hashOf(offer), receiver, quantity, reason: reason || null, accepted_at: localInstant(now) };
  return { ...paper, sig: await sign(bytesOf(paper)) };
}

/** Is the paper signed by the key that travels with it? */
export async function isSigned(paper, key) {
  try {
    const jwk = { kty: "EC", crv: "P-256", x: key.x, y: key.y };
    const public_ = await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["verify"]);
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, public_, fromBase64url(paper.sig), bytesOf(paper));
  } catch {
    return false;
  }
}

const isPaper = (paper, kind, names) => paper?.kind === kind && Object.keys(paper).sort().join() === names.join() && names.every((name) => typeof paper[name] === "string" || (["receiver", "reason"].includes(name) && paper[name] === null));

/** What is wrong with an offer for this taker, as a key of words.js; "" when nothing is. `used`: hashes and nonces of earlier handovers. */
export async function offerProblem({ offer, key }, { device, party, used = [] }, now = Date.now()) {
  if (!isPaper(offer, "handover.offer", OFFER)) return "paper_damaged";
  const [from, until] = [Date.parse(offer.offered_at), Date.parse(offer.expires_at)];
  if (!(from < until && until - from <= LONGEST_HOURS * 3_600_000)) return "paper_damaged";
  if (!await isSigned(offer, key)) return "paper_signature";
  if (offer.device === device) return "offer_own_phone";
  if (used.includes(offer.nonce) || used.includes(await hashOf(offer))) return "offer_used";
  if (now > until) return "offer_expired";
  if (now < from - SKEW_MS) return "offer_early";
  if (offer.receiver && offer.receiver !== party) return "offer_not_for_you";
  return "";
}

/** What is wrong with an acceptance of an offer this phone has made; "" when nothing is. */
export async function acceptanceProblem({ acceptance, key }, offer) {
  if (!isPaper(acceptance, "handover.accept", ACCEPTANCE)) return "paper_damaged";
  if (!offer || acceptance.offer !== await hashOf(offer)) return "acceptance_other";
  if (!await isSigned(acceptance, key)) return "paper_signature";
  if (acceptance.device === offer.device) return "offer_own_phone";
  const at = Date.parse(acceptance.accepted_at);
  if (at > Date.parse(offer.expires_at)) return "offer_expired";
  if (!(at >= Date.parse(offer.offered_at) - SKEW_MS)) return "offer_early";
  if (offer.receiver && offer.receiver !== acceptance.receiver) return "acceptance_receiver";
  return "";
}

/** Must a shortage be explained? Quantities in base units. */
export const shortageNeedsReason = (sent, received) => (sent - received) * SHORTAGE > sent;

/** A parcel as text: the paper, the key to check it with, and names to show. */
export const packed = (parcel) => JSON.stringify({ format: FORMAT, version: 1, ...parcel });

/** The parcel inside a text, or null. */
export function unpacked(text) {
  try {
    const found = JSON.parse(text);
    return found?.format === FORMAT && found.version === 1 ? found : null;
  } catch {
    return null;
  }
}

/** The texts of the symbols, each saying which it is of how many. Base64url, for readers guess at the encoding of anything else. */
export async function symbolsOf(text) {
  const bytes = utf8(text);
  const id = (await sha256Hex(bytes)).slice(0, 12);
  const encoded = base64url(bytes);
  const count = Math.ceil(encoded.length / SYMBOL_TEXT);
  const size = Math.ceil(encoded.length / count);
  return Array.from({ length: count }, (_, n) => `LQH:${id}:${n + 1}/${count}:${encoded.slice(n * size, (n + 1) * size)}`);
}

/** Gathers symbols in any order: `take(text)` answers {text} when whole, {missing, count} while not, null for something foreign. */
export function gatherer() {
  let [id, parts] = ["", []];
  return async (symbol) => {
    if (unpacked(symbol)) return { text: symbol };
    const found = /^LQH:([0-9a-f]{12}):([1-9][0-9]?)\/([1-9][0-9]?):([A-Za-z0-9_-]+)$/.exec(symbol);
    if (!found || Number(found[2]) > Number(found[3])) return null;
    if (id !== found[1] || parts.length !== Number(found[3])) [id, parts] = [found[1], new Array(Number(found[3])).fill("")];
    parts[Number(found[2]) - 1] = found[4];
    const missing = parts.map((part, n) => (part ? 0 : n + 1)).filter(Boolean);
    if (missing.length) return { missing, count: parts.length };
    const bytes = fromBase64url(parts.join(""));
    if (!(await sha256Hex(bytes)).startsWith(id)) return null;
    return { text: new TextDecoder().decode(bytes) };
  };
}
