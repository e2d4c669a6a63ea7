// Small helpers to build pages: elements, icons, notes, keypad. Text is always set as text, never as markup.
import { t } from "./words.js";

const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "files", "srcObject", "indeterminate"]);

/** An element with attributes, listeners (`onclick`) and children; empty children are left out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (AS_PROPERTY.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite; it says nothing to a screen reader, the word beside it does. */
export function icon(name, kind = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${kind}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons/sprite.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A button with a word and an icon; `kind`: primary, quiet, danger. While its work runs it takes no second tap. */
export function button(label, onclick, { kind = "", icon: name = "", disabled = false, ...more } = {}) {
  const node = h("button", { type: "button", class: `btn ${kind}`.trim(), disabled, ...more }, name && icon(name), h("span", {}, label));
  node.addEventListener("click", async () => {
    if (node.dataset.busy) return;
    node.dataset.busy = "1";
    try { await onclick(node); } finally { delete node.dataset.busy; }
  });
  return node;
}

/** A boxed remark: tone ok, todo, stop or info; stop and todo are read out at once. */
export function note(words, tone = "info", ...more) {
  const name = { ok: "circle-check", todo: "alert-triangle", stop: "alert-octagon", info: "info-circle" }[tone];
  return h("div", { class: `note ${tone}`, role: tone === "stop" || tone === "todo" ? "alert" : null }, icon(name), h("div", {}, h("p", {}, words), ...more));
}

/** A word with colour and icon for a state. */
export const badge = (words, tone, name) => h("span", { class: `badge ${tone}` }, icon(name), words);

/** Rows of “what: value”. */
export const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter(Boolean).map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));

/** Ask before something that cannot be undone; resolves true or false. */
export function confirmBox(title, words, yes, { danger = false, typed = "" } = {}) {
  return new Promise((resolve) => {
    const input = typed && h("input", { id: "typed", autocomplete: "off", autocapitalize: "none" });
    const done = (answer) => { box.close(); box.remove(); resolve(answer); };
    const go = button(yes, () => (!typed || input.value.trim() === typed) && done(true), { kind: danger ? "danger solid" : "primary" });
    const box = h("dialog", { class: "box", "aria-labelledby": "box-title" }, h("h2", { id: "box-title" }, title), [].concat(words).map((line) => h("p", {}, line)),
      typed && h("label", { for: "typed" }, t("type_to_confirm", { typed })), input,
      h("div", { class: "stacked" }, go, button(t("cancel"), () => done(false), { kind: "quiet" })));
    box.addEventListener("cancel", () => resolve(false));
    document.body.append(box);
    box.showModal();
  });
}

/** A number pad that writes into an input; the phone's own keyboard stays away. */
export function keypad(input, { point = true, onchange = () => {} } = {}) {
  const press = (key) => {
    const at = input.selectionStart ?? input.value.length;
    const end = input.selectionEnd ?? at;
    if (key === "back") {
      const from = at === end ? Math.max(0, at - 1) : at;
      input.value = input.value.slice(0, from) + input.value.slice(end);
      input.setSelectionRange(from, from);
    } else {
      input.value = input.value.slice(0, at) + key + input.value.slice(end);
      input.setSelectionRange(at + 1, at + 1);
    }
    onchange();
  };
  const key = (label, value = label, more = {}) => h("button", { type: "button", class: "key", onclick: () => press(value), ...more }, label);
  const keys = [..."123456789"].map((digit) => key(digit));
  return h("div", { class: "keypad", role: "group", "aria-label": t("number_pad") }, keys, point ? key(".", ".", { "aria-label": t("decimal_point") }) : h("span", {}),
    key("0"), key(icon("backspace"), "back", { "aria-label": t("delete_digit") }));
}

/** Dates people read: 7月18日 15:02 (English: 18 Jul 15:02). */
export function dayAndTime(ms) {
  return new Intl.DateTimeFormat(t("locale"), { timeZone: "Asia/Shanghai", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);
}

/** An ISO day as people say it: 7月18日. */
export const sayDay = (iso) => new Intl.DateTimeFormat(t("locale"), { timeZone: "UTC", month: "short", day: "numeric" }).format(Date.parse(`${iso}T00:00:00Z`));
