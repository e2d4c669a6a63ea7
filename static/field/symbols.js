// Papers between phones: shown as symbols that follow one another and as a file; read by camera, from pictures or from a file.
import { button, h, icon, note } from "./dom.js";
import { gatherer, symbolsOf, unpacked } from "./paper.js";
import { drawQr } from "./qr.js";
import { qrOfPicture, scanQr } from "./scan.js";
import { t } from "./words.js";

const TURN_MS = 900;

/** The symbols of a text one after the other, with a button to hold still: {node, leave}. */
export async function symbols(text, label) {
  const texts = await symbolsOf(text);
  const drawn = texts.map((one, n) => drawQr(one, `${label} ${t("symbol_of", { number: n + 1, count: texts.length })}`));
  const [holder, caption] = [h("div", { class: "symbol" }), h("figcaption", {})];
  let [at, timer] = [0, 0];
  const show = (n) => {
    at = n % drawn.length;
    holder.replaceChildren(drawn[at]);
    caption.textContent = t("symbol_of", { number: at + 1, count: drawn.length });
  };
  const run = () => { timer = setInterval(() => show(at + 1), TURN_MS); };
  const stop = () => { clearInterval(timer); timer = 0; };
  show(0);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (drawn.length > 1 && !calm) run();
  const next = button(t("symbol_next"), () => { stop(); hold.lastChild.textContent = t("symbol_run"); show(at + 1); }, { icon: "arrow-right", class: "btn next-symbol" });
  const hold = button(t(timer ? "symbol_hold" : "symbol_run"), () => { if (timer) stop(); else run(); hold.lastChild.textContent = t(timer ? "symbol_hold" : "symbol_run"); }, { icon: "refresh" });
  const node = h("figure", { class: "qr", "data-symbols": drawn.length }, holder, caption, drawn.length > 1 && h("div", { class: "inline" }, hold, next));
  return { node, leave: stop };
}

/** Save a paper as a file, or share it where the phone can. */
export function asFile(text, name) {
  const file = new File([text], `${name}.json`, { type: "application/json" });
  const share = navigator.canShare?.({ files: [file] }) && button(t("share_file"), () => navigator.share({ files: [file] }).catch(() => {}), { icon: "share" });
  return h("div", { class: "stacked" }, share, h("a", { class: "btn quiet wide", href: URL.createObjectURL(file), download: file.name }, icon("download"), h("span", {}, t("save_file"))));
}

/** Buttons to read a paper; `arrived(parcel)` is called once it is whole. */
export function reading(title, arrived) {
  const gather = gatherer();
  const said = h("div", { class: "said", role: "status" });
  const missing = (got) => t("symbols_missing", { count: got.count, missing: got.missing.join("、") });
  const whole = (text) => {
    const parcel = unpacked(text);
    if (!parcel) return said.replaceChildren(note(t("paper_damaged"), "stop"));
    said.replaceChildren();
    return arrived(parcel, said);
  };
  const scan = async () => {
    let text = "";
    await scanQr(title, async (found) => {
      const got = await gather(found);
      if (got?.text) text = got.text;
      return Boolean(text) || (got && missing(got));
    });
    if (text) await whole(text);
  };
  const picked = async (event) => {
    let got = null;
    for (const file of event.target.files) {
      const text = file.type.startsWith("image/") ? await qrOfPicture(file) : await file.text();
      got = text ? await gather(text.trim()) : null;
      if (!got) break;
    }
    event.target.value = "";
    if (got?.text) return whole(got.text);
    return said.replaceChildren(note(got ? missing(got) : t("symbol_unreadable"), got ? "todo" : "stop"));
  };
  return h("div", { class: "stacked" }, button(title, scan, { icon: "qrcode", kind: "scan" }), h("label", { class: "btn", for: "paper" }, icon("file-text"), h("span", {}, t("paper_file"))),
    h("input", { id: "paper", class: "sr", type: "file", multiple: true, accept: ".json,application/json,image/*", onchange: picked }), said);
}
