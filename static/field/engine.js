// The sync engine: sends what waits, keeps every receipt, loses nothing. One tab at a time; a lost answer costs a repeat of the same bytes.
import { utf8 } from "./canonical.js";
import { NoAnswer, request } from "./net.js";
import * as ops from "./ops.js";
import { refreshPack } from "./pack.js";
import { uploadPhotos } from "./photos.js";
import { revoke, session, updateProfile } from "./session.js";

const MOST_OPS = 200;
const LEAST_OPS = 8;
const MOST_BYTES = 900_000;
const LONGEST_PAUSE_MS = 300_000;
const BUSY_PAUSE_MS = 3_000;
const ASK_AGAIN_MS = 600_000;

/** What the screens show of the engine. */
export const status = { running: false, problem: "", nextAt: 0, fails: 0, batch: MOST_OPS, sent: 0, after: 0 };
const listeners = new Set();

/** Be told when the status or the queue changed. */
export function onStatus(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const tell = () => listeners.forEach((listener) => listener(status));

/** Seconds to wait after so many failures in a row: 1, 2, 4 … 300, spread by half so that phones do not come all at once. */
export const pauseAfter = (fails, chance = Math.random()) => Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(fails, 12)) * (0.75 + chance / 2);

/** One whole exchange: operations, then photos, then the pack. Resolves true when nothing is left to send. */
export async function syncNow({ photos = true, pack = true, force = false } = {}) {
  if (!session.key || !session.token || session.profile.revoked || status.running) return false;
  return alone(async () => {
    Object.assign(status, { running: true, problem: "", after: 0 });
    tell();
    try {
      await ops.backToQueue(session.profile.id);
      if (force) await updateProfile({ asked: 0 });
      const finished = await sendAll();
      if (finished && photos) await uploadPhotos(judge);
      if (finished && pack) await refreshPack(judge);
      Object.assign(status, { fails: 0, nextAt: 0 });
      if (!finished) setTimeout(syncNow, BUSY_PAUSE_MS);
      return finished;
    } catch (error) {
      await failed(error);
      return false;
    } finally {
      status.running = false;
      tell();
    }
  });
}

async function alone(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request("loquat-field-sync", { ifAvailable: true }, (held) => (held ? work() : false));
}

async function sendAll() {
  for (;;) {
    const rows = await ops.nextBatch(status.batch, MOST_BYTES);
    if (!rows.length && Date.now() - (session.profile.asked ?? 0) < ASK_AGAIN_MS) return nothingWaits();
    await exchange(rows);
  }
}

const nothingWaits = async () => (await ops.summary()).waiting === 0;

async function exchange(rows) {
  const owner = session.profile.id;
  const texts = await Promise.all(rows.map(ops.bytesOf));
  const going = new Set(await ops.markSending(rows.map((row) => row.id)));
  const sending = texts.filter((_, n) => going.has(rows[n].id));
  tell();
  const answer = await post(sending);
  if (session.profile?.id !== owner) throw new NoAnswer("another person took the phone");
  if (answer.status === 200 && !Array.isArray(answer.body?.receipts)) throw new NoAnswer("not the platform's answer");
  if (answer.status === 200) return keep(answer.body, rows.length);
  await judge(answer);
  if (![400, 409, 413, 422].includes(answer.status)) throw new NoAnswer(`HTTP ${answer.status}`, Number(answer.headers.get("Retry-After")) || 0);
  await ops.backToQueue(session.profile.id);
  if (rows.length > 1) return splitLater(rows);
  if (answer.body?.receipts) return keep(answer.body, 1);
  return ops.setAside(rows[0].id, answer.body?.detail || answer.body?.title || `HTTP ${answer.status}`);
}

/** One bad operation must not hold up the others: send them one by one. */
async function splitLater(rows) {
  for (const row of rows) await exchange([row]);
}

async function post(texts) {
  const { device, cursor } = session.profile;
  const { waiting } = await ops.summary();
  const head = { protocol: 1, device, sent_at: new Date().toISOString(), waiting, receipts_since: cursor || 0 };
  const body = `${JSON.stringify(head).slice(0, -1)},"ops":[${texts.join(",")}]}`;
  return request("/api/v1/sync", { method: "POST", token: session.token, ...await packed(body) });
}

/** Longer bodies travel gzipped where the browser can. */
async function packed(body) {
  if (body.length < 2_000 || typeof CompressionStream === "undefined") return { json: body };
  const stream = new Blob([utf8(body)]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = await new Response(stream).arrayBuffer();
  return { bytes, headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } };
}

async function keep(body, count) {
  await ops.keepReceipts([...body.receipts, ...(body.updates ?? [])]);
  await ops.backToQueue(session.profile.id);
  status.sent += count;
  status.batch = Math.min(MOST_OPS, status.batch * 2);
  await updateProfile({
    cursor: body.cursor ?? session.profile.cursor, skew: body.skew_seconds ?? 0, lastSync: Date.now(), asked: body.more ? 0 : Date.now(),
  });
  tell();
}

/** What a refusal of the door itself means for the whole phone. */
export async function judge(answer) {
  const code = answer.body?.code;
  if (answer.status === 403 && code === "DEVICE_REVOKED") {
    await revoke();
    throw new Stop("revoked");
  }
  if (answer.status === 401) {
    await updateProfile({ needsSignIn: true });
    throw new Stop("sign_in");
  }
  if (answer.status === 403) throw new Stop(answer.body?.detail || "HTTP 403");
}

class Stop extends Error {}

async function failed(error) {
  if (!(error instanceof NoAnswer) && !(error instanceof Stop)) status.broken = String(error?.stack ?? error);
  if (session.profile) await ops.backToQueue(session.profile.id);
  status.problem = error instanceof Stop ? error.message : "no_answer";
  status.fails += 1;
  status.after = error.after ?? 0;
  status.batch = Math.max(LEAST_OPS, Math.floor(status.batch / 2));
  status.nextAt = Date.now() + Math.max(pauseAfter(status.fails), (error.after ?? 0) * 1000);
}

/** Sync on its own: when the network comes back, when the app is looked at again, and every quarter of a minute while something waits. */
export function runByItself() {
  const soon = () => { status.nextAt = 0; syncNow(); };
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  setInterval(async () => {
    if (!session.key || !navigator.onLine || Date.now() < status.nextAt) return;
    const { waiting } = await ops.summary();
    if (waiting || Date.now() - session.profile.lastSync > 300_000) syncNow();
  }, 15_000);
}
