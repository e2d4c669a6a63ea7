// The same record changed on the phone and at the office: what both began from, both versions, field by field, and a choice.
import { go, screen } from "./app.js";
import { button, h, note } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { request } from "./net.js";
import * as ops from "./ops.js";
import { keepSealed, openSealed, session } from "./session.js";
import { get } from "./store.js";
import { sayDay } from "./dom.js";
import { t } from "./words.js";

/** Both versions of a conflict: from the platform when there is a network, else as last seen. */
async function versions(id) {
  try {
    const answer = await request(`/api/v1/sync/conflicts/${id}`, { token: session.token, limit: 8_000 });
    if (answer.status === 200) {
      await keepSealed(`conflict ${id}`, answer.body);
      return answer.body;
    }
  } catch { /* no network: what was seen last has to do */ }
  return openSealed(`conflict ${id}`);
}

screen("conflict", async (id) => {
  const row = await get("ops", id);
  if (!row || row.state !== "conflict") {
    setTimeout(() => go("one", id));
    return { title: t("conflict_title"), back: ["queue"], body: [] };
  }
  const [seen, receipt] = [await versions(id), await ops.receiptOf(row)];
  if (!seen) return { title: t("conflict_title"), back: ["queue"], body: [note(receipt?.message ?? "", "stop"), note(t("conflict_needs_net"), "todo")] };
  const names = Object.keys({ ...seen.phone, ...seen.office }).filter((name) => seen.phone[name] !== seen.office[name] || seen.phone[name] !== seen.base[name]);
  const chosen = Object.fromEntries(names.map((name) => [name, seen.phone[name] === seen.base[name] ? "office" : seen.office[name] === seen.base[name] ? "phone" : ""]));
  const said = h("div", { class: "said", role: "status" });
  const finish = async () => {
    const open = names.find((name) => !chosen[name] && seen.phone[name] !== seen.office[name]);
    if (open) {
      said.replaceChildren(note(t("conflict_choose_each"), "stop"));
      return document.getElementById(`choice-${open}`)?.scrollIntoView({ block: "center" });
    }
    return resolve(id, decision(names, chosen, seen));
  };
  return {
    title: t("conflict_title"), back: ["queue"],
    body: [
      h("p", { class: "lead" }, receipt?.message || seen.message || t("conflict_lead")), h("p", { class: "hint" }, t("conflict_both_kept")),
      h("div", { class: "sides" }, button(t("keep_all_phone"), () => choose(names, chosen, "phone"), { icon: "device-mobile" }), button(t("keep_all_office"), () => choose(names, chosen, "office"), { icon: "building-community" })),
      names.map((name) => fieldBox(name, seen, chosen)), said,
    ],
    actions: [button(t("conflict_save"), finish, { kind: "primary big", icon: "check" })],
  };
});

const value = (text) => (/^\d{4}-\d\d-\d\d$/.test(text ?? "") ? sayDay(text) : text === undefined || text === null || text === "" ? t("not_said") : t(`value_${text}`, {}, String(text)));

function fieldBox(name, seen, chosen) {
  const label = seen.labels?.[name] ?? t(`what_${name}`, {}, name);
  const option = (side, words, text) => h("button", { type: "button", class: "side", "data-side": side, "data-field": name, "aria-pressed": chosen[name] === side ? "true" : "false", onclick: () => choose([name], chosen, side) }, h("small", {}, words), h("b", {}, value(text)));
  return h("section", { class: "clash", id: `choice-${name}`, "aria-label": label }, h("h2", {}, label), h("p", { class: "base" }, t("conflict_base", { value: value(seen.base[name]) })),
    h("div", { class: "pair" }, option("phone", t("side_phone"), seen.phone[name]), option("office", t("side_office"), seen.office[name])));
}

function choose(names, chosen, side) {
  for (const name of names) {
    chosen[name] = side;
    for (const node of document.querySelectorAll(`[data-field="${CSS.escape(name)}"]`)) node.setAttribute("aria-pressed", node.dataset.side === side ? "true" : "false");
  }
}

/** The choice as the platform reads it: all of one side, or the fields one by one. */
export function decision(names, chosen, seen) {
  const sides = new Set(names.filter((name) => seen.phone[name] !== seen.office[name]).map((name) => chosen[name]));
  if (sides.size === 0 || (sides.size === 1 && sides.has("office"))) return { keep: "office" };
  if (sides.size === 1) return { keep: "mine" };
  return { keep: "merged", fields: Object.fromEntries(names.map((name) => [name, String(seen[chosen[name] || "office"][name] ?? "")])) };
}

async function resolve(id, body) {
  await ops.saveOperation("conflict.resolve", { operation: id, ...body });
  tell();
  syncNow();
  go("queue");
}
