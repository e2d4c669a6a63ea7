// IndexedDB as promises. A write counts as done only when its transaction has completed on disk ("strict" durability).
const NAME = "loquat-field";
const VERSION = 1;
let opened = null;

/** The open database; made on first use. */
export function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("profiles", { keyPath: "id" });
      const ops = db.createObjectStore("ops", { keyPath: "id" });
      ops.createIndex("by_state", ["profile", "state", "seq"]);
      ops.createIndex("by_profile", ["profile", "seq"]);
      const photos = db.createObjectStore("photos", { keyPath: "key" });
      photos.createIndex("by_state", ["profile", "state"]);
      db.createObjectStore("kept", { keyPath: ["profile", "name"] });
      db.createObjectStore("meta", { keyPath: "name" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  opened.catch(() => { opened = null; });
  return opened;
}

/** One request as a promise; await nothing else inside a transaction, or it ends. */
export const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Run `work(store…)` in one transaction; resolves with its result after the transaction is on disk. */
export async function run(names, mode, work) {
  const db = await database();
  const list = [].concat(names);
  const transaction = db.transaction(list, mode, { durability: mode === "readwrite" ? "strict" : "default" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  ended.catch(() => {});
  try {
    const result = await work(...list.map((name) => transaction.objectStore(name)));
    await ended;
    return result;
  } catch (error) {
    try { transaction.abort(); } catch { /* it has ended already */ }
    throw error;
  }
}

export const get = (name, key) => run(name, "readonly", (store) => ask(store.get(key)));
export const put = (name, value) => run(name, "readwrite", (store) => ask(store.put(value)));
export const remove = (name, key) => run(name, "readwrite", (store) => ask(store.delete(key)));
export const all = (name) => run(name, "readonly", (store) => ask(store.getAll()));

/** Rows of one profile, oldest first; optionally of one state, at most `count`. */
export function rowsOf(profile, state = null, count = undefined) {
  return run("ops", "readonly", (store) => (state === null
    ? ask(store.index("by_profile").getAll(IDBKeyRange.bound([profile, -Infinity], [profile, Infinity]), count))
    : ask(store.index("by_state").getAll(stateRange(profile, state), count))));
}

/** How many rows of one profile stand in each of these states. */
export function countRows(profile, states) {
  return run("ops", "readonly", async (store) => {
    const index = store.index("by_state");
    const counts = await Promise.all(states.map((state) => ask(index.count(stateRange(profile, state)))));
    return Object.fromEntries(states.map((state, n) => [state, counts[n]]));
  });
}

const stateRange = (profile, state) => IDBKeyRange.bound([profile, state, -Infinity], [profile, state, Infinity]);

/** A setting of the whole phone (language, looks, who was here last). */
export const setting = async (name, otherwise = null) => (await get("meta", name))?.value ?? otherwise;
export const keepSetting = (name, value) => put("meta", { name, value });

/** Does this error mean that the phone has no room left? */
export const isFull = (error) => error?.name === "QuotaExceededError" || error?.inner?.name === "QuotaExceededError";
