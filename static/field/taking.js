// Taking goods over without network: the giver's offer is read and checked, what arrived is entered, the acceptance signed, queued and shown.
import { go, replace, screen } from "./app.js";
import { CONTROLS } from "./controls.js";
import { button, facts, h, note } from "./dom.js";
import { syncNow, tell } from "./engine.js";
import { amountOf, goodsFacts, handoverBadge, typedOf } from "./handover.js";
import { baseOf, conclude, handoverOf, mend, signer, stateOf, unitOf, used } from "./hands.js";
import { pack } from "./pack.js";
import { hashOf, makeAcceptance, offerProblem, packed, shortageNeedsReason } from "./paper.js";
import { keepSealed, openSealed, session } from "./session.js";
import { isFull } from "./store.js";
import { asFile, reading, symbols } from "./symbols.js";
import { t } from "./words.js";

const REASONS = ["short_water", "short_damage", "short_scales", "short_part"];

/** What is wrong with an offer for this person, as words; "" when nothing is. */
async function wrong(parcel) {
  if (!parcel.offer) return t(parcel.acceptance ? "offer_wanted" : "paper_damaged");
  const known = await pack();
  if (!known.person?.party_code) return t("take_no_party");
  const problem = await offerProblem(parcel, { device: session.profile.device, party: known.person.party_code, used: await used() });
  return problem && t(problem);
}

screen("take", async () => ({
  title: t("hand_take"), back: ["handover"],
  body: [h("h2", { class: "ask" }, t("take_ask")), h("p", { class: "hint" }, t("take_hint")), reading(t("take_scan"), arrived)],
}));

async function arrived(parcel, said) {
  const words = await wrong(parcel);
  if (words) return said.replaceChildren(note(words, "stop"));
  await keepSealed("taking", { parcel, quantity: parcel.offer.quantity, reason: "" });
  return go("accept", "quantity");
}

screen("accept", async (step = "quantity") => {
  const taking = await openSealed("taking");
  if (!taking) return void replace("take");
  const words = await wrong(taking.parcel);
  if (words) return { title: t("hand_take"), back: ["handover"], body: [note(words, "stop")] };
  return STEPS[step in STEPS ? step : "quantity"](taking);
});

const sentOf = ({ parcel }) => baseOf(parcel.offer.quantity, parcel.goods.unit);
const gotOf = ({ parcel, quantity }) => baseOf(quantity, parcel.goods.unit);
const isShort = (taking) => shortageNeedsReason(sentOf(taking), gotOf(taking));
const entry = ({ parcel }) => ({ offer: parcel.offer, goods: parcel.goods, from: parcel.from, to: parcel.to });

const STEPS = {
  async quantity(taking) {
    const { parcel } = taking;
    const said = h("div", { class: "said" });
    const values = { quantity: taking.quantity };
    const control = await CONTROLS.number({ key: "quantity", unit: unitOf(parcel.goods.unit), whole: parcel.goods.unit === "pcs" }, { values, said });
    const next = async () => {
      const now = { ...taking, quantity: values.quantity };
      const problem = control.problem() || (gotOf(now) > sentOf(now) ? t("hand_more_than_sent", { amount: typedOf(parcel.offer.quantity, parcel.goods.unit) }) : "");
      if (problem) return said.replaceChildren(note(problem, "stop"));
      await keepSealed("taking", now);
      return go("accept", isShort(now) ? "reason" : "check");
    };
    return {
      title: t("hand_take"), back: ["take"],
      body: [h("p", { class: "lead" }, t("take_gives", { who: [parcel.from.party, parcel.from.person].filter(Boolean).join(" · "), amount: typedOf(parcel.offer.quantity, parcel.goods.unit), product: parcel.goods.product })), h("h2", { class: "ask", id: "ask" }, t("take_ask_quantity")), control.node, said],
      actions: [button(t("next"), next, { kind: "primary", icon: "arrow-right" })],
    };
  },

  async reason(taking) {
    const said = h("div", { class: "said" });
    const next = async () => {
      const { value: typed } = input;
      if (!typed.trim()) return said.replaceChildren(note(t("take_reason_needed"), "stop"));
      await keepSealed("taking", { ...taking, reason: typed.trim() });
      return go("accept", "check");
    };
    const input = h("textarea", { id: "words", rows: 3, maxlength: 200, "aria-labelledby": "ask", value: taking.reason });
    const chips = REASONS.map((key) => h("button", { type: "button", class: "chip", onclick: () => { input.value = t(key); } }, t(key)));
    return {
      title: t("hand_take"), back: ["accept", "quantity"],
      body: [h("h2", { class: "ask", id: "ask" }, t("take_ask_reason")), note(t("take_short", { amount: amountOf(sentOf(taking) - gotOf(taking), taking.parcel.goods.unit) }), "todo"), h("div", { class: "chips" }, chips), h("p", { class: "line" }, input), said],
      actions: [button(t("next"), next, { kind: "primary", icon: "arrow-right" })],
    };
  },

  async check(taking) {
    if (isShort(taking) && !taking.reason) return void replace("accept", "reason");
    const said = h("div", { class: "said" });
    const finish = async () => {
      try {
        const words = await wrong(taking.parcel);
        return words ? said.replaceChildren(note(words, "stop")) : replace("accepted", await accept(taking));
      } catch (error) {
        return said.replaceChildren(note(isFull(error) ? t("storage_full") : t("save_failed", { why: error.message }), "stop"));
      }
    };
    return {
      title: t("hand_take"), back: ["accept", "quantity"],
      body: [h("h2", { class: "ask" }, t("hand_check")), facts([...goodsFacts(entry(taking)), [t("hand_received"), typedOf(taking.quantity, taking.parcel.goods.unit)], isShort(taking) && [t("reason"), taking.reason]]), note(t("take_sign_means"), "info"), said],
      actions: [button(t("take_sign"), finish, { kind: "primary big", icon: "signature" })],
    };
  },
};

async function accept(taking) {
  const [known, { key, ...who }] = [await pack(), await signer()];
  const { offer } = taking.parcel;
  const acceptance = await makeAcceptance(who, offer, { receiver: known.person.party_code, quantity: taking.quantity, reason: isShort(taking) ? taking.reason : "" });
  const taker = { person: known.person.name, party: known.person.party };
  const hash = await hashOf(offer);
  await conclude({ ...entry(taking), hash, role: "took", acceptance, taker, key, at: Date.now() });
  await keepSealed("taking", null);
  tell();
  syncNow();
  return hash;
}

screen("accepted", async (hash) => {
  await mend();
  const one = await handoverOf(hash);
  if (!one?.acceptance) return { title: t("hand_title"), back: ["handover"], body: [h("p", { class: "nothing" }, t("record_gone"))] };
  const { acceptance, key, taker } = one;
  const text = packed({ acceptance, key, taker });
  const [shown, state] = [await symbols(text, t("take_qr")), await stateOf(one)];
  return {
    title: t("hand_take"), back: ["handover"],
    body: [
      h("p", { class: "lead" }, t("take_show")), shown.node, h("p", { class: "state" }, handoverBadge(state)),
      facts([...goodsFacts(one), [t("hand_received"), typedOf(acceptance.quantity, one.goods.unit)], acceptance.reason && [t("reason"), acceptance.reason]]),
      note(t("take_either"), "info"), asFile(text, `${t("take_file")}-${one.offer.lot}`),
    ],
    actions: [button(t("to_home"), () => go("home"), { icon: "home" }), one.op && button(t("look"), () => go("one", one.op))].filter(Boolean),
    leave: shown.leave,
  };
});
