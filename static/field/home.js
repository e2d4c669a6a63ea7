// The first screen: big buttons for what the person may record, what waits, how the phone stands.
import { go, network, screen, status } from "./app.js";
import { openDuplicates } from "./duplicates.js";
import { badge, button, confirmBox, dayAndTime, h, icon, note } from "./dom.js";
import { syncNow } from "./engine.js";
import { FORMS } from "./forms.js";
import * as ops from "./ops.js";
import { pack } from "./pack.js";
import { photosWaiting } from "./photos.js";
import { abandon, begin, openDraft } from "./record.js";
import { session } from "./session.js";
import { skewWords } from "./judge.js";
import { phoneNotes } from "./phone.js";
import { t } from "./words.js";

export const ALARM_MS = 3 * 86_400_000;

screen("home", async () => {
  const [counts, draft, known, photos, twice] = [await ops.summary(), await openDraft(), await pack(), await photosWaiting(), await openDuplicates()];
  const may = known.person?.may ?? ["harvest", "activity", "handover"];
  const open = counts.refused + counts.conflict;
  return {
    title: t("app_short"), tab: "home", live: true, plainTop: true,
    body: [
      h("div", { class: "hero" }, h("div", { class: "who" }, h("img", { src: "/static/field/icon.svg", alt: "", width: 40, height: 40 }), h("div", {}, h("h1", {}, t("app_short")), h("p", {}, [known.person?.name ?? session.profile.id, known.person?.party].filter(Boolean).join(" · "))), network()), queueLine(counts, photos)),
      alarms(counts),
      draft && unfinished(draft),
      open ? h("a", { class: "note todo link", href: "#/queue" }, icon("alert-triangle"), h("div", {}, h("p", {}, t("need_you", { count: open }))), icon("chevron-right")) : null,
      twice.length ? h("a", { class: "note todo link", href: "#/duplicates" }, icon("alert-triangle"), h("div", {}, h("p", {}, t("dup_waiting", { count: twice.length }))), icon("chevron-right")) : null,
      h("h2", { class: "sr" }, t("what_to_record")),
      h("ul", { class: "tiles" }, Object.entries(FORMS).filter(([name]) => may.includes(name === "harvest" ? "harvest" : "activity")).map(([name, form]) => h("li", {}, tile(name, form))),
        may.includes("handover") && h("li", {}, h("a", { class: "tile handover", href: "#/handover" }, icon("truck"), h("span", {}, t("kind_handover")))),
        may.includes("certificate") && h("li", {}, h("a", { class: "tile certificate", href: "#/certificate" }, icon("file-certificate"), h("span", {}, t("kind_certificate_issue"))))),
      known.fetchedAt ? null : note(t("pack_missing"), "todo"),
    ],
  };
});

function tile(name, form) {
  const node = h("button", { type: "button", class: `tile ${name}` }, icon(form.icon), h("span", {}, t(`form_${name}`)));
  node.addEventListener("click", async () => {
    const draft = await openDraft();
    if (draft?.form === name) return go("record", name, draft.checked ? "check" : 0);
    if (draft && !await confirmBox(t("draft_replace_title"), t("draft_replace", { form: t(`form_${draft.form}`) }), t("draft_replace_yes"))) return;
    await begin(name);
  });
  return node;
}

function queueLine(counts, photos) {
  const words = counts.waiting ? t("waiting_count", { count: counts.waiting }) : t("nothing_waits");
  const since = session.profile.lastSync ? t("last_sync", { when: dayAndTime(session.profile.lastSync) }) : t("never_synced");
  return h("a", { class: "queue-line", href: "#/queue" }, h("span", { class: counts.waiting ? "count some" : "count", role: "status" }, icon(counts.waiting ? "cloud-upload" : "cloud-check"), words),
    h("small", {}, status.running ? t("syncing") : since, photos ? ` · ${t("photos_waiting", { count: photos })}` : ""), icon("chevron-right"));
}

/** What a person must know now, the most serious first. */
export function alarms(counts) {
  const { profile } = session;
  const skew = skewWords(profile.skew ?? 0);
  return [
    profile.needsSignIn && note(t("sign_in_again"), "todo", button(t("sign_in"), () => go("start", profile.id), { kind: "primary" })),
    counts.waiting > 0 && Date.now() - counts.since > ALARM_MS && note(t("old_waiting", { when: dayAndTime(counts.since) }), "stop"),
    skew && note(t(`skew_${skew.fast ? "fast" : "slow"}_${skew.unit}`, { count: skew.count }), "todo"),
    status.problem && !["no_answer", "sign_in", "revoked"].includes(status.problem) && note(status.problem, "stop"),
    ...phoneNotes(),
  ];
}

function unfinished(draft) {
  return h("div", { class: "note info unfinished" }, icon("pencil"), h("div", {}, h("p", {}, t("draft_open", { form: t(`form_${draft.form}`) })),
    h("div", { class: "inline" }, button(t("go_on"), () => go("record", draft.form, draft.checked ? "check" : 0), { kind: "primary" }),
      button(t("throw_away"), async () => { if (await confirmBox(t("throw_away"), t("throw_away_sure"), t("throw_away"), { danger: true })) await abandon(); }, { kind: "quiet" }))));
}

export const stateBadge = (state) => ({
  queued: badge(t("state_queued"), "todo", "clock"), sending: badge(t("state_sending"), "todo", "send"), done: badge(t("state_done"), "ok", "circle-check"), held: badge(t("state_held"), "todo", "hourglass"),
  conflict: badge(t("state_conflict"), "stop", "git-fork"), refused: badge(t("state_refused"), "stop", "x"), discarded: badge(t("state_discarded"), "quiet", "trash"),
}[state]);

/** Sync because somebody asked for it, and say how it ended. */
export async function syncByHand() {
  if (!navigator.onLine) return t("sync_offline");
  await syncNow({ force: true });
  return status.problem === "no_answer" ? t("sync_no_answer") : "";
}
