// Giving goods away without network: which lot, how much, to whom, how long it holds; then signed, shown, and closed by the taker's acceptance.
import { go, replace, screen } from "./app.js";
import { CONTROLS, listing } from "./controls.js";
import { badge, button, confirmBox, dayAndTime, facts, h, icon, note, sayDay } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { baseOf, conclude, freeOf, handoverOf, handovers, keep, mend, signer, stateOf, unitOf } from "./hands.js";
import { stateBadge } from "./home.js";
import { pack, refreshPack } from "./pack.js";
import { acceptanceProblem, hashOf, makeOffer, packed } from "./paper.js";
import { progress } from "./record.js";
import { keepSealed, openSealed, session } from "./session.js";
import { isFull } from "./store.js";
import { asFile, reading, symbols } from "./symbols.js";
import { kilograms } from "./weight.js";
import { t } from "./words.js";

const HOURS = [2, 12, 24, 72];
const STEPS = ["lot", "quantity", "receiver", "hours"];

/** A quantity in base units as it is read. */
export const amountOf = (base, unit) => `${unit === "pcs" ? base : kilograms(base)} ${unitOf(unit)}`;

/** A quantity as it was typed, with its unit. */
export const typedOf = (text, unit) => `${text} ${unitOf(unit)}`;

/** How a handover stands, as a badge. */
export const handoverBadge = (state) => ({ open: badge(t("hand_open"), "todo", "hourglass"), expired: badge(t("hand_expired"), "quiet", "clock"), queued: badge(t("hand_queued"), "todo", "clock"), sending: badge(t("hand_queued"), "todo", "clock"), done: badge(t("hand_done"), "ok", "circle-check") }[state] ?? stateBadge(state));

screen("handover", async () => {
  await mend();
  if (navigator.onLine && session.token) refreshPack(null, true).catch(() => {});
  const [known, list] = [await pack(), await handovers()];
  const may = known.person?.may ?? ["give", "take"];
  const link = (href, sign, words, hint) => h("li", {}, h("a", { class: "choice", href }, icon(sign), h("span", {}, h("b", {}, words), h("small", {}, hint)), icon("chevron-right")));
  const states = await Promise.all(list.map((one) => stateOf(one)));
  return {
    title: t("hand_title"), back: ["home"], live: true,
    body: [
      h("h2", { class: "ask" }, t("hand_ask")),
      h("ul", { class: "choices" }, may.includes("give") && link("#/give/lot", "upload", t("hand_give"), t("hand_give_hint")), may.includes("take") && link("#/take", "download", t("hand_take"), t("hand_take_hint"))),
      h("h2", {}, t("hand_list")),
      list.length ? h("ul", { class: "records" }, list.slice(0, 40).map((one, n) => line(one, states[n]))) : h("p", { class: "nothing" }, t("hand_none")),
    ],
  };
});

function line(one, state) {
  const other = one.role === "gave" ? one.taker?.party || one.to : one.from.party;
  return h("li", {}, h("a", { class: "record", href: `#/${one.role === "gave" ? "offer" : "accepted"}/${one.hash}` },
    h("span", { class: "main" }, h("b", {}, t(one.role === "gave" ? "hand_gave" : "hand_took", { amount: typedOf(one.acceptance?.quantity ?? one.offer.quantity, one.goods.unit) })), h("span", {}, other || t("hand_anybody")), h("small", {}, [one.offer.lot, dayAndTime(one.at)].join(" · "))),
    h("span", { class: "side" }, handoverBadge(state))));
}

/** The offer being made; survives a kill of the app. */
const openGive = async () => (await openSealed("give")) ?? {};
const keepGive = (give) => keepSealed("give", give);

screen("give", async (step = "lot") => {
  const [known, give] = [await pack(), await openGive()];
  const lot = known.lots?.find((one) => one.code === give.lot);
  if (step !== "lot" && !lot) return void replace("give", "lot");
  if (step === "check") return checkGive(known, give, lot);
  const number = Math.max(0, STEPS.indexOf(step));
  const onward = (changes) => keepGive({ ...give, ...changes }).then(() => go("give", STEPS[number + 1] ?? "check"));
  const said = h("div", { class: "said" });
  const asked = await QUESTIONS[STEPS[number]]({ known, give, lot, onward, said });
  return {
    title: t("hand_give"), back: number ? ["give", STEPS[number - 1]] : ["handover"],
    body: [progress(number, STEPS.length), h("h2", { class: "ask", id: "ask" }, t(`hand_ask_${STEPS[number]}`)), asked.node, said], actions: asked.actions ?? [],
  };
});

const QUESTIONS = {
  async lot({ known, give, onward }) {
    const free = await Promise.all((known.lots ?? []).map((lot) => freeOf(lot, known.fetchedAt)));
    const items = (known.lots ?? []).map((lot, n) => ({
      value: lot.code, words: [lot.product, lot.plot].filter(Boolean).join(" · "), icon: "package",
      hint: [t("hand_free", { amount: amountOf(free[n], lot.unit) }), lot.code, sayDay(lot.on)].join(" · "), left: free[n],
    })).filter((item) => item.left > 0);
    return { node: listing(items, { chosen: give.lot, onpick: (code) => onward(code === give.lot ? { lot: code } : { lot: code, quantity: undefined }), empty: t("hand_no_lots") }) };
  },

  async quantity({ known, give, lot, onward, said }) {
    const free = await freeOf(lot, known.fetchedAt);
    const values = { quantity: give.quantity };
    const control = await CONTROLS.number({ key: "quantity", unit: unitOf(lot.unit), whole: lot.unit === "pcs" }, { values, said });
    const all = lot.unit === "pcs" ? String(free) : kilograms(free).replace(/\u2009/g, "");
    const next = async () => {
      const problem = control.problem() || (baseOf(values.quantity, lot.unit) > free ? t("hand_too_much", { lot: lot.code, amount: amountOf(free, lot.unit) }) : "");
      return problem ? said.replaceChildren(note(problem, "stop")) : onward({ quantity: values.quantity });
    };
    const every = button(t("hand_all", { amount: amountOf(free, lot.unit) }), () => onward({ quantity: all }), { icon: "package" });
    return { node: h("div", { class: "stacked" }, every, control.node), actions: [button(t("next"), next, { kind: "primary", icon: "arrow-right" })] };
  },

  async receiver({ known, give, onward }) {
    const items = [{ value: "", words: t("hand_anybody"), hint: t("hand_anybody_hint"), icon: "users" }, ...(known.parties ?? []).map((one) => ({ value: one.code, words: one.name, hint: one.code, icon: "building-store" }))];
    return { node: listing(items, { chosen: give.receiver, onpick: (receiver) => onward({ receiver }) }) };
  },

  async hours({ give, onward }) {
    const items = HOURS.map((hours) => ({ value: hours, words: t("hand_hours", { hours }), hint: t("hand_until", { when: dayAndTime(Date.now() + hours * 3_600_000) }), icon: "clock" }));
    return { node: listing(items, { chosen: give.hours, onpick: (hours) => onward({ hours }), search: false }) };
  },
};

function checkGive(known, give, lot) {
  const hole = STEPS.find((step) => give[step] === undefined);
  if (hole) return void replace("give", hole);
  const to = known.parties?.find((one) => one.code === give.receiver)?.name ?? "";
  const said = h("div", { class: "said" });
  const row = (step, words) => h("li", {}, h("a", { href: `#/give/${step}` }, h("span", { class: "what" }, t(`hand_what_${step}`)), h("span", { class: "is" }, words), icon("chevron-right")));
  const finish = async () => {
    if (baseOf(give.quantity, lot.unit) > await freeOf(lot, known.fetchedAt)) return go("give", "quantity");
    try {
      return replace("offer", await offer(known, give, lot, to));
    } catch (error) {
      return said.replaceChildren(note(isFull(error) ? t("storage_full") : t("save_failed", { why: error.message }), "stop"));
    }
  };
  return {
    title: t("hand_give"), back: ["give", "hours"],
    body: [h("h2", { class: "ask" }, t("hand_check")), h("ul", { class: "answers" }, row("lot", `${lot.product} · ${lot.code}`), row("quantity", typedOf(give.quantity, lot.unit)), row("receiver", to || t("hand_anybody")), row("hours", t("hand_hours", { hours: give.hours }))), note(t("hand_sign_means"), "info"), said],
    actions: [button(t("hand_sign"), finish, { kind: "primary big", icon: "signature" })],
  };
}

async function offer(known, give, lot, to) {
  const { key, ...who } = await signer();
  const paper = await makeOffer(who, give);
  const from = { person: known.person?.name ?? session.profile.id, party: known.person?.party ?? "" };
  const goods = { product: lot.product, unit: lot.unit, on: lot.on, plot: lot.plot };
  const hash = await hashOf(paper);
  await keep({ hash, role: "gave", offer: paper, key, goods, from, to, at: Date.now() });
  await keepGive({});
  return hash;
}

/** The rows every paper shows. */
export const goodsFacts = (one) => [
  [t("hand_what_lot"), `${one.goods.product} · ${one.offer.lot}`], [t("hand_what_quantity"), typedOf(one.offer.quantity, one.goods.unit)],
  [t("hand_from"), [one.from.party, one.from.person].filter(Boolean).join(" · ")], [t("hand_what_receiver"), one.to || (one.offer.receiver ?? t("hand_anybody"))],
  [t("hand_what_hours"), dayAndTime(Date.parse(one.offer.expires_at))],
];

screen("offer", async (hash) => {
  const one = await handoverOf(hash);
  if (!one) return { title: t("hand_title"), back: ["handover"], body: [h("p", { class: "nothing" }, t("record_gone"))] };
  const state = await stateOf(one);
  if (one.acceptance) return closed(one, state);
  if (state === "expired") return { title: t("hand_give"), back: ["handover"], body: [note(t("offer_expired"), "stop"), facts(goodsFacts(one))] };
  const { offer: paper, key, goods, from, to } = one;
  const text = packed({ offer: paper, key, goods, from, to });
  const shown = await symbols(text, t("hand_offer_qr"));
  return {
    title: t("hand_give"), back: ["handover"],
    body: [h("p", { class: "lead" }, t("hand_show_offer")), shown.node, facts(goodsFacts(one)), h("h2", {}, t("hand_then")), reading(t("hand_scan_acceptance"), (parcel, said) => accepted(one, parcel, said)), asFile(text, `${t("hand_offer_file")}-${paper.lot}`)],
    leave: shown.leave,
  };
});

/** The taker's acceptance came back: checked as far as a phone can, then queued. */
async function accepted(one, parcel, said) {
  const problem = parcel.acceptance ? await acceptanceProblem(parcel, one.offer) : "acceptance_wanted";
  if (problem) return said.replaceChildren(note(t(problem), "stop"));
  const { acceptance, taker } = parcel;
  const [sent, got] = [one.offer.quantity, acceptance.quantity].map((text) => baseOf(text, one.goods.unit));
  if (!(got > 0 && got <= sent)) return said.replaceChildren(note(t("hand_more_than_sent", { amount: typedOf(one.offer.quantity, one.goods.unit) }), "stop"));
  const words = [t("hand_confirm", { party: taker?.party ?? acceptance.receiver, amount: typedOf(acceptance.quantity, one.goods.unit) }), ...(acceptance.reason ? [t("hand_reason", { reason: acceptance.reason })] : [])];
  if (!await confirmBox(t("hand_scan_acceptance"), words, t("hand_confirm_yes"))) return null;
  await conclude({ ...one, acceptance, taker });
  tell();
  syncNow();
  return replace("offer", one.hash);
}

function closed(one, state) {
  return {
    title: t("hand_give"), back: ["handover"], live: true,
    body: [
      h("div", { class: "saved", role: "status" }, icon("circle-check"), h("p", { class: "huge" }, t("hand_given")), h("p", {}, t(state === "done" ? "hand_booked" : "hand_waits"))),
      h("p", { class: "state" }, handoverBadge(state)),
      facts([...goodsFacts(one), [t("hand_taker"), [one.taker?.party, one.taker?.person].filter(Boolean).join(" · ")], [t("hand_received"), typedOf(one.acceptance.quantity, one.goods.unit)], one.acceptance.reason && [t("reason"), one.acceptance.reason]]),
    ],
    actions: [button(t("to_home"), () => go("home"), { icon: "home" }), one.op && button(t("look"), () => go("one", one.op))].filter(Boolean),
  };
}
