// The queue: every record with its receipt, what can still be done with it, and the history of what arrived.
import { go, screen, status } from "./app.js";
import { badge, button, confirmBox, dayAndTime, facts, h, icon, note } from "./dom.js";
import { fieldsOf } from "./forms.js";
import { alarms, stateBadge, syncByHand } from "./home.js";
import * as ops from "./ops.js";
import { pack, unremember } from "./pack.js";
import { photosWaiting } from "./photos.js";
import { reopen } from "./record.js";
import { session } from "./session.js";
import * as store from "./store.js";
import { tell } from "./engine.js";
import { t } from "./words.js";

const SHOWN = 60;

/** The rows of some states, the newest first, with their contents opened. */
async function opened(states, most = SHOWN) {
  const rows = (await Promise.all(states.map((state) => store.rowsOf(session.profile.id, state)))).flat();
  rows.sort((a, b) => b.savedAt - a.savedAt);
  return Promise.all(rows.slice(0, most).map(async (row) => ({ row, op: await ops.contentOf(row), receipt: await ops.receiptOf(row) })));
}

/** What a record is, in few words: the kind, the plot. */
export function nameOf(op, known) {
  const plot = known.plots.find((one) => one.code === op.body.plot);
  const form = op.kind === "harvest.record" ? "form_harvest" : op.body.activity ? `form_${op.body.activity}` : `kind_${op.kind.replace(".", "_")}`;
  return { what: t(form), where: plot?.name || op.body.plot || op.body.offer?.lot || "" };
}

function line({ row, op, receipt }, known) {
  const { what, where } = nameOf(op, known);
  const said = row.state === "done" ? receipt?.record?.code : receipt?.errors?.[0]?.message || receipt?.message;
  return h("li", {}, h("a", { class: "record", href: `#/${row.state === "conflict" ? "conflict" : "one"}/${row.id}` }, h("span", { class: "main" }, h("b", {}, what), where && h("span", {}, where), h("small", {}, [dayAndTime(row.madeAt), row.carried && t("carried_for", { author: op.author })].filter(Boolean).join(" · ")), said && h("small", { class: row.state === "done" ? "code" : "why" }, said)),
    h("span", { class: "side" }, stateBadge(row.state), ...(receipt?.flags ?? []).map((flag) => badge(t(`flag_${flag}`), "quiet", "info-circle")))));
}

screen("queue", async () => {
  const known = await pack();
  const counts = await ops.summary();
  const mine = await opened(["refused", "conflict"]);
  const waiting = await opened(["queued", "sending", "held"]);
  const arrived = await opened(["done"], 5);
  const photos = await photosWaiting();
  const said = h("div", { class: "said", role: "status" });
  const sync = button(t(status.running ? "syncing" : "sync_now"), async () => { const words = await syncByHand(); if (words) said.replaceChildren(note(words, "todo")); }, { kind: "primary", icon: "refresh", disabled: status.running });
  const group = (title, list, empty) => [h("h2", {}, title), list.length ? h("ul", { class: "records" }, list.map((item) => line(item, known))) : empty && h("p", { class: "nothing" }, empty)];
  return {
    title: t("queue_title"), back: ["home"], live: true,
    body: [
      alarms(counts), said,
      mine.length ? group(t("queue_needs_you"), mine) : null,
      group(t("queue_waiting", { count: counts.waiting + counts.held }), waiting, t("queue_empty")),
      counts.waiting > SHOWN && h("p", { class: "nothing" }, t("more_not_shown", { count: counts.waiting - SHOWN })),
      photos ? note(t("photos_waiting", { count: photos }), "info") : null,
      group(t("queue_arrived"), arrived, t("nothing_arrived")),
      h("p", {}, h("a", { class: "btn quiet wide", href: "#/history" }, icon("history"), h("span", {}, t("history_title")))),
    ],
    actions: [button(t("export"), () => go("export"), { icon: "share" }), sync],
  };
});

screen("history", async () => {
  const known = await pack();
  const list = await opened(["done", "discarded"], 200);
  return { title: t("history_title"), back: ["queue"], live: true, body: [list.length ? h("ul", { class: "records" }, list.map((item) => line(item, known))) : h("p", { class: "nothing" }, t("nothing_arrived"))] };
});

screen("one", async (id) => {
  const row = await store.get("ops", id);
  if (!row || row.profile !== session.profile.id) return { title: t("queue_title"), back: ["queue"], body: [h("p", { class: "nothing" }, t("record_gone"))] };
  const [op, receipt, known] = [await ops.contentOf(row), await ops.receiptOf(row), await pack()];
  const { what } = nameOf(op, known);
  return {
    title: what, back: [row.state === "done" || row.state === "discarded" ? "history" : "queue"], live: true,
    body: [
      h("p", { class: "state" }, stateBadge(row.state), ...(receipt?.flags ?? []).map((flag) => badge(t(`flag_${flag}`), "quiet", "info-circle"))),
      receiptNote(row, receipt), facts([...papersOf(op), ...fieldsOf(op.body, op.kind, { pack: known }), [t("made_at"), dayAndTime(row.madeAt)], [t("author"), op.author], receipt?.record && [t("record_code"), receipt.record.code], receipt?.recorded_at && [t("received_at"), dayAndTime(Date.parse(receipt.recorded_at))],
        op.body.reason && [t("reason"), op.body.reason], op.body.gps && [t("place"), t("place_value", op.body.gps)]]),
    ],
    actions: whatCanBeDone(row, op, receipt),
  };
});

/** What the two papers of a handover say. */
function papersOf({ kind, body }) {
  if (kind !== "handover.record") return [];
  const { offer, acceptance } = body;
  return [[t("hand_what_lot"), offer.lot], [t("hand_what_quantity"), offer.quantity], [t("hand_received"), acceptance.quantity], [t("hand_what_receiver"), acceptance.receiver], acceptance.reason && [t("reason"), acceptance.reason]];
}

function receiptNote(row, receipt) {
  if (row.state === "queued" && row.attempts === 0) return note(t("wait_untouched"), "info");
  if (row.state === "queued" || row.state === "sending") return note(t("wait_maybe_sent"), "info");
  if (!receipt) return null;
  const errors = h("ul", {}, receipt.errors?.filter((error) => error.message !== receipt.message).map((error) => h("li", {}, error.message)), receipt.warnings?.map((words) => h("li", {}, words)));
  const tone = { done: receipt.warnings?.length ? "todo" : "ok", held: "todo", refused: "stop", conflict: "stop" }[row.state] ?? "info";
  return note(receipt.message || t(`state_${row.state}`), tone, errors.children.length ? errors : null);
}

function whatCanBeDone(row, op, receipt) {
  if (op.kind === "handover.record" && row.state !== "refused") return [];
  if (row.state === "done" && receipt?.flags?.includes("duplicate")) return [button(t("dup_judge"), () => go("duplicate", receipt.record.code), { kind: "primary", icon: "packages" })];
  const isRecord = op.kind === "harvest.record" || op.kind === "activity.record";
  if (ops.isEditable(row)) {
    return [button(t("delete"), () => takeBack(row.id), { kind: "danger", icon: "trash" }), isRecord && button(t("edit"), () => reopen(row.id, "editing"), { kind: "primary", icon: "pencil" })].filter(Boolean);
  }
  if (row.state === "refused" && !row.carried) {
    return [button(t("give_up"), () => giveUp(row.id), { kind: "danger", icon: "trash" }), isRecord && button(t("correct"), () => reopen(row.id, "replaces"), { kind: "primary", icon: "pencil" })].filter(Boolean);
  }
  if (row.state === "done" && op.kind === "activity.record" && !row.carried) return [button(t("correct"), () => reopen(row.id, "correcting"), { icon: "pencil" })];
  return [];
}

async function takeBack(id) {
  if (!await confirmBox(t("delete"), t("delete_sure"), t("delete"), { danger: true })) return;
  if (!await ops.deleteWaiting(id)) return void await confirmBox(t("delete"), t("edit_too_late"), t("understood"));
  await unremember(id);
  tell();
  go("queue");
}

async function giveUp(id) {
  if (!await confirmBox(t("give_up"), t("give_up_sure"), t("give_up"), { danger: true })) return;
  await ops.discard(id, t("give_up_reason"));
  await unremember(id);
  tell();
  go("queue");
}
