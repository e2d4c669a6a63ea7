// The scales: one container after the other, gross, tare and damage, in 公斤 or 斤 as they are read.
import { unitPicker } from "./controls.js";
import { button, confirmBox, h, icon, keypad, note } from "./dom.js";
import { gramsOf, netOf } from "./pack.js";
import { kilograms, parseWeight } from "./weight.js";
import { t } from "./words.js";

const FIELDS = ["gross", "tare", "damage"];

/** What is wrong with a container: {field, words, suggestion?} or null. */
export function containerProblem(one, unit) {
  for (const field of FIELDS) {
    if (field !== "gross" && !String(one[field] ?? "").trim()) continue;
    const read = parseWeight(one[field] ?? "", unit, { zero: field !== "gross" });
    if (read.problem) return { field, words: t(read.problem, read.values), suggestion: read.suggestion };
  }
  const grams = Object.fromEntries(FIELDS.map((field) => [field, parseWeight(one[field] || "0", unit, { zero: true }).grams]));
  if (grams.gross <= grams.tare) return { field: "tare", words: t("tare_too_heavy", { gross: kilograms(grams.gross), tare: kilograms(grams.tare) }) };
  if (grams.damage > grams.gross - grams.tare) return { field: "damage", words: t("damage_too_much", { damage: kilograms(grams.damage), net: kilograms(grams.gross - grams.tare) }) };
  return null;
}

/** The control of the harvest form. */
export async function containers(step, ctx) {
  const { values } = ctx;
  values.containers ??= [];
  values.unit ??= "公斤";
  let one = { gross: "", tare: values.containers.at(-1)?.tare ?? "", damage: "" };
  let confirmed = "";
  const inputs = Object.fromEntries(FIELDS.map((name) => [name, h("input", { id: name, inputmode: "none", autocomplete: "off", onfocus: () => choose(name), oninput: () => read() })]));
  const holder = h("div", { class: "pad-holder" });
  const listed = h("ol", { class: "containers" });
  const total = h("p", { class: "total", role: "status" });
  const read = () => { for (const name of FIELDS) one[name] = inputs[name].value; ctx.said.replaceChildren(); };
  const choose = (name) => {
    for (const other of FIELDS) inputs[other].parentElement?.classList.toggle("now", other === name);
    holder.replaceChildren(keypad(inputs[name], { onchange: read }));
  };
  const show = () => {
    for (const name of FIELDS) inputs[name].value = one[name];
    listed.replaceChildren(...values.containers.map((item, n) => h("li", {}, h("span", {}, t("container_line", { number: n + 1, net: kilograms(netOf(item, values.unit)) })),
      h("small", {}, t("container_parts", { gross: item.gross, tare: item.tare || "0", damage: item.damage || "0", unit: t(values.unit, {}, values.unit) })),
      h("button", { type: "button", class: "remove", "aria-label": t("remove_container", { number: n + 1 }), onclick: async () => { values.containers.splice(n, 1); await ctx.save(); show(); } }, icon("x")))));
    const grams = gramsOf(values);
    total.textContent = values.containers.length ? t("total_net", { count: values.containers.length, kg: kilograms(grams) }) : "";
  };
  const correct = (found) => note(found.words, "stop", found.suggestion && button(t("use_number", { number: found.suggestion }), () => { one[found.field] = found.suggestion; show(); ctx.said.replaceChildren(); }, { kind: "quiet" }));
  const add = async () => {
    read();
    const found = containerProblem(one, values.unit);
    if (found) {
      ctx.said.replaceChildren(correct(found));
      choose(found.field);
      return false;
    }
    if (!await unitsConfirmed()) return false;
    values.containers.push(one);
    one = { gross: "", tare: one.tare, damage: "" };
    await ctx.save();
    show();
    choose("gross");
    return true;
  };
  /** A unit typed into the number that is not the one beside it: say what it comes to and ask. */
  const unitsConfirmed = async () => {
    const other = FIELDS.map((name) => parseWeight(one[name] || "0", values.unit, { zero: true })).find((item) => item.typedUnit && item.typedUnit !== values.unit);
    if (!other || confirmed === one.gross) return true;
    confirmed = one.gross;
    return confirmBox(t("unit_confirm_title"), t("unit_confirm", { number: other.number, unit: other.unit, kg: kilograms(other.grams) }), t("unit_confirm_yes"));
  };
  const row = (name) => h("p", { class: "weigh" }, h("label", { for: name }, t(name), h("span", { class: "unit" })), inputs[name]);
  const units = unitPicker(["公斤", "斤"], values, "unit", () => { unitWords(); show(); });
  const rows = FIELDS.map(row);
  const unitWords = () => rows.forEach((line) => { line.querySelector(".unit").textContent = t(values.unit, {}, values.unit); });
  unitWords();
  const problem = async () => {
    if (one.gross.trim() && !await add()) return " ";
    return values.containers.length ? "" : t("weight_missing");
  };
  show();
  choose("gross");
  return {
    node: h("div", { class: "scales" }, listed, total, units, h("div", { class: "weighs" }, rows), holder), problem, action: button(t("add_container"), add, { icon: "plus" }),
  };
}
