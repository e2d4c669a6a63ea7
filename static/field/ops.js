// The queue: operations made, signed and sealed on the phone. Once sent they never change; one that was never sent may still be edited or deleted.
import { canonical, localInstant, text, utf8, uuid7 } from "./canonical.js";
import { session, sign, takeNumbers } from "./session.js";
import * as store from "./store.js";
import { seal, unseal } from "./vault.js";

/** The shape of each kind's body this app writes (docs/adr/0008, “Schema”). */
export const SHAPE = 1;
export const WAITING = ["queued", "sending"];
export const OPEN = ["queued", "sending", "held", "conflict", "refused"];
export const STATES = [...OPEN, "done", "discarded"];

async function signed(fields) {
  const unsigned = { ...fields, schema: SHAPE, author: session.profile.id, device: session.profile.device };
  return { ...unsigned, sig: await sign(utf8(canonical(unsigned))) };
}

async function asRow(op, more = {}) {
  const content = canonical(op);
  return {
    id: op.id, profile: session.profile.id, seq: op.seq, state: "queued", attempts: 0, kind: op.kind, madeAt: Date.parse(op.made_at), savedAt: Date.now(),
    size: utf8(content).length, sealed: await seal(session.key, op.id, utf8(content)), receipt: null, ...more,
  };
}

/** Save new operations [{kind, body, base?, after?, id?}] in one transaction; they are on disk when this resolves. Returns their ids. */
export async function saveOperations(list) {
  const first = await takeNumbers(list.length);
  const rows = [];
  for (const [n, { kind, body, base = null, after = [], id = uuid7(), replaces = null, madeAt = new Date() }] of list.entries()) {
    const op = await signed({ id, seq: first + n, kind, body, base, after, made_at: localInstant(madeAt) });
    rows.push(await asRow(op, { replaces }));
  }
  await store.run(["ops", "photos"], "readwrite", async (ops, photos) => {
    for (const row of rows) ops.put(row);
    for (const { body } of list) await claimPhotos(photos, body.photos);
  });
  return rows.map((row) => row.id);
}

async function claimPhotos(photos, wanted = []) {
  for (const { sha256 } of wanted) {
    const row = await store.ask(photos.get(`${session.profile.id}/${sha256}`));
    if (row?.state === "draft") photos.put({ ...row, state: "waiting" });
  }
}

export const saveOperation = async (kind, body, more = {}) => (await saveOperations([{ kind, body, ...more }]))[0];

const untouched = (row) => row?.state === "queued" && row.attempts === 0 && !row.carried;

/** May this one still be edited or deleted: it was never on its way. */
export const isEditable = untouched;

/** Rewrite a waiting operation under its own id and number; false when it is on its way meanwhile. */
export async function editWaiting(id, body) {
  const row = await store.get("ops", id);
  if (!untouched(row)) return false;
  const old = await contentOf(row);
  const op = await signed({ id, seq: row.seq, kind: old.kind, body, base: old.base, after: old.after, made_at: old.made_at });
  const fresh = await asRow(op, { savedAt: row.savedAt, replaces: row.replaces });
  return store.run(["ops", "photos"], "readwrite", async (ops, photos) => {
    if (!untouched(await store.ask(ops.get(id)))) return false;
    ops.put(fresh);
    await claimPhotos(photos, body.photos);
    return true;
  });
}

/** Take a waiting operation back; false when it is on its way meanwhile. */
export function deleteWaiting(id) {
  return store.run("ops", "readwrite", async (ops) => {
    if (!untouched(await store.ask(ops.get(id)))) return false;
    ops.delete(id);
    return true;
  });
}

/** A refused operation is given up: it stays on the phone as such, and where the platform kept it, it is told so by an operation of its own. */
export async function discard(id, reason) {
  const receipt = await receiptOf(await store.get("ops", id));
  if (receipt?.recorded_at) await saveOperation("discard", { operation: id, reason });
  await store.run("ops", "readwrite", async (ops) => {
    const row = await store.ask(ops.get(id));
    if (row?.state === "refused") ops.put({ ...row, state: "discarded" });
  });
}

/** The operation inside a row, exactly as signed. */
export const contentOf = async (row) => JSON.parse(await bytesOf(row));

/** A delivered record as this phone knows it: its body with the corrections made here since, and the version they led to. */
export async function latestOf(row, op) {
  const receipt = await receiptOf(row);
  let [body, version] = [op.body, receipt?.record?.version ?? 1];
  const later = (await store.rowsOf(row.profile)).filter((one) => one.kind === "activity.correct" && one.state === "done");
  for (const one of later) {
    const { record, reason, ...changes } = (await contentOf(one)).body;
    if (record !== row.id) continue;
    body = { ...body, ...changes };
    version = Math.max(version, (await receiptOf(one))?.record?.version ?? 0);
  }
  return { body, version };
}

/** The operation inside a row as the very text that is sent, each time the same. */
export const bytesOf = async (row) => text(await unseal(session.key, row.id, row.sealed));

/** The receipt inside a row, or null. */
export async function receiptOf(row) {
  return row.receipt ? JSON.parse(text(await unseal(session.key, `receipt ${row.id}`, row.receipt))) : null;
}

const STATE_OF = { created: "done", exists: "done", held: "held", conflict: "conflict", refused: "refused", busy: "queued" };

/** Keep receipts beside their operations; rows nobody has a receipt for stay as they are. */
export async function keepReceipts(receipts) {
  const known = receipts.filter((receipt) => receipt.status in STATE_OF);
  const sealed = await Promise.all(known.map((receipt) => seal(session.key, `receipt ${receipt.id}`, utf8(JSON.stringify(receipt)))));
  return store.run("ops", "readwrite", async (ops) => {
    const rows = await Promise.all(known.map((receipt) => store.ask(ops.get(receipt.id))));
    rows.forEach((row, n) => {
      if (!row || row.profile !== session.profile.id) return;
      const state = row.state === "discarded" ? row.state : STATE_OF[known[n].status];
      const busy = known[n].status === "busy";
      ops.put({ ...row, state, receipt: busy ? row.receipt : sealed[n], notBefore: busy ? Date.now() + 2_000 : 0, answeredAt: Date.now() });
    });
  });
}

/** Mark rows as on their way (before the first byte leaves). */
export function markSending(ids) {
  return store.run("ops", "readwrite", async (ops) => {
    const rows = await Promise.all(ids.map((id) => store.ask(ops.get(id))));
    const going = rows.filter((row) => row && row.state === "queued");
    for (const row of going) ops.put({ ...row, state: "sending", attempts: row.attempts + 1 });
    return going.map((row) => row.id);
  });
}

/** What was on its way when the answer was lost waits again; it may have arrived, so it stays unchangeable. */
export function backToQueue(profile) {
  return store.run("ops", "readwrite", async (ops) => {
    const rows = await store.ask(ops.index("by_state").getAll(IDBKeyRange.bound([profile, "sending", -Infinity], [profile, "sending", Infinity])));
    for (const row of rows) ops.put({ ...row, state: "queued" });
    return rows.length;
  });
}

/** The next operations to send, in their order: at most `count` and `bytes`. */
export async function nextBatch(count, bytes) {
  const rows = await store.rowsOf(session.profile.id, "queued", count);
  const now = Date.now();
  const taken = [];
  let size = 0;
  for (const row of rows) {
    if ((row.notBefore ?? 0) > now) continue;
    if (taken.length && size + row.size > bytes) break;
    taken.push(row);
    size += row.size + 1;
  }
  return taken;
}

/** How many stand in each state, and since when the oldest waits. */
export async function summary(profile = session.profile.id) {
  const counts = await store.countRows(profile, STATES);
  const oldest = (await Promise.all(WAITING.map((state) => store.rowsOf(profile, state, 1)))).flat();
  const since = oldest.length ? Math.min(...oldest.map((row) => row.savedAt)) : 0;
  return { ...counts, waiting: counts.queued + counts.sending, since };
}

/** Put a row aside that the server cannot even read, so that the others go on; the person sees why. */
export async function setAside(id, message) {
  await keepReceipts([{ id, status: "refused", code: "UNREADABLE", message, errors: [], warnings: [] }]);
}

/** An operation of somebody else as the text that is sent: the canonical form keeps what was signed. */
export const asText = canonical;
