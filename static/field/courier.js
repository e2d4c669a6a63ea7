// The phone is dying or lost its right: the queue travels as a sealed file or a QR symbol to a colleague's phone, which carries it in.
import { go, screen } from "./app.js";
import { badge, button, h, icon, note } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import * as ops from "./ops.js";
import { drawQr } from "./qr.js";
import { scanQr } from "./scan.js";
import { session } from "./session.js";
import * as store from "./store.js";
import { openWithCode, seal, sealWithCode, tryPin } from "./vault.js";
import { utf8 } from "./canonical.js";
import { t } from "./words.js";

const FORMAT = "loquat-field-queue";
const MOST_QR = 1_200;

/** Everything that has no receipt yet, as signed, sealed under a code: the text of the file. */
export async function exportQueue(code) {
  const rows = (await Promise.all(ops.WAITING.map((state) => store.rowsOf(session.profile.id, state)))).flat();
  rows.sort((a, b) => a.seq - b.seq);
  const texts = await Promise.all(rows.map(ops.bytesOf));
  const sealed = await sealWithCode(code, `[${texts.join(",")}]`);
  const plain = `{"protocol":1,"device":${JSON.stringify(session.profile.device)},"ops":[${texts.join(",")}]}`;
  return { count: rows.length, plain, content: JSON.stringify({ format: FORMAT, version: 1, author: session.profile.id, count: rows.length, made_at: new Date().toISOString(), ...sealed }) };
}

/** Take a colleague's queue over: each operation once, unchanged; returns how many were new. */
export async function importQueue(content, code) {
  const parcel = JSON.parse(content);
  if (parcel.format !== FORMAT) throw new Error(t("import_wrong_file"));
  const opened = await openWithCode(code, parcel);
  if (opened === null) return null;
  let fresh = 0;
  for (const op of JSON.parse(opened)) fresh += await carry(op) ? 1 : 0;
  return fresh;
}

async function carry(op) {
  const content = ops.asText(op);
  const sealed = await seal(session.key, op.id, utf8(content));
  const row = { id: op.id, profile: session.profile.id, seq: op.seq, state: "queued", attempts: 0, kind: op.kind, madeAt: Date.parse(op.made_at), savedAt: Date.now(), size: utf8(content).length, sealed, receipt: null, carried: op.author !== session.profile.id || op.device !== session.profile.device };
  return store.run("ops", "readwrite", async (rows) => {
    if (await store.ask(rows.get(op.id))) return false;
    rows.put(row);
    return true;
  });
}

const codeField = (label) => h("input", { id: "code", type: "password", inputmode: "numeric", autocomplete: "off", "aria-label": label });

screen("export", async () => {
  const { waiting } = await ops.summary();
  const back = session.profile.revoked ? ["revoked"] : ["queue"];
  if (!waiting) return { title: t("export_title"), back, body: [h("p", { class: "nothing" }, t("export_nothing"))] };
  const input = codeField(t("pin_enter"));
  const said = h("div", { class: "said" });
  const make = async () => {
    said.replaceChildren(note(t("opening"), "info"));
    const tried = await tryPin(session.profile.id, input.value);
    if (!tried.key) return said.replaceChildren(note(tried.wait > 0 ? t("pin_wait", { seconds: tried.wait }) : t("pin_wrong_short"), "stop"));
    return said.replaceChildren(...offers(await exportQueue(input.value)));
  };
  return {
    title: t("export_title"), back,
    body: [h("p", { class: "lead" }, t("export_lead", { count: waiting })), h("p", { class: "hint" }, t("export_hint")), h("p", { class: "line" }, h("label", { for: "code" }, t("pin_enter")), input), said],
    actions: [button(t("export_make"), make, { kind: "primary big", icon: "lock" })],
  };
});

/** Sealed for a colleague's phone, as a symbol where it is small; in the open for the office's computer, which knows no PIN. */
function offers({ content, plain, count }) {
  const name = `${t("export_file")}-${session.profile.id}-${new Date().toISOString().slice(0, 10)}.json`;
  const file = new File([content], name, { type: "application/json" });
  const href = URL.createObjectURL(file);
  const open = URL.createObjectURL(new Blob([plain], { type: "application/json" }));
  const share = navigator.canShare?.({ files: [file] }) && button(t("share_file"), () => navigator.share({ files: [file] }).catch(() => {}), { icon: "share", kind: "primary" });
  const small = content.length <= MOST_QR;
  return [
    note(t("export_ready", { count }), "ok"), h("div", { class: "stacked" }, share, h("a", { class: "btn", href, download: name }, icon("download"), h("span", {}, t("save_file"))), h("a", { class: "btn quiet", href: open, download: `${t("office_file")}-${name}` }, icon("building-community"), h("span", {}, t("save_office_file"))), h("p", { class: "hint" }, t("office_file_hint"))),
    small ? h("figure", { class: "qr" }, drawQr(content, t("export_qr")), h("figcaption", {}, t("export_qr"))) : h("p", { class: "hint" }, t("export_too_big_for_qr")),
  ];
}

screen("import", async () => {
  const said = h("div", { class: "said" });
  const input = codeField(t("code_of_colleague"));
  let content = "";
  const got = (text) => {
    content = text;
    said.replaceChildren(badge(t("import_read"), "ok", "check"));
  };
  const picked = async (event) => got(await event.target.files[0].text());
  const take = async () => {
    if (!content) return said.replaceChildren(note(t("import_pick_first"), "stop"));
    try {
      const fresh = await importQueue(content, input.value);
      if (fresh === null) return said.replaceChildren(note(t("pin_wrong_short"), "stop"));
      tell();
      syncNow();
      said.replaceChildren(note(t("import_done", { count: fresh }), "ok"));
      return setTimeout(() => go("queue"), 1200);
    } catch (error) {
      return said.replaceChildren(note(error instanceof SyntaxError ? t("import_wrong_file") : error.message, "stop"));
    }
  };
  return {
    title: t("import_title"), back: ["more"],
    body: [h("p", { class: "lead" }, t("import_lead")), h("div", { class: "stacked" }, h("label", { class: "btn", for: "parcel" }, icon("file-text"), h("span", {}, t("pick_file"))), h("input", { id: "parcel", class: "sr", type: "file", accept: ".json,application/json", onchange: picked }),
      button(t("scan_qr"), async () => { const text = await scanQr(t("scan_qr"), (found) => found.includes(FORMAT)); if (text) got(text); }, { icon: "qrcode" })), h("p", { class: "line" }, h("label", { for: "code" }, t("code_of_colleague")), input), said],
    actions: [button(t("import_take"), take, { kind: "primary big", icon: "download" })],
  };
});
