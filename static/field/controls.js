// How one question is answered: big cards to tap, long lists with a search, the number pad, a day, a photo.
import { countyDay } from "./canonical.js";
import { containers } from "./containers.js";
import { button, h, icon, keypad, note, sayDay } from "./dom.js";
import { addDays, labelFits, orderPlots, productsOfLabel, readLabel } from "./judge.js";
import { attachedUrl, keepPhoto } from "./photos.js";
import { scanQr } from "./scan.js";
import { isFull } from "./store.js";
import { voiceBox } from "./voice.js";
import { normalise, parseWeight } from "./weight.js";
import { t } from "./words.js";

const LONG_LIST = 8;
const MOST_PHOTOS = 6;

/** One card of a list: tapping it answers and goes on. */
function card(value, words, hint, chosen, onpick, sign) {
  const row = h("button", { type: "button", class: "choice", "aria-pressed": chosen ? "true" : "false" }, sign && icon(sign), h("span", {}, h("b", {}, words), hint && h("small", {}, hint)), icon("chevron-right"));
  row.addEventListener("click", () => onpick(value));
  return h("li", {}, row);
}

/** A list to choose from; a long one gets a search box at its foot, near the thumb. Free text may be allowed. */
export function listing(items, { chosen, onpick, free = "", search = items.length > LONG_LIST, empty = "" }) {
  const list = h("ul", { class: "choices" });
  const fill = (text = "") => {
    const wanted = normalise(text).toLowerCase();
    const found = wanted ? items.filter((item) => `${item.words} ${item.hint ?? ""} ${item.search ?? ""}`.toLowerCase().includes(wanted)) : items;
    list.replaceChildren(...found.slice(0, 60).map((item) => card(item.value, item.words, item.hint, item.value === chosen, onpick, item.icon)));
    if (wanted && free) list.append(card(text.trim(), t("use_typed", { text: text.trim() }), "", false, onpick, "pencil"));
    if (!list.children.length) list.append(h("li", { class: "nothing" }, wanted ? t("none_found") : empty || t("list_empty")));
  };
  fill();
  const box = (search || free) && h("label", { class: "search" }, icon(free && !search ? "pencil" : "search"),
    h("input", { type: "search", placeholder: t(free || "search_hint"), "aria-label": t(free || "search_hint"), oninput: (event) => fill(event.target.value) }));
  return h("div", { class: "listing" }, list, box);
}

const taking = (step, ctx) => async (value) => {
  ctx.values[step.key] = value;
  await ctx.save();
  return ctx.next();
};

async function plot(step, ctx) {
  const holder = h("div", {});
  const fill = () => {
    const here = ctx.draft.place && { lat: Number(ctx.draft.place.lat), lon: Number(ctx.draft.place.lon) };
    const items = orderPlots(ctx.pack.plots, ctx.recent.plots, here).map((one) => ({
      value: one.code, words: one.name || one.code, hint: [`${one.village} ${one.code.slice(-4)}`, t("mu", { mu: one.area_mu }), one.metres < 30_000 && near(one.metres)].filter(Boolean).join(" · "),
      search: `${one.code} ${one.initials ?? ""}`, icon: one.recent ? "history" : "map-pin",
    }));
    holder.replaceChildren(listing(items, { chosen: ctx.values[step.key], onpick: taking(step, ctx), empty: t("no_plots") }));
  };
  fill();
  document.addEventListener("place", fill, { once: true });
  return { node: holder, goesOn: true, leave: () => document.removeEventListener("place", fill) };
}
const near = (metres) => (metres < 950 ? t("metres", { n: Math.max(10, Math.round(metres / 10) * 10) }) : t("kilometres", { n: (metres / 1000).toFixed(metres < 9_950 ? 1 : 0) }));

async function choice(step, ctx) {
  const options = typeof step.options === "function" ? step.options(ctx) : step.options;
  const items = options.map(([value, words, sign, hint]) => ({ value, words: t(words), icon: sign, hint: hint && t(hint) }));
  return { node: listing(items, { chosen: ctx.values[step.key], onpick: taking(step, ctx), search: false }), goesOn: true };
}

/** A list out of the pack, what was used last on top; what is missing there may be typed. */
async function pick(step, ctx) {
  const names = step.from(ctx);
  const last = ctx.recent[step.recent] ?? [];
  const sorted = [...last.filter((name) => names.includes(name)), ...names.filter((name) => !last.includes(name))];
  const hints = step.hints?.(ctx) ?? {};
  const items = sorted.map((name) => ({ value: name, words: name, hint: hints[name], icon: last.includes(name) ? "history" : step.icon }));
  return { node: listing(items, { chosen: ctx.values[step.key], onpick: taking(step, ctx), free: step.free ?? "type_other" }), goesOn: true };
}

/** The pesticide: by its bottle's QR, by its 32 digits, from the county's table, or typed. */
async function product(step, ctx) {
  const { values } = ctx;
  const take = async (found, label) => {
    Object.assign(values, { product: found.name, reg_no: found.reg_no, label_code: label?.code ?? "", listed: Boolean(found.reg_no) });
    await ctx.save();
    return ctx.next();
  };
  const labelRead = (text) => {
    const label = readLabel(normalise(text));
    if (!label) return ctx.said.replaceChildren(note(t("label_unreadable"), "stop"));
    const found = productsOfLabel(label, ctx.pack.pesticides);
    if (found.length === 1) return take(found[0], label);
    values.label_code = label.code;
    return ctx.said.replaceChildren(note(t("label_unknown", { number: `${label.prefix}…${label.lastSix}` }), "todo"));
  };
  const scan = button(t("scan_bottle"), async () => { const text = await scanQr(t("scan_bottle"), readLabel); if (text) labelRead(text); }, { icon: "qrcode", kind: "scan" });
  const digits = h("input", { inputmode: "numeric", id: "digits", maxlength: 60, placeholder: t("label_digits"), "aria-label": t("label_digits"), oninput: (event) => normalise(event.target.value).replace(/\D/g, "").length === 32 && labelRead(event.target.value) });
  const last = ctx.recent.products;
  const items = [...ctx.pack.pesticides].sort((a, b) => rank(last, a.name) - rank(last, b.name)).map((one) => ({
    value: one.reg_no, words: one.name, icon: last.includes(one.name) ? "history" : "test-pipe", search: `${one.initials ?? ""} ${one.actives ?? ""}`,
    hint: [one.reg_no, one.phi_days === null || one.phi_days === undefined ? t("phi_unknown") : t("phi_days", { days: one.phi_days })].join(" · "),
  }));
  const picked = async (value) => {
    const found = ctx.pack.pesticides.find((one) => one.reg_no === value) ?? { name: value, reg_no: "" };
    const label = values.label_code ? readLabel(values.label_code) : null;
    if (label && found.reg_no && !labelFits(label, found.reg_no)) return ctx.said.replaceChildren(note(t("p2", { six: label.lastSix, number: found.reg_no }), "stop"));
    return take(found, label);
  };
  return { node: h("div", { class: "stacked" }, scan, listing(items, { chosen: values.reg_no, onpick: picked, free: "type_product", search: true }), h("p", { class: "line" }, digits)), goesOn: true };
}
const rank = (list, name) => (list.includes(name) ? list.indexOf(name) : 99);

async function number(step, ctx) {
  const { values } = ctx;
  const units = typeof step.units === "function" ? step.units(ctx) : step.units ?? [];
  if (step.suggest && values[step.key] === undefined) values[step.key] = step.suggest(ctx);
  const unitKey = step.unitKey ?? `${step.key}_unit`;
  if (units.length && !values[unitKey]) [values[unitKey]] = units;
  const input = h("input", { class: "big-number", inputmode: "none", autocomplete: "off", id: "number", "aria-labelledby": "ask", value: values[step.key] ?? "" });
  const keep = () => { values[step.key] = normalise(input.value); ctx.said.replaceChildren(); };
  input.addEventListener("input", keep);
  const unit = units.length ? unitPicker(units, values, unitKey) : h("span", { class: "unit" }, step.unit ? t(step.unit) : "");
  const problem = () => {
    keep();
    if (!values[step.key]) return step.optional ? "" : t("number_missing");
    const read = parseWeight(values[step.key], "克");
    if (step.whole ? !/^[1-9][0-9]{0,4}$/.test(values[step.key]) : !/^[0-9]+(\.[0-9]{1,3})?$/.test(values[step.key]) || Number(values[step.key]) <= 0) return read.problem === "weight_comma" ? t(read.problem, read.values) : t(step.whole ? "whole_number" : "number_wrong");
    return "";
  };
  return { node: h("div", { class: "number" }, h("div", { class: "amount" }, input, unit), keypad(input, { point: !step.whole, onchange: keep })), problem };
}

/** Units side by side, the chosen one pressed. */
export function unitPicker(units, values, key, onchange = () => {}) {
  const box = h("div", { class: "units", role: "group", "aria-label": t("unit") });
  const fill = () => box.replaceChildren(...units.map((unit) => h("button", { type: "button", "aria-pressed": values[key] === unit ? "true" : "false", onclick: () => { values[key] = unit; fill(); onchange(); } }, t(unit, {}, unit))));
  fill();
  return box;
}

async function day(step, ctx) {
  const { values } = ctx;
  const today = countyDay();
  const quick = [[today, "today"], [addDays(today, -1), "yesterday"], [addDays(today, -2), "before_yesterday"]];
  const other = h("input", { type: "date", id: "day", max: today, value: values[step.key] ?? today, onchange: (event) => { values[step.key] = event.target.value; } });
  const items = quick.map(([value, words]) => ({ value, words: t(words), hint: sayDay(value), icon: "calendar" }));
  const problem = () => (!values[step.key] || values[step.key] > countyDay() ? t("day_in_future") : "");
  return { node: h("div", {}, listing(items, { chosen: values[step.key], onpick: taking(step, ctx), search: false }), h("p", { class: "line" }, h("label", { for: "day" }, t("other_day")), other)), problem };
}

async function words(step, ctx) {
  const input = h("textarea", { id: "words", rows: 3, maxlength: step.most ?? 200, "aria-labelledby": "ask", value: ctx.values[step.key] ?? "", oninput: (event) => { ctx.values[step.key] = event.target.value; } });
  const ready = (step.ready ?? []).map((key) => h("button", { type: "button", class: "chip", onclick: () => { input.value = ctx.values[step.key] = [input.value.trim(), t(key)].filter(Boolean).join("，"); } }, t(key)));
  const voice = step.voice ? voiceBox(ctx) : null;
  return { node: h("div", {}, ready.length ? h("div", { class: "chips" }, ready) : null, h("p", { class: "line" }, input), voice?.node), problem: async () => { await voice?.finish(); return ""; }, leave: voice?.finish };
}

async function photos(step, ctx) {
  const { values } = ctx;
  values.photos ??= [];
  const shown = h("ul", { class: "photos" });
  const fill = async () => {
    const urls = await Promise.all(values.photos.map((photo) => attachedUrl(photo.sha256)));
    shown.replaceChildren(...urls.map((url, n) => h("li", {}, url ? h("img", { src: url, alt: t("photo_number", { number: n + 1 }) }) : icon("photo"),
      h("button", { type: "button", class: "remove", "aria-label": t("remove_photo", { number: n + 1 }), onclick: async () => { values.photos.splice(n, 1); await ctx.save(); await fill(); } }, icon("x")))));
  };
  const take = async (event) => {
    for (const file of [...event.target.files].slice(0, MOST_PHOTOS - values.photos.length)) {
      try {
        const photo = await keepPhoto(file);
        if (!values.photos.some((one) => one.sha256 === photo.sha256)) values.photos.push(photo);
      } catch (error) {
        ctx.said.replaceChildren(note(t(isFull(error) ? "storage_full" : "photo_unreadable"), "stop"));
      }
    }
    event.target.value = "";
    await ctx.save();
    await fill();
  };
  await fill();
  const input = h("input", { type: "file", accept: "image/*", capture: "environment", multiple: true, id: "photo", class: "sr", onchange: take });
  return { node: h("div", {}, shown, h("label", { for: "photo", class: "btn wide" }, icon("camera"), h("span", {}, t("take_photo"))), input) };
}

export const CONTROLS = { plot, choice, pick, product, number, containers, day, words, photos };
