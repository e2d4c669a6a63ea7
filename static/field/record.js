// Recording: one question at a time, the answers kept sealed after each, checked, signed, saved. Also editing what waits and correcting what was refused.
import { draw, go, replace, screen } from "./app.js";
import { button, facts, h, icon, note } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { FORMS, apart, labelOf, shown } from "./forms.js";
import * as ops from "./ops.js";
import { pack, pesticidesFor, recent, remember } from "./pack.js";
import { sweepDrafts } from "./photos.js";
import { whereAmI } from "./place.js";
import { CONTROLS } from "./controls.js";
import { keepSealed, openSealed } from "./session.js";
import { get, isFull } from "./store.js";
import { countyDay } from "./canonical.js";
import { t } from "./words.js";

/** The record being written: {form, values, editing?, replaces?, correcting?, place}. Survives a kill of the app. */
let draft = null;
let position = null;

export const openDraft = () => openSealed("draft");
const keepDraft = () => keepSealed("draft", draft);

async function dropDraft() {
  draft = null;
  await keepSealed("draft", null);
}

/** Begin a record. */
export async function begin(form, start = {}) {
  draft = { form, values: { on: countyDay(), ...FORMS[form].start, ...start.values }, ...start, place: null };
  await keepDraft();
  locate();
  go("record", form, start.at ?? 0);
}

/** Look for the place once per record; it comes when it comes. */
export function locate() {
  position = whereAmI().then(async (found) => {
    if (draft && found) {
      draft.place = found;
      await keepDraft();
      document.dispatchEvent(new CustomEvent("place", { detail: found }));
    }
    return found;
  });
  return position;
}

/** Open a record again with its answers: `how` is editing (waiting), replaces (refused) or correcting (delivered: becomes a new version). */
export async function reopen(id, how) {
  const row = await get("ops", id);
  const op = await ops.contentOf(row);
  const form = op.kind === "harvest.record" ? "harvest" : op.body.activity;
  const known = how === "correcting" ? await ops.latestOf(row, op) : { body: op.body, version: null };
  const values = { listed: true, ...(FORMS[form].values ? FORMS[form].values(known.body) : known.body), ...apart(known.body.photos) };
  await begin(form, { values, [how]: id, base: known.version, place: op.body.gps ?? null, at: "check", before: FORMS[form].body(structuredClone(values)).body });
}

async function context() {
  const known = await pack();
  const plot = known.plots.find((one) => one.code === draft.values.plot);
  return { pack: { ...known, pesticides: pesticidesFor(known, plot) }, recent: await recent(), place: draft.place, values: draft.values, draft };
}

screen("record", async (form, at = "0") => {
  if (!draft || draft.form !== form) {
    draft = await openDraft();
    if (!draft || draft.form !== form) return void replace("home");
    locate();
  }
  const steps = FORMS[form].steps.filter((step) => (!step.when || step.when(draft.values)) && !(draft.correcting && step.key === "plot"));
  if (at === "check") return check(form, steps);
  const number = Math.min(Number(at) || 0, steps.length - 1);
  return question(form, steps, number);
});

async function question(form, steps, number) {
  const step = steps[number];
  const said = h("div", { class: "said" });
  const returning = draft.checked;
  const onward = () => (returning ? go("record", form, "check") : go("record", form, number + 1 < steps.length ? number + 1 : "check"));
  const next = async () => {
    const problem = await control.problem?.();
    if (problem) return said.replaceChildren(note(problem, "stop"));
    await keepDraft();
    return onward();
  };
  const control = await CONTROLS[step.control](step, { ...(await context()), next, save: keepDraft, said });
  const skip = step.optional && button(t("skip"), async () => { delete draft.values[step.key]; if (step.voice) delete draft.values.voices; await keepDraft(); onward(); }, { kind: "quiet" });
  return {
    title: t(`form_${form}`), back: number || returning ? ["record", form, returning ? "check" : number - 1] : ["home"],
    body: [progress(number, steps.length), h("h2", { class: "ask", id: "ask" }, t(step.ask)), step.hint && h("p", { class: "hint" }, t(step.hint)), control.node, said],
    actions: [skip, control.action, !control.goesOn && button(t(returning ? "done" : "next"), next, { kind: "primary", icon: "arrow-right" })].filter(Boolean),
    leave: control.leave,
  };
}

/** Which step of how many. */
export function progress(number, count) {
  const words = t("step_of", { number: number + 1, count });
  return h("div", { class: "progress" }, h("progress", { max: count, value: number + 1, "aria-label": words }), h("span", {}, words));
}

async function check(form, steps) {
  draft.checked = true;
  await keepDraft();
  const ctx = await context();
  const rows = steps.map((step, number) => [step, number]).filter(([step]) => !step.hidden);
  const warnings = [...(draft.correcting ? [{ words: t("correction_reason"), reason: "correction" }] : []), ...await FORMS[form].warnings?.(ctx) ?? []];
  const stop = warnings.find((warning) => warning.stop);
  const reasons = warnings.filter((warning) => warning.reason);
  const said = h("div", { class: "said" });
  const missing = () => steps.find((step) => !step.optional && !step.hidden && [undefined, "", null].includes(draft.values[step.key]));
  const save = async () => {
    const said_ = (key) => (draft.values[key] ?? "").trim();
    const open = reasons.find((warning) => !said_(warning.reason) || (warning.detail && !said_(warning.detail[said_(warning.reason)])));
    const hole = missing();
    if (hole) return go("record", form, steps.indexOf(hole));
    if (open) {
      said.replaceChildren(note(t("reason_needed"), "stop"));
      return document.getElementById(`reason-${open.reason}`)?.focus();
    }
    return saveRecord(form, said);
  };
  return {
    title: t(`form_${form}`), back: ["record", form, steps.length - 1],
    body: [
      h("h2", { class: "ask" }, t(draft.editing ? "check_edit" : draft.replaces ? "check_correct" : draft.correcting ? "check_version" : "check_title")),
      h("ul", { class: "answers" }, rows.map(([step, number]) => answer(form, step, number, ctx))),
      placeNote(), warnings.map((warning) => warningNote(warning)), said,
    ],
    actions: [button(t("save"), save, { kind: "primary big", icon: "check", disabled: Boolean(stop) })],
  };
}

function answer(form, step, number, ctx) {
  const words = shown(step, draft.values, ctx);
  return h("li", {}, h("a", { href: `#/record/${form}/${number}` }, h("span", { class: "what" }, labelOf(step)), h("span", { class: words ? "is" : "is empty" }, words || t("not_said")), icon("chevron-right")));
}

function warningNote(warning) {
  const field = warning.reason && reasonField(warning);
  return note(warning.words, warning.stop ? "stop" : "todo", field);
}

function reasonField({ reason, options, detail }) {
  const id = `reason-${reason}`;
  const keep = (event) => { draft.values[reason] = event.target.value; keepDraft(); more(); };
  const input = options
    ? h("select", { id, onchange: keep }, h("option", { value: "" }, t("choose_reason")), options.map(([value, words]) => h("option", { value, selected: draft.values[reason] === value }, words)))
    : h("input", { id, value: draft.values[reason] ?? "", oninput: keep, maxlength: 200 });
  const rest = h("span", {});
  const more = () => {
    const key = detail?.[draft.values[reason]];
    if (!key || rest.firstChild?.id === key) return;
    rest.replaceChildren(h("input", { id: key, value: draft.values[key] ?? "", placeholder: t(`what_${key}`), "aria-label": t(`what_${key}`), maxlength: 80, oninput: (event) => { draft.values[key] = event.target.value; keepDraft(); } }));
  };
  more();
  return h("p", { class: "reason" }, h("label", { for: id }, t("reason")), input, rest);
}

/** C9: say how good the fix is; a poor one is kept but is no evidence. */
function placeNote() {
  const box = h("div", { class: "place" });
  const show = () => {
    const place = draft?.place;
    const again = button(t("place_again"), async () => { box.replaceChildren(note(t("place_looking"), "info")); await locate(); show(); }, { icon: "current-location", kind: "quiet" });
    if (!place) return box.replaceChildren(note(t("place_none"), "info", again));
    const fine = Number(place.accuracy) <= 15;
    return box.replaceChildren(note(t(fine ? "place_good" : "place_poor", { metres: place.accuracy }), fine ? "ok" : "todo", !fine && again));
  };
  show();
  document.addEventListener("place", show, { once: true });
  return box;
}

async function saveRecord(form, said) {
  if (draft.correcting) return saveCorrection(form, said);
  const { values, place, editing, replaces } = draft;
  const { kind, body: made } = FORMS[form].body(values);
  const body = { ...made, ...(place ? { gps: place } : {}) };
  try {
    const id = editing ?? await ops.saveOperation(kind, body, { replaces });
    if (editing && !await ops.editWaiting(editing, body)) return said.replaceChildren(note(t("edit_too_late"), "stop"));
    if (replaces) await ops.discard(replaces, t("replaced_reason"));
    await remember(id, body, kind);
    await dropDraft();
    await sweepDrafts();
    tell();
    syncNow();
    return replace("saved", id);
  } catch (error) {
    return said.replaceChildren(note(isFull(error) ? t("storage_full") : t("save_failed", { why: error.message }), "stop"));
  }
}

/** A delivered record is never changed: what differs becomes its next version, on top of the one this phone knows. */
async function saveCorrection(form, said) {
  const { values, correcting, base, before } = draft;
  const { body } = FORMS[form].body(values);
  const changed = Object.keys({ ...before, ...body }).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(body[key]));
  if (!changed.length) return said.replaceChildren(note(t("nothing_changed"), "todo"));
  const changes = Object.fromEntries(changed.map((key) => [key, body[key] ?? ""]));
  const id = await ops.saveOperation("activity.correct", { record: correcting, reason: values.correction.trim(), ...changes }, { base });
  await dropDraft();
  tell();
  syncNow();
  return replace("saved", id);
}

screen("saved", async (id) => {
  const row = await get("ops", id);
  const { waiting } = await ops.summary();
  const op = row && await ops.contentOf(row);
  const form = op && (op.kind === "harvest.record" ? "harvest" : op.body.activity);
  const facts_ = form ? [[t("what"), t(`form_${form}`)], [t("plot"), op.body.plot]] : op && [[t("what"), t(`kind_${op.kind.replace(".", "_")}`)]];
  return {
    title: t("saved_title"), tab: "home", live: true,
    body: [h("div", { class: "saved", role: "status" }, icon("circle-check"), h("p", { class: "huge" }, t("saved_words")), h("p", {}, waiting ? t("saved_waiting", { count: waiting }) : row?.state === "done" ? t("saved_sent") : "")),
      row && ["refused", "conflict", "held"].includes(row.state) && note(t(`state_${row.state}`), "todo", button(t("look"), () => go("one", id))),
      op && facts(facts_),
      h("div", { class: "stacked" }, form && button(t("another"), () => begin(form), { kind: "primary", icon: "plus" }), button(t("to_home"), () => go("home"), { icon: "home" }))],
  };
});

/** Throw the unfinished record away. */
export async function abandon() {
  await dropDraft();
  await sweepDrafts();
  await draw();
}
