// A compliance certificate (承诺达标合格证) issued without network (C12): one batch, a number out of this phone's block, shown with its QR; the platform judges it when it arrives.
import { go, replace, screen } from "./app.js";
import { countyDay } from "./canonical.js";
import { CONTROLS, listing } from "./controls.js";
import { button, facts, h, icon, note, sayDay } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { amountOf } from "./handover.js";
import { baseOf, freeOf } from "./hands.js";
import { stateBadge } from "./home.js";
import { safetyInterval } from "./judge.js";
import { NoAnswer, request } from "./net.js";
import * as ops from "./ops.js";
import { gramsOf, knownSprays, pack, refreshPack } from "./pack.js";
import { drawQr } from "./qr.js";
import { progress } from "./record.js";
import { keepSealed, openSealed, session } from "./session.js";
import * as store from "./store.js";
import { isFull } from "./store.js";
import { kilograms } from "./weight.js";
import { WORDS, t } from "./words.js";

const KIND = "certificate.issue";
const STEPS = ["lot", "quantity", "check"];
const GONE = ["refused", "discarded"];

/** Every certificate of this phone: {row, op}. */
async function issued() {
  const rows = (await store.rowsOf(session.profile.id)).filter((row) => row.kind === KIND);
  return Promise.all(rows.map(async (row) => ({ row, op: await ops.contentOf(row) })));
}

const sequenceOf = (no) => Number(no.slice(-4));

/** The next number of this phone's blocks, or null when none is left: {no, left}. A number once written on a paper is never used again. */
export async function nextNumber(known, day = countyDay()) {
  const mine = (known.certificates?.blocks ?? []).filter((one) => one.device === session.profile.device && String(one.year) === day.slice(0, 4));
  const used = new Set((await issued()).map(({ op }) => sequenceOf(op.body.no)));
  const free = mine.flatMap((one) => Array.from({ length: one.last + 1 - one.next }, (_, n) => one.next + n)).filter((n) => !used.has(n));
  if (!free.length) return null;
  return { no: `${mine[0].prefix}${day.replaceAll("-", "")}${String(free[0]).padStart(4, "0")}`, left: free.length };
}

/** Batches a certificate may be for: fresh lots of the pack, and harvests of this phone that still wait; those picked too early are shown with the reason. */
async function batches(known) {
  const waiting = (await store.rowsOf(session.profile.id)).filter((row) => row.kind === "harvest.record" && ops.WAITING.includes(row.state));
  const here = await Promise.all(waiting.map(async (row) => batchOf(await ops.contentOf(row), known)));
  const there = await Promise.all((known.lots ?? []).filter((lot) => lot.fresh && lot.unit === "g").map(async (lot) => ({ ...lot, key: lot.code, free: await freeOf(lot, known.fetchedAt) })));
  const certified = (await issued()).filter(({ row }) => !GONE.includes(row.state));
  const left = (one) => certified.filter(({ row, op }) => op.body.lot === one.key && !(row.state === "done" && row.answeredAt < known.fetchedAt)).reduce((sum, { op }) => sum - baseOf(op.body.quantity, "g"), one.free);
  return [...here, ...there].map((one) => ({ ...one, free: left(one) })).filter((one) => one.free > 0);
}

async function batchOf(op, known) {
  const plot = known.plots.find((one) => one.code === op.body.plot);
  const interval = safetyInterval(await knownSprays(), op.body.plot, op.body.on);
  const product = known.products?.find((one) => one.taxon === plot?.taxon && one.part === op.body.part && one.form === "fresh")?.name ?? "";
  const why = op.body.part === "flower" ? t("cert_no_flower") : interval ? t("cert_too_early", { day: sayDay(interval.earliest) }) : "";
  return { key: op.id, code: t("cert_waiting_lot"), product, unit: "g", free: gramsOf(op.body), on: op.body.on, plot: plot?.name ?? "", village: plot ? `${plot.township}${plot.village}` : "", why };
}

const openDraft = async () => (await openSealed("certificate")) ?? {};
const keepDraft = (draft) => keepSealed("certificate", draft);

screen("certificate", async (step = "lot") => {
  const [known, draft] = [await pack(), await openDraft()];
  const number = Math.max(0, STEPS.indexOf(step));
  const found = await batches(known);
  const batch = found.find((one) => one.key === draft.lot);
  if (number && !batch) return void replace("certificate", "lot");
  const next = await nextNumber(known);
  const said = h("div", { class: "said" });
  const asked = await QUESTIONS[STEPS[number]]({ known, draft, batch, found, said, next });
  return {
    title: t("cert_title"), back: number ? ["certificate", STEPS[number - 1]] : ["home"], live: !number,
    body: [progress(number, STEPS.length), h("h2", { class: "ask", id: "ask" }, t(`cert_ask_${STEPS[number]}`)), numbersNote(next), asked.node, said], actions: asked.actions ?? [],
  };
});

/** How many numbers are left; with a network more may be fetched. */
function numbersNote(next) {
  if (next && next.left >= 10) return null;
  const said = h("span", { role: "status" });
  const more = async () => {
    try {
      const answer = await request("/api/v1/sync/certificate-numbers", { method: "POST", token: session.token });
      if (answer.status !== 200) return said.replaceChildren(answer.body?.detail ?? `HTTP ${answer.status}`);
      await refreshPack(null, true);
      return tell();
    } catch (error) {
      return said.replaceChildren(t(error instanceof NoAnswer ? "sync_no_answer" : "save_failed", { why: error.message }));
    }
  };
  return note(t(next ? "cert_numbers_left" : "cert_numbers_gone", { count: next?.left }), next ? "info" : "stop", button(t("cert_numbers_fetch"), more, { icon: "download" }), said);
}

const QUESTIONS = {
  async lot({ found, draft }) {
    const pick = async (lot) => { await keepDraft({ lot, quantity: lot === draft.lot ? draft.quantity : undefined }); go("certificate", "quantity"); };
    const items = found.filter((one) => !one.why).map((one) => ({ value: one.key, words: [one.product, one.plot].filter(Boolean).join(" · "), icon: "package", hint: [t("cert_left", { amount: amountOf(one.free, "g") }), one.code, sayDay(one.on)].join(" · ") }));
    const shut = found.filter((one) => one.why).map((one) => h("li", {}, h("button", { type: "button", class: "choice", disabled: true }, icon("lock"), h("span", {}, h("b", {}, [one.product, one.plot].filter(Boolean).join(" · ")), h("small", {}, one.why)))));
    const earlier = (await issued()).reverse().slice(0, 20).map(({ row, op }) => h("li", {}, h("a", { class: "record", href: `#/paper/${row.id}` }, h("span", { class: "main" }, h("b", {}, `${op.body.quantity} ${t("公斤", {}, "公斤")}`), h("small", { class: "code" }, op.body.no)), h("span", { class: "side" }, stateBadge(row.state)))));
    return { node: h("div", {}, listing(items, { chosen: draft.lot, onpick: pick, empty: t("cert_no_lots") }), shut.length ? h("ul", { class: "choices" }, shut) : null, earlier.length ? [h("h2", {}, t("cert_earlier")), h("ul", { class: "records" }, earlier)] : null) };
  },

  async quantity({ draft, batch, said }) {
    const values = { quantity: draft.quantity };
    const control = await CONTROLS.number({ key: "quantity", unit: "公斤" }, { values, said });
    const next = async () => {
      const problem = control.problem() || (baseOf(values.quantity, "g") > batch.free ? t("cert_too_much", { want: values.quantity, have: kilograms(batch.free) }) : "");
      if (problem) return said.replaceChildren(note(problem, "stop"));
      await keepDraft({ ...draft, quantity: values.quantity });
      return go("certificate", "check");
    };
    const every = button(t("hand_all", { amount: amountOf(batch.free, "g") }), async () => { await keepDraft({ ...draft, quantity: kilograms(batch.free).replace(/\u2009/g, "") }); go("certificate", "check"); }, { icon: "package" });
    return { node: h("div", { class: "stacked" }, every, control.node), actions: [button(t("next"), next, { kind: "primary", icon: "arrow-right" })] };
  },

  async check({ known, draft, batch, said, next }) {
    const finish = async () => {
      const number = await nextNumber(known);
      if (!number) return said.replaceChildren(note(t("cert_numbers_gone"), "stop"));
      const body = { lot: batch.key, quantity: draft.quantity, basis: ["control"], no: number.no, issued_on: countyDay() };
      try {
        const id = await ops.saveOperation(KIND, body, { after: batch.key === batch.code ? [] : [batch.key] });
        const paper = { product: batch.product, plot: batch.plot, village: batch.village, issuer: known.person?.party ?? "", picked: batch.on, code: batch.code };
        await keepSealed("papers", { ...(await openSealed("papers")), [id]: paper });
        await keepDraft({});
        tell();
        syncNow();
        return replace("paper", id);
      } catch (error) {
        return said.replaceChildren(note(isFull(error) ? t("storage_full") : t("save_failed", { why: error.message }), "stop"));
      }
    };
    const rows = [[t("cert_product"), batch.product], [t("cert_origin"), [batch.village, batch.plot].filter(Boolean).join(" ")], [t("cert_lot"), batch.code], [t("cert_picked"), sayDay(batch.on)], [t("cert_quantity"), `${draft.quantity} ${t("公斤", {}, "公斤")}`], [t("cert_basis"), t("basis_control")], next && [t("cert_no"), next.no]];
    return { node: h("div", { class: "stacked" }, facts(rows), note(known.certificates?.promise ?? "", "info"), h("p", { class: "hint" }, t("cert_tests_at_office"))), actions: [button(t("cert_issue"), finish, { kind: "primary big", icon: "file-certificate", disabled: !next })] };
  },
};

screen("paper", async (id) => {
  const row = await store.get("ops", id);
  if (!row || row.kind !== KIND || row.profile !== session.profile.id) return { title: t("cert_title"), back: ["certificate"], body: [h("p", { class: "nothing" }, t("record_gone"))] };
  const [op, receipt, known, kept] = [await ops.contentOf(row), await ops.receiptOf(row), await pack(), (await openSealed("papers"))?.[id] ?? {}];
  const bad = GONE.includes(row.state);
  const rows = [[t("cert_product"), kept.product], [t("cert_quantity"), `${op.body.quantity} ${t("公斤", {}, "公斤")}`], [t("cert_origin"), [kept.village, kept.plot].filter(Boolean).join(" ")], [t("cert_issuer"), kept.issuer], [t("cert_day"), sayDay(op.body.issued_on)], [t("cert_basis"), t("basis_control")]];
  return {
    title: t("cert_title"), back: ["certificate"], live: true,
    body: [
      h("p", { class: "state" }, stateBadge(row.state)),
      bad ? [note(receipt?.message || t(`state_${row.state}`), "stop", h("ul", {}, (receipt?.errors ?? []).map((error) => h("li", {}, error.message)))), note(t("cert_void"), "stop")]
        : h("div", { class: "cert-paper" }, h("h2", {}, WORDS.zh.cert_title), drawQr(`${location.origin}/cert/${op.body.no}`, t("cert_qr")), h("p", { class: "code" }, op.body.no)),
      facts(rows.filter(([, words]) => words)), bad ? null : h("p", { class: "hint" }, known.certificates?.promise ?? ""), bad ? null : note(t(row.state === "done" ? "cert_checked" : "cert_to_be_checked"), row.state === "done" ? "ok" : "todo"),
    ],
    actions: [button(t("to_home"), () => go("home"), { icon: "home" }), button(t("look"), () => go("one", id), { icon: "list" })],
  };
});
