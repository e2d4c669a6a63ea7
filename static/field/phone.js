// What this phone and browser can do: WeChat's browser cannot hold records, iOS forgets them unless installed, and storage wants asking for.
import { note } from "./dom.js";
import { t } from "./words.js";

export const isWeChat = (agent = navigator.userAgent) => /MicroMessenger/i.test(agent);
export const isIos = (agent = navigator.userAgent) => /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
export const storageState = { persisted: null, free: null };

/** Ask the browser to keep our records when room is short, and look how much is left. */
export async function keepStorage() {
  if (!navigator.storage?.persist) return;
  storageState.persisted = await navigator.storage.persisted() || await navigator.storage.persist();
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  storageState.free = quota ? quota - usage : null;
}

const LITTLE_ROOM = 50 * 1024 * 1024;

/** Warnings about the phone itself, for the first screen. */
export function phoneNotes() {
  return [
    isIos() && !isInstalled() && note(t("ios_install"), "todo"),
    storageState.free !== null && storageState.free < LITTLE_ROOM && note(t("little_room"), "stop"),
  ];
}

let installPrompt = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installPrompt = event;
});

/** Can the app be put on the home screen with one tap here? */
export const canInstall = () => installPrompt !== null;

/** Put it there. */
export async function install() {
  await installPrompt?.prompt();
  installPrompt = null;
}

/** A name for this phone that people recognise in a list. */
export function phoneName() {
  const kind = /Android/.test(navigator.userAgent) ? "Android" : isIos() ? "iPhone" : navigator.platform || "PC";
  return /; ([^;)]+?) Build\//.exec(navigator.userAgent)?.[1] ?? kind;
}
