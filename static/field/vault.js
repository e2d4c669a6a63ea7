// What stands on the phone is sealed: a PIN opens the key of a person's records, and nothing else does.
import { base64url, fromBase64url, utf8 } from "./canonical.js";
import * as store from "./store.js";

export const ITERATIONS = 600_000;
export const FREE_TRIES = 5;
export const PIN_LENGTH = 6;
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

async function keyFromCode(code, salt, iterations, uses) {
  const base = await crypto.subtle.importKey("raw", utf8(code), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, uses);
}

/** A new data key wrapped under a PIN: {salt, iterations, iv, wrapped}. */
export async function newWrapping(pin, key = null) {
  const data = key ?? await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const [salt, iv] = [random(16), random(12)];
  const wrapper = await keyFromCode(pin, salt, ITERATIONS, ["wrapKey"]);
  const wrapped = await crypto.subtle.wrapKey("raw", data, wrapper, { name: "AES-GCM", iv });
  return { salt, iterations: ITERATIONS, iv, wrapped };
}

/** The data key behind a PIN; null when the PIN is wrong. The key itself can never be read out. */
export async function openWrapping({ salt, iterations, iv, wrapped }, pin, extractable = false) {
  const wrapper = await keyFromCode(pin, salt, iterations, ["unwrapKey"]);
  try {
    return await crypto.subtle.unwrapKey("raw", wrapped, wrapper, { name: "AES-GCM", iv }, "AES-GCM", extractable, ["encrypt", "decrypt"]);
  } catch {
    return null;
  }
}

/** Seconds to wait after so many wrong PINs in a row: none for the first five, then 30 s doubled each time up to an hour. */
export const delayAfter = (wrong) => (wrong < FREE_TRIES ? 0 : Math.min(3600, 30 * 2 ** (wrong - FREE_TRIES)));

/** Try a PIN on a profile: {key} or {wrong, wait} (seconds). Counts on disk before it looks, so a restart buys no more tries. */
export async function tryPin(id, pin, now = Date.now()) {
  const profile = await store.run("profiles", "readwrite", async (profiles) => {
    const found = await store.ask(profiles.get(id));
    if (found.until <= now) {
      found.wrong += 1;
      found.until = now + delayAfter(found.wrong) * 1000;
      await store.ask(profiles.put(found));
      return { ...found, allowed: true };
    }
    return found;
  });
  const wait = Math.ceil((profile.until - now) / 1000);
  if (!profile.allowed) return { wrong: profile.wrong, wait };
  const key = await openWrapping(profile.wrapping, pin);
  if (!key) return { wrong: profile.wrong, wait: Math.max(0, wait) };
  await store.run("profiles", "readwrite", async (profiles) => {
    const found = await store.ask(profiles.get(id));
    await store.ask(profiles.put({ ...found, wrong: 0, until: 0 }));
  });
  return { key };
}

/** Seal bytes under a data key; `about` (an id) is bound to them. */
export async function seal(key, about, bytes) {
  const iv = random(12);
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(about) }, key, bytes);
  return { iv, data };
}

/** The bytes that were sealed; throws when they were touched or belong elsewhere. */
export async function unseal(key, about, { iv, data }) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: utf8(about) }, key, data));
}

/** A text sealed under a code, to travel as a file: plain JSON with base64url fields. */
export async function sealWithCode(code, content) {
  const [salt, iv] = [random(16), random(12)];
  const key = await keyFromCode(code, salt, ITERATIONS, ["encrypt"]);
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(content));
  return { salt: base64url(salt), iterations: ITERATIONS, iv: base64url(iv), data: base64url(data) };
}

/** The text of such a file; null when the code is wrong. */
export async function openWithCode(code, sealed) {
  const key = await keyFromCode(code, fromBase64url(sealed.salt), sealed.iterations, ["decrypt"]);
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromBase64url(sealed.iv) }, key, fromBase64url(sealed.data));
    return new TextDecoder().decode(bytes);
  } catch {
    return null;
  }
}
