// One harvest written down on two phones? Both records beside each other, and the clerk's choice: two harvests, or one recorded twice.
import { go, screen } from "./app.js";
import { badge, button, dayAndTime, facts, h, icon, note, sayDay } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import * as ops from "./ops.js";
import { pack, refreshPack } from "./pack.js";
import { session } from "./session.js";
import * as store from "./store.js";
import { kilograms } from "./weight.js";
import { t } from "./words.js";

const READY = { both: ["dup_two_loads", "dup_two_pickers"], merge: ["dup_same_load", "dup_typed_again"] };

/** Suspicions still to be decided: those of the pack, less what was decided on this phone. */
export async function openDuplicates() {
  const rows = (await store.rowsOf(session.profile.id)).filter((row) => row.kind === "duplicate.resolve" && !["refused", "discarded"].includes(row.state));
  const decided = new Set((await Promise.all(rows.map(ops.contentOf))).map(({ body }) => `${body.lot} ${body.other}`));
  return ((await pack()).duplicates ?? []).filter((one) => !decided.has(`${one.second.lot} ${one.first.lot}`));
}

screen("duplicates", async () => {
  const list = await openDuplicates();
  const row = (one) => h("li", {}, h("a", { class: "record", href: `#/duplicate/${one.code}` }, h("span", { class: "main" }, h("b", {}, one.second.plot_name || one.second.plot), h("small", { class: "why" }, one.message), h("small", {}, [sayDay(one.second.on), one.code].join(" · "))), h("span", { class: "side" }, badge(t("flag_duplicate"), "todo", "alert-triangle"))));
  return { title: t("dup_title"), back: ["home"], live: true, body: [h("p", { class: "hint" }, t("dup_lead")), list.length ? h("ul", { class: "records" }, list.map(row)) : h("p", { class: "nothing" }, t("dup_none"))] };
});

/** A suspicion by its code or by one of its two lots; asks the platform when the pack does not know it yet. */
async function found(code) {
  const here = async () => (await openDuplicates()).find((one) => [one.code, one.first.lot, one.second.lot].includes(code));
  const known = await here();
  if (known || !navigator.onLine) return known;
  await refreshPack(null, true).catch(() => {});
  return here();
}

screen("duplicate", async (code, keep = "") => {
  const one = await found(code);
  if (!one) return { title: t("dup_title"), back: ["duplicates"], body: [note(t(navigator.onLine ? "dup_gone" : "dup_needs_net"), "info")] };
  return READY[keep] ? why(one, keep) : choose(one);
});

function side(one, words) {
  return h("section", { class: "clash", "aria-label": words }, h("h2", {}, words), facts([[t("hand_what_lot"), one.lot], [t("what_quantity"), `${kilograms(one.grams)} ${t("公斤")}`], [t("author"), one.recorder], [t("made_at"), dayAndTime(Date.parse(one.at))]]));
}

function choose(one) {
  const { second } = one;
  return {
    title: t("dup_title"), back: ["duplicates"],
    body: [
      h("h2", { class: "ask" }, t("dup_ask")), note(one.message, "todo", h("p", {}, [second.plot_name || second.plot, t(`part_${second.part}`, {}, second.part), sayDay(second.on)].join(" · "))), side(one.first, t("dup_first")), side(one.second, t("dup_second")),
      one.may_merge ? h("p", { class: "hint" }, t("dup_merge_means", { lot: one.second.lot })) : note(one.why_not, "info"),
    ],
    actions: [button(t("dup_both"), () => go("duplicate", one.code, "both"), { icon: "packages" }), one.may_merge && button(t("dup_merge"), () => go("duplicate", one.code, "merge"), { kind: "primary", icon: "git-fork" })].filter(Boolean),
  };
}

function why(one, keep) {
  const said = h("div", { class: "said" });
  const input = h("textarea", { id: "words", rows: 3, maxlength: 200, "aria-labelledby": "ask" });
  const chips = READY[keep].map((key) => h("button", { type: "button", class: "chip", onclick: () => { input.value = t(key); } }, t(key)));
  const save = async () => {
    const reason = input.value.trim();
    if (!reason) return said.replaceChildren(note(t("reason_needed"), "stop"));
    const id = await ops.saveOperation("duplicate.resolve", { lot: one.second.lot, other: one.first.lot, keep, reason });
    tell();
    syncNow();
    return go("saved", id);
  };
  return {
    title: t("dup_title"), back: ["duplicate", one.code],
    body: [h("p", { class: "state" }, icon(keep === "both" ? "packages" : "git-fork"), t(keep === "both" ? "dup_both" : "dup_merge")), h("h2", { class: "ask", id: "ask" }, t("dup_why")), h("div", { class: "chips" }, chips), h("p", { class: "line" }, input), said],
    actions: [button(t("save"), save, { kind: "primary big", icon: "check" })],
  };
}
