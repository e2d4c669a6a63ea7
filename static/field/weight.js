// Weights as people type them, exactly as trace/core/units.py reads them: grams as an integer, what was typed kept beside it.
const FACTORS = new Map([
  ["公斤", 1000n], ["千克", 1000n], ["kg", 1000n], ["㎏", 1000n], ["斤", 500n], ["市斤", 500n], ["克", 1n], ["g", 1n], ["吨", 1000000n], ["t", 1000000n],
]);
const MOST = 10n ** 11n;
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;
const TYPED = /^([+-]?[0-9.][0-9.,\s]*?)\s*([mM]2|[^0-9.,\s+-]+)?$/u;
const SURE_GROUPS = /^[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|(?:,[0-9]{3})+\.[0-9]+|(?:\s[0-9]{3})+(?:\.[0-9]+)?)$/;
const ONE_GROUP = /^[+-]?[1-9][0-9]{0,2},[0-9]{3}$/;
const COMMA_POINT = /^[+-]?[0-9]+,[0-9]+$/;
const PLAIN = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/;

/** Full-width digits, letters and points become plain ones; invisible characters and outer blanks go. */
export function normalise(text) {
  let plain = "";
  for (const char of String(text)) {
    const code = char.codePointAt(0);
    if (code >= 0xff01 && code < 0xff5f) plain += String.fromCodePoint(code - 0xfee0);
    else if (code === 0x3000) plain += " ";
    else if (char === "。") plain += ".";
    else if (code === 0x2212) plain += "-";
    else plain += char;
  }
  return plain.replace(INVISIBLE, "").trim();
}

/**
 * A typed weight: {grams, number, unit} or {problem, values, suggestion}; `problem` is a key of words.js.
 * The default unit stands beside the field; a unit typed into the text wins.
 */
export function parseWeight(text, defaultUnit = "公斤", { zero = false } = {}) {
  const plain = normalise(text);
  if (!plain) return { problem: "weight_missing" };
  const typed = plain.length <= 40 ? TYPED.exec(plain) : null;
  if (!typed) return { problem: "weight_not_a_number" };
  const read = readNumber(typed[1]);
  if (read.problem) return read;
  const unit = typed[2] || defaultUnit;
  const factor = FACTORS.get(unit.toLowerCase());
  if (!factor) return { problem: "weight_unit_unknown", values: { unit } };
  const [whole, decimals = ""] = read.number.replace("-", "").split(".");
  const scaled = BigInt(whole + decimals) * factor;
  const unitSize = 10n ** BigInt(decimals.length);
  const negative = typed[1].startsWith("-");
  if ((negative && scaled > 0n) || (scaled === 0n && !zero)) return { problem: "weight_not_positive" };
  if (scaled > MOST * unitSize) return { problem: "weight_too_large" };
  if (scaled % unitSize !== 0n) return { problem: "weight_too_precise" };
  return { grams: Number(scaled / unitSize), number: read.number, unit, typedUnit: typed[2] || "" };
}

function readNumber(typed) {
  let number = typed;
  if (SURE_GROUPS.test(number)) number = number.replace(/[,\s]/g, "");
  else if (ONE_GROUP.test(number)) {
    return { problem: "weight_comma_group", values: { whole: number.replace(",", ""), point: number.replace(",", ".") } };
  } else if (COMMA_POINT.test(number)) {
    return { problem: "weight_comma", values: { number: number.replace(",", ".") }, suggestion: number.replace(",", ".") };
  }
  if (!PLAIN.test(number)) return { problem: "weight_not_a_number" };
  let [whole, decimals = ""] = number.replace(/^\+/, "").split(".");
  if (typed.length > 20) [whole, decimals] = [whole.replace(/^0+/, ""), decimals.replace(/0+$/, "")];
  return { number: decimals ? `${whole || "0"}.${decimals}` : whole || "0" };
}

/** Grams as kilograms for reading: 420500 → “420.5”; never rounded. */
export function kilograms(grams) {
  const whole = Math.trunc(grams / 1000);
  const rest = String(grams % 1000).padStart(3, "0").replace(/0+$/, "");
  const grouped = String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
  return rest ? `${grouped}.${rest}` : grouped;
}
