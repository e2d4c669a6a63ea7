// The same record changed on the phone and at the office: what both began from, both versions, field by field, and a choice.
import { go, screen } from "./app.js";
import { button, h, note } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { wordOf } from "./forms.js";
import { request } from "./net.js";
import * as ops from "./ops.js";
import { keepSealed, openSealed, session } from "./session.js";
import { get } from "./store.js";
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
  const names = seen.fields.map((field) => field.name);
  const chosen = Object.fromEntries(names.map((name) => [name, same(seen.phone[name], seen.base[name]) ? "office" : same(seen.office[name], seen.base[name]) ? "phone" : ""]));
  const said = h("div", { class: "said", role: "status" });
  const finish = async () => {
    const open = names.find((name) => !chosen[name]);
    if (open) {
      said.replaceChildren(note(t("conflict_choose_each"), "stop"));
      return document.getElementById(`choice-${open}`)?.scrollIntoView({ block: "center" });
    }
    return resolve(id, decision(names, chosen));
  };
  return {
    title: t("conflict_title"), back: ["queue"],
    body: [
      h("p", { class: "lead" }, receipt?.message || seen.message || t("conflict_lead")), h("p", { class: "hint" }, t("conflict_both_kept")),
      h("div", { class: "sides" }, button(t("keep_all_phone"), () => choose(names, chosen, "phone"), { icon: "device-mobile" }), button(t("keep_all_office"), () => choose(names, chosen, "office"), { icon: "building-community" })),
      seen.fields.map((field) => fieldBox(field, seen, chosen)), said,
    ],
    actions: [button(t("conflict_save"), finish, { kind: "primary big", icon: "check" })],
  };
});

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

function fieldBox({ name, label }, seen, chosen) {
  const value = (side) => wordOf(name, seen[side]) || t("not_said");
  const option = (side, words) => h("button", { type: "button", class: "side", "data-side": side, "data-field": name, "aria-pressed": chosen[name] === side ? "true" : "false", onclick: () => choose([name], chosen, side) }, h("small", {}, words), h("b", {}, value(side)));
  return h("section", { class: "clash", id: `choice-${name}`, "aria-label": label }, h("h2", {}, label), h("p", { class: "base" }, t("conflict_base", { value: value("base") })),
    h("div", { class: "pair" }, option("phone", t("side_phone")), option("office", t("side_office"))));
}

function choose(names, chosen, side) {
  for (const name of names) {
    chosen[name] = side;
    for (const node of document.querySelectorAll(`[data-field="${CSS.escape(name)}"]`)) node.setAttribute("aria-pressed", node.dataset.side === side ? "true" : "false");
  }
}

/** The choice as the platform reads it: all of one side, or the fields one by one. */
export function decision(names, chosen) {
  const sides = new Set(names.map((name) => chosen[name]));
  if (sides.size === 0 || (sides.size === 1 && sides.has("office"))) return { keep: "office" };
  if (sides.size === 1) return { keep: "mine" };
  return { keep: "merged", fields: Object.fromEntries(names.map((name) => [name, chosen[name] === "phone" ? "mine" : "office"])) };
}

async function resolve(id, body) {
  await ops.saveOperation("conflict.resolve", { operation: id, ...body });
  tell();
  syncNow();
  go("queue");
}
