// The frame of the app: which screen is shown, the bar on top, the actions at the bottom, what the screens need of each other.
import { h, icon } from "./dom.js";
import { onStatus, status } from "./engine.js";
import { onSession, session } from "./session.js";
import { setting } from "./store.js";
import { say, t } from "./words.js";

const screens = new Map();
let current = null;
let turn = 0;
let wasRevoked = false;

/** Make a screen known: `build(…parts of the address)` resolves {title, body, actions?, back?, tab?, live?}. */
export const screen = (name, build) => screens.set(name, build);

/** Go to a screen: `go("queue")`, `go("record", "spray", 2)`. */
export function go(...parts) {
  const hash = `#/${parts.map(encodeURIComponent).join("/")}`;
  if (location.hash === hash) return draw();
  location.hash = hash;
}

/** Go to a screen without leaving the present one in the history. */
export function replace(...parts) {
  history.replaceState(null, "", `#/${parts.map(encodeURIComponent).join("/")}`);
  return draw();
}

/** Draw the screen of the address anew; the focus goes to its title. */
export async function draw({ keepFocus = false } = {}) {
  const mine = ++turn;
  const [name, ...rest] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const wanted = allowed(screens.has(name) ? name : "home");
  const made = await screens.get(wanted)(...(wanted === name ? rest : []));
  if (mine !== turn || !made) return;
  current?.leave?.();
  current = { ...made, name: wanted };
  document.title = `${made.title} · ${t("app_name")}`;
  const main = h("main", { id: "main", "data-screen": wanted }, made.body);
  document.getElementById("app").replaceChildren(...[top(made), main, bottom(made)].filter(Boolean));
  if (keepFocus) return;
  scrollTo(0, 0);
  const heading = document.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

/** Without an unlocked profile only these screens open. */
function allowed(name) {
  if (["welcome", "unlock", "start"].includes(name)) return name;
  if (!session.key) return "welcome";
  if (session.profile.revoked && !["revoked", "export"].includes(name)) return "revoked";
  return name;
}

function top({ title, back, plainTop }) {
  if (plainTop) return null;
  const line = back
    ? h("a", { class: "back", href: `#/${[].concat(back).map(encodeURIComponent).join("/")}`, "aria-label": t("back") }, icon("chevron-left"))
    : h("img", { src: "/static/field/icon.svg", alt: "", width: 32, height: 32 });
  return h("header", { class: "top" }, line, h("h1", {}, title), network());
}

/** Whether there is a network, as a word with an icon. */
export function network() {
  const online = navigator.onLine;
  return h("span", { class: `net ${online ? "on" : "off"}` }, icon(online ? "wifi" : "wifi-off"), t(online ? "net_on" : "net_off"));
}

function bottom({ actions, tab }) {
  if (actions) return actions.length ? h("footer", { class: "bar actions" }, actions) : null;
  if (!tab) return null;
  const link = (name, sign, words) => h("a", { href: `#/${name}`, class: "tab", "aria-current": tab === name ? "page" : null }, icon(sign), h("span", {}, words));
  return h("nav", { class: "bar tabs", "aria-label": t("main_menu") }, link("home", "pencil", t("tab_record")), link("queue", "cloud-upload", t("tab_queue")), link("more", "menu-2", t("tab_more")));
}

/** Put looks into effect: light or dark, large text. */
export async function applyLooks() {
  const root = document.documentElement;
  root.dataset.theme = await setting("theme", "auto");
  root.dataset.text = await setting("text", "normal");
  root.lang = say() === "en" ? "en" : "zh-CN";
}

/** Screens that show the queue draw themselves again when it changes; others are left alone (somebody may be typing). */
export function watch() {
  let due = 0;
  const later = () => {
    clearTimeout(due);
    due = setTimeout(() => current?.live && draw({ keepFocus: true }), 150);
  };
  onStatus(later);
  onSession(() => {
    later();
    const news = Boolean(session.profile?.revoked) && !wasRevoked;
    wasRevoked = Boolean(session.profile?.revoked);
    if (news) go("revoked");
    else if (!session.key && current && allowed(current.name) !== current.name) draw();
  });
  addEventListener("online", later);
  addEventListener("offline", later);
  addEventListener("hashchange", () => draw());
}

export { status };
