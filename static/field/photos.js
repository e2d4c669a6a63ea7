// Photos and spoken notes. Photos are made small and bare of metadata, named by their SHA-256, sent in pieces after the records, going on where the line broke.
import { localInstant, sha256Hex } from "./canonical.js";
import { NoAnswer, request } from "./net.js";
import { session } from "./session.js";
import * as store from "./store.js";
import { seal, unseal } from "./vault.js";

export const LONGEST_SIDE = 1600;
export const PIECE = 256 * 1024;
const QUALITY = 0.82;

/** Redraw a picture at most 1600 px long as JPEG; drawing it anew leaves every EXIF field behind. */
export async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  return new Uint8Array(await blob.arrayBuffer());
}

/** Keep a picture sealed on the phone; returns what the record says of it. It is sent only once a record claims it. */
export async function keepPhoto(file) {
  return { ...await keepAttached(await shrink(file), "image/jpeg"), taken_at: localInstant() };
}

/** Keep what hangs on a record (a picture, a spoken note) sealed on the phone, named by its SHA-256: {sha256, size}. */
export async function keepAttached(bytes, type) {
  const sha256 = await sha256Hex(bytes);
  const key = `${session.profile.id}/${sha256}`;
  const sealed = await seal(session.key, key, bytes);
  const row = { key, profile: session.profile.id, sha256, size: bytes.length, type, state: "draft", sealed, sent: 0 };
  await store.run("photos", "readwrite", async (photos) => {
    if (!await store.ask(photos.get(key))) photos.put(row);
  });
  return { sha256, size: bytes.length };
}

/** What hangs on a record as an object URL, or null when it is no longer here. */
export async function attachedUrl(sha256) {
  const row = await store.get("photos", `${session.profile.id}/${sha256}`);
  if (!row?.sealed) return null;
  return URL.createObjectURL(new Blob([await unseal(session.key, row.key, row.sealed)], { type: row.type ?? "image/jpeg" }));
}

const waitingRows = () => store.run("photos", "readonly", (photos) => store.ask(photos.index("by_state").getAll([session.profile.id, "waiting"])));

/** How many photos and spoken notes still have to go up. */
export const photosWaiting = async () => (await waitingRows()).length;

/** Send what waits, one photo after the other; throws NoAnswer where the line breaks. */
export async function uploadPhotos(judge) {
  for (const row of await waitingRows()) await upload(row, judge);
}

async function upload(row, judge) {
  const address = `/api/v1/sync/photos/${row.sha256}`;
  const bytes = await unseal(session.key, row.key, row.sealed);
  let answer = await request(address, { token: session.token });
  let mended = false;
  for (;;) {
    await judge(answer);
    if (answer.status !== 200) {
      if (mended || ![409, 422].includes(answer.status)) return refuse(row, answer);
      mended = true;
      answer = await request(address, { token: session.token });
      continue;
    }
    const { received, state } = answer.body;
    if (!Number.isInteger(received) || typeof state !== "string") throw new NoAnswer("not the platform's answer");
    if (state !== "awaited") return mark(row, { state: state === "kept" ? "done" : "refused", sent: received });
    await mark(row, { sent: received });
    const end = Math.min(received + PIECE, row.size);
    answer = await request(address, {
      method: "PUT", token: session.token, bytes: bytes.slice(received, end),
      headers: { "Content-Type": "application/octet-stream", "Content-Range": `bytes ${received}-${end - 1}/${row.size}` },
    });
  }
}

/** The platform does not take this photo (yet): say why and go on with the others; a fault of the server is no refusal. */
async function refuse(row, answer) {
  if (answer.status >= 500 || answer.status === 429) throw new NoAnswer(`HTTP ${answer.status}`);
  await mark(row, { problem: answer.body?.detail ?? `HTTP ${answer.status}` });
}

function mark(row, fields) {
  return store.run("photos", "readwrite", async (photos) => {
    const now = await store.ask(photos.get(row.key));
    if (now) photos.put({ ...now, ...fields });
  });
}

/** Pictures taken for a record that was then thrown away need no room any longer. */
export async function sweepDrafts(keep = []) {
  await store.run("photos", "readwrite", async (photos) => {
    const rows = await store.ask(photos.index("by_state").getAll([session.profile.id, "draft"]));
    for (const row of rows) if (!keep.includes(row.sha256)) photos.delete(row.key);
  });
}
