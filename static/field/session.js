// Who uses the phone: profiles with a key and a PIN each, signing in with a network, unlocking without one, being revoked.
import { base64url, text, utf8, uuid7 } from "./canonical.js";
import { NoAnswer, request } from "./net.js";
import * as store from "./store.js";
import * as vault from "./vault.js";

/** The person who has unlocked the phone; nothing of it is on disk in the open. */
export const session = { profile: null, key: null, token: null, pack: null };
const listeners = new Set();

/** Be told whenever the session or a profile changed. */
export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
const changed = () => listeners.forEach((listener) => listener());

/** A refusal of the server in its own words. */
export class Refusal extends Error {
  constructor(answer) {
    super(answer.body?.detail || answer.body?.title || `HTTP ${answer.status}`);
    this.status = answer.status;
    this.code = answer.body?.code ?? "";
  }
}

export const profiles = () => store.all("profiles");

/** Exchange name and password for a person's token; nothing is kept. */
export async function askToken(username, password) {
  const answer = await request("/api/v1/tokens", { method: "POST", json: { username, password } });
  if (answer.status !== 201 || !answer.body?.token) throw new Refusal(answer);
  return answer.body.token;
}

/** First time on this phone: make the person's keys under a PIN, then register the device. */
export async function enrol(username, personToken, pin, deviceName) {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const wrapping = await vault.newWrapping(pin);
  const profile = {
    id: username, name: username, device: uuid7(), keys, wrapping, wrong: 0, until: 0, seq: 0, cursor: "", skew: 0, lastSync: 0,
    revoked: false, needsSignIn: true, deviceName, createdAt: Date.now(),
  };
  await store.put("profiles", profile);
  session.key = await vault.openWrapping(wrapping, pin);
  session.profile = profile;
  await registerDevice(personToken);
}

/** (Again) tell the platform about this device; the answer is the device's token for 30 days. */
export async function registerDevice(personToken) {
  const { profile } = session;
  const jwk = await crypto.subtle.exportKey("jwk", profile.keys.publicKey);
  const answer = await request("/api/v1/devices", {
    method: "POST", token: personToken,
    json: { device: profile.device, name: profile.deviceName, public_key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y } },
  });
  if (answer.body?.code === "DEVICE_REVOKED") return revoke();
  if (answer.status !== 201 || !answer.body?.token) throw new Refusal(answer);
  await keepSealed("token", { token: answer.body.token, expires: answer.body.expires_at });
  session.token = answer.body.token;
  await updateProfile({ needsSignIn: false, skew: skewOf(answer.body.server_time) });
  await store.keepSetting("last", profile.id);
}

const skewOf = (serverTime) => (serverTime ? Math.round((Date.now() - Date.parse(serverTime)) / 1000) : 0);

/** Open a profile with its PIN: {ok} or {wrong, wait}. Works without any network. */
export async function unlock(id, pin) {
  const tried = await vault.tryPin(id, pin);
  if (!tried.key) return tried;
  session.key = tried.key;
  session.profile = await store.get("profiles", id);
  session.token = (await openSealed("token"))?.token ?? null;
  await store.keepSetting("last", id);
  changed();
  return { ok: true };
}

/** Forget the key in memory; what is stored stays sealed. */
export function lock() {
  Object.assign(session, { profile: null, key: null, token: null, pack: null });
  changed();
}

/** Change fields of the own profile on disk and in memory. */
export async function updateProfile(fields) {
  const id = session.profile.id;
  session.profile = await store.run("profiles", "readwrite", async (profiles_) => {
    const next = { ...await store.ask(profiles_.get(id)), ...fields };
    await store.ask(profiles_.put(next));
    return next;
  });
  changed();
}

/** Numbers for new operations of this device: the first of `count` in a row. */
export function takeNumbers(count = 1) {
  const id = session.profile.id;
  return store.run("profiles", "readwrite", async (profiles_) => {
    const found = await store.ask(profiles_.get(id));
    await store.ask(profiles_.put({ ...found, seq: found.seq + count }));
    return found.seq + 1;
  });
}

/** Sign bytes with the device's key; the form is the one of WebCrypto (r ‖ s). */
export async function sign(bytes) {
  return base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, session.profile.keys.privateKey, bytes));
}

/** Keep a value of the own profile sealed under a name. */
export async function keepSealed(name, value) {
  const sealed = await vault.seal(session.key, name, utf8(JSON.stringify(value)));
  await store.put("kept", { profile: session.profile.id, name, sealed });
}

/** The value kept under a name, or null. */
export async function openSealed(name) {
  const row = await store.get("kept", [session.profile.id, name]);
  return row ? JSON.parse(text(await vault.unseal(session.key, name, row.sealed))) : null;
}

/** The device is revoked: the signing key, the token and the pack go; the queue stays, sealed, for a courier's file. */
export async function revoke() {
  const id = session.profile.id;
  session.profile = await store.run(["profiles", "kept", "ops", "photos"], "readwrite", async (profiles_, kept, ops, photos) => {
    const next = { ...await store.ask(profiles_.get(id)), revoked: true, keys: null };
    await store.ask(profiles_.put(next));
    await store.ask(kept.delete(IDBKeyRange.bound([id, ""], [id, "\uffff"])));
    for (const row of await store.ask(ops.index("by_profile").getAll(IDBKeyRange.bound([id, -Infinity], [id, Infinity])))) if (["done", "discarded"].includes(row.state)) ops.delete(row.id);
    for (const row of await store.ask(photos.getAll())) if (row.profile === id && row.state !== "waiting") photos.delete(row.key);
    return next;
  });
  Object.assign(session, { token: null, pack: null });
  changed();
}

/** Throw a whole profile away, unsent records included: only after the person has confirmed the number. */
export async function forget(id) {
  await store.run(["profiles", "ops", "photos", "kept"], "readwrite", async (profiles_, ops, photos, kept) => {
    for (const key of await store.ask(ops.index("by_profile").getAllKeys(IDBKeyRange.bound([id, -Infinity], [id, Infinity])))) ops.delete(key);
    for (const row of await store.ask(photos.getAll())) if (row.profile === id) photos.delete(row.key);
    kept.delete(IDBKeyRange.bound([id, ""], [id, "\uffff"]));
    await store.ask(profiles_.delete(id));
  });
  if (session.profile?.id === id) lock();
}

export { NoAnswer };
