// The seven records: which questions, in which order, what is said about the answers, and the body that is signed (docs/adr/0008).
import { countyDay } from "./canonical.js";
import { sayDay } from "./dom.js";
import { LATE_DAYS, daysBetween, judgeDensity, judgeYield, nthUse, offList, safetyInterval, tooSoon, youngTrees } from "./judge.js";
import { gramsOf, knownSprays, rangeOf, seasonGrams } from "./pack.js";
import { kilograms } from "./weight.js";
import { t } from "./words.js";

const PLOT = { key: "plot", control: "plot", ask: "ask_plot" };
const DAY = { key: "on", control: "day", ask: "ask_day" };
const NOTE = { key: "note", control: "words", ask: "ask_note", optional: true, voice: true, most: 500, ready: ["note_rain", "note_hot", "note_wind"] };
const PHOTOS = { key: "photos", control: "photos", ask: "ask_photos", optional: true };

const names = (list) => (ctx) => ctx.pack.lists?.[list] ?? [];
const OPERATOR = { key: "operator", control: "pick", ask: "ask_operator", optional: true, free: "type_name", icon: "user", from: (ctx) => ctx.pack.people.map((person) => person.name ?? person) };
const REG_NO = { key: "reg_no", control: "pick", ask: "ask_reg_no", free: "type_reg_no", from: () => [], when: (values) => values.product && !values.listed };
const DEALER = { key: "dealer", control: "pick", ask: "ask_dealer", optional: true, free: "type_dealer", icon: "building-store", from: names("dealers") };

const PARTS = [["fruit", "part_fruit", "apple"], ["leaf", "part_leaf", "leaf"], ["flower", "part_flower", "flower"]];
const DESTINATIONS = [["plant", "to_plant", "building-factory"], ["fresh", "to_fresh", "building-store"], ["store", "to_store", "package"], ["own", "to_own", "home"]];
const SPRAY_METHODS = [["spray", "method_spray", "spray"], ["drone", "method_drone"], ["drench", "method_drench"], ["trunk", "method_trunk"], ["smoke", "method_smoke"], ["bait", "method_bait"]];
const FEED_METHODS = [["hole", "method_hole"], ["furrow", "method_furrow"], ["spread", "method_spread"], ["drip", "method_drip"], ["leaf", "method_leaf", "leaf"]];
const FERTILISERS = [
  ["manure", "fert_manure"], ["organic", "fert_organic"], ["compound", "fert_compound"], ["nitrogen", "fert_nitrogen"], ["phosphate", "fert_phosphate"], ["potash", "fert_potash"], ["microbial", "fert_microbial"],
  ["foliar", "fert_foliar"], ["other", "fert_other"],
];
const WEATHER = [["clear", "weather_clear", "sun"], ["cloudy", "weather_cloudy"], ["overcast", "weather_overcast"], ["drizzle", "weather_drizzle"], ["windy", "weather_windy"]];
const TENDING = [["irrigate", "tend_irrigate"], ["prune", "tend_prune", "scissors"], ["weed", "tend_weed"], ["intercrop", "tend_intercrop"], ["soil", "tend_soil", "shovel"], ["replant", "tend_replant", "seedling"], ["other", "tend_other"]];
const MODES = [["container", "mode_container", "package"], ["bare_root", "mode_bare_root", "plant-2"], ["root_ball", "mode_root_ball"], ["sowing", "mode_sowing", "seedling"]];
const SPACINGS = ["3×3", "3×4", "4×4", "2×3", "1×3"];
const SEVERITY = [["none", "severity_none", null, "severity_none_hint"], ["light", "severity_light", null, "severity_light_hint"], ["medium", "severity_medium", null, "severity_medium_hint"], ["heavy", "severity_heavy", null, "severity_heavy_hint"]];

const activity = (name, keys) => (values) => ({ kind: "activity.record", body: { activity: name, ...chosen(values, ["plot", "on", ...keys, "note", "late_reason"]), ...pictures(values) } });
const chosen = (values, keys) => Object.fromEntries(keys.filter((key) => ![undefined, null, ""].includes(values[key])).map((key) => [key, values[key]]));
const pictures = (values) => {
  const photos = [...values.photos ?? [], ...values.voices ?? []];
  return photos.length ? { photos } : {};
};

/** What hangs on a record, apart again: {photos, voices}. */
export const apart = (photos = []) => ({ photos: photos.filter((one) => one.kind !== "voice"), voices: photos.filter((one) => one.kind === "voice") });

export const FORMS = {
  harvest: {
    icon: "basket", start: { part: "fruit", unit: "公斤" },
    steps: [
      PLOT, { key: "part", control: "choice", ask: "ask_part", options: PARTS }, DAY, { key: "containers", control: "containers", ask: "ask_weight" },
      { key: "pickers", control: "number", ask: "ask_pickers", whole: true, optional: true, unit: "people_unit" }, { key: "destination", control: "choice", ask: "ask_destination", optional: true, options: DESTINATIONS },
      PHOTOS, NOTE,
    ],
    warnings: harvestWarnings,
    body: (values) => ({ kind: "harvest.record", body: { ...chosen(values, ["plot", "part", "on", "destination", "yield_reason", "late_reason", "note"]), ...weights(values), ...pickers(values), ...pictures(values) } }),
    values: (body) => ({ ...body, unit: body.unit ?? "公斤", containers: body.containers ?? [{ gross: body.quantity, tare: "", damage: "" }], pickers: body.pickers === undefined ? undefined : String(body.pickers) }),
  },
  spray: {
    icon: "spray",
    steps: [
      PLOT, { key: "product", control: "product", ask: "ask_product" }, REG_NO, { key: "pest", control: "pick", ask: "ask_pest", recent: "pests", icon: "bug", from: names("pests") },
      { key: "method", control: "choice", ask: "ask_method", options: SPRAY_METHODS },
      { key: "dose", control: "number", ask: "ask_dose", units: ["克/亩", "毫升/亩", "倍"] }, { key: "area", control: "number", ask: "ask_area", unit: "亩", suggest: (ctx) => plotOf(ctx)?.area_mu },
      DAY, { key: "weather", control: "choice", ask: "ask_weather", options: WEATHER }, { ...OPERATOR, optional: false }, { ...DEALER, optional: false }, PHOTOS, NOTE,
    ],
    warnings: sprayWarnings,
    body: activity("spray", ["product", "reg_no", "label_code", "pest", "method", "dose", "dose_unit", "area", "weather", "operator", "dealer", "basis", "basis_doc", "basis_reason"]),
  },
  fertilise: {
    icon: "seedling",
    steps: [
      PLOT, { key: "fertiliser", control: "choice", ask: "ask_fertiliser_type", options: FERTILISERS }, { key: "product", control: "pick", ask: "ask_fertiliser", recent: "products", icon: "package", from: names("fertilisers") },
      { key: "quantity", control: "number", ask: "ask_amount", units: ["公斤", "斤"], unitKey: "unit" }, { key: "method", control: "choice", ask: "ask_method", options: FEED_METHODS }, DAY, { ...DEALER, optional: false }, PHOTOS, NOTE,
    ],
    warnings: fertiliseWarnings, body: activity("fertilise", ["fertiliser", "product", "quantity", "unit", "method", "dealer"]),
  },
  tend: {
    icon: "scissors", steps: [PLOT, { key: "work", control: "choice", ask: "ask_tend", options: TENDING }, DAY, PHOTOS, NOTE], warnings: lateWarning, body: activity("tend", ["work"]),
  },
  scout: {
    icon: "bug",
    steps: [PLOT, { key: "pest", control: "pick", ask: "ask_pest_seen", recent: "pests", icon: "bug", from: names("pests") }, { key: "severity", control: "choice", ask: "ask_severity", options: SEVERITY }, DAY, PHOTOS, NOTE],
    warnings: lateWarning, body: activity("scout", ["pest", "severity"]),
  },
  planting: {
    icon: "plant-2",
    steps: [
      PLOT, { key: "dispatch", control: "pick", ask: "ask_dispatch", free: "type_source", icon: "file-certificate", from: (ctx) => (ctx.pack.seedlings ?? []).map((one) => one.code), hints: seedlingHints },
      { key: "count", control: "number", ask: "ask_count", whole: true, unit: "trees_unit" }, { key: "spacing", control: "pick", ask: "ask_spacing", free: "type_spacing", from: () => SPACINGS },
      { key: "mode", control: "choice", ask: "ask_mode", options: MODES }, { key: "area", control: "number", ask: "ask_planted_area", unit: "亩", suggest: (ctx) => plotOf(ctx)?.area_mu }, DAY, PHOTOS, NOTE,
    ],
    warnings: plantingWarnings, body: planted, values: (body) => ({ ...body, dispatch: body.dispatch ?? body.source, count: String(body.count) }),
  },
  stop_use: {
    icon: "hand-stop", steps: [PLOT, { key: "product", control: "product", ask: "ask_stopped" }, DAY, NOTE], warnings: lateWarning, body: activity("stop_use", ["product", "reg_no"]),
  },
};

const plotOf = ({ pack, values }) => pack.plots.find((plot) => plot.code === values.plot);

/** One plain container is sent as a quantity, so that it reads as it was typed; several as they stood on the scales. */
function weights({ containers: list, unit }) {
  const plain = list.length === 1 && !list[0].tare && !list[0].damage;
  if (plain) return { quantity: list[0].gross, unit };
  const typed = (text) => (/[0-9.]$/.test(text) && unit !== "公斤" ? `${text}${unit}` : text);
  return { containers: list.map((one) => Object.fromEntries(Object.entries(one).filter(([, text]) => text).map(([name, text]) => [name, typed(text)]))), unit };
}
const pickers = (values) => (values.pickers ? { pickers: Number(values.pickers) } : {});

/** What stands in the list of dispatches goes as such; anything typed is where the seedlings come from. */
function planted(values) {
  const { kind, body } = activity("planting", ["spacing", "mode", "area", "density_reason"])(values);
  const origin = isDispatch(values.dispatch) ? { dispatch: values.dispatch } : { source: values.dispatch };
  return { kind, body: { ...body, ...origin, count: Number(values.count) } };
}
const isDispatch = (text) => /^MC[0-9]{2}-[0-9]+$/.test(text ?? "");

function seedlingHints(ctx) {
  return Object.fromEntries((ctx.pack.seedlings ?? []).map((one) => [one.code, `${one.name} · ${t("seedlings_hint", { count: one.count, nursery: one.nursery, day: sayDay(one.on) })}`]));
}

function plantingWarnings(ctx) {
  const { values, pack } = ctx;
  const [plot, found] = [plotOf(ctx), lateWarning(ctx)];
  const sent = pack.seedlings?.find((one) => one.code === values.dispatch);
  if (!isDispatch(values.dispatch)) found.push({ words: t("no_dispatch") });
  if (sent && plot && sent.taxon !== plot.taxon) found.push({ words: t("dispatch_other_tree"), stop: true });
  if (sent && Number(values.count) > sent.count) found.push({ words: t("dispatch_fewer", { count: sent.count }), stop: true });
  if (sent && values.on < sent.on) found.push({ words: t("dispatch_later", { day: sayDay(sent.on) }), stop: true });
  if (!plot || !(Number(values.area) > 0)) return found;
  const range = rangeOf(pack, plot, "density");
  const { density, over } = judgeDensity(Number(values.count), Number(values.area), range);
  if (over === "hard") found.push({ words: t("density_hard", { density, most: range.hard }), stop: true });
  if (over === "odd") found.push({ words: t("density_odd", { density, low: range.low, high: range.high }), reason: "density_reason" });
  return found;
}

function fertiliseWarnings(ctx) {
  const { values, pack } = ctx;
  const [found, list] = [lateWarning(ctx), pack.organic_fertilisers];
  const allowed = list?.names.includes((values.product ?? "").replace(/\s/g, "")) || list?.kinds.includes(values.fertiliser);
  if (list && offList(plotOf(ctx)?.management, allowed)) found.push({ words: t("p9") });
  return found;
}

function lateWarning({ values }) {
  const late = daysBetween(values.on, countyDay());
  if (late > LATE_DAYS) return [{ words: t("late_reason_needed", { days: late }), reason: "late_reason" }];
  return late > 1 ? [{ words: t("late_marked", { days: late }) }] : [];
}

async function harvestWarnings(ctx) {
  const { values, pack } = ctx;
  const plot = plotOf(ctx);
  const found = lateWarning(ctx);
  if (!plot || !values.containers?.length) return found;
  const interval = safetyInterval(await knownSprays(), values.plot, values.on);
  if (interval) found.unshift({ words: t("p8", { day: sayDay(interval.on), phi: interval.phi_days, days: interval.days, earliest: sayDay(interval.earliest) }) });
  const { high, hard } = rangeOf(pack, plot, `${values.part}_yield`);
  const season = await seasonGrams(plot, values.part, values.on) + gramsOf(values);
  const { perMu, over } = judgeYield(season, plot.area_m2, high, hard);
  if (over === "hard") found.push({ words: t("yield_refused", { kg: thousands(perMu), hard: thousands(hard) }), stop: true });
  if (over === "high") found.push({ words: t("yield_high", { kg: thousands(perMu), high: thousands(high) }), reason: "yield_reason" });
  const { low, high: bearing } = rangeOf(pack, plot, "bearing_age");
  const young = values.part === "fruit" && youngTrees(plot.planted_on, values.on, low);
  if (outOfSeason(pack.windows?.[values.part], values.on)) found.push({ words: t("out_of_season") });
  if (young) found.push({ words: t("young_trees", { ...young, low, high: bearing }) });
  return found;
}
function outOfSeason(window, on) {
  if (!window) return false;
  const day = (month, date) => month * 100 + date;
  const picked = day(Number(on.slice(5, 7)), Number(on.slice(8)));
  return picked < day(...window[0]) || picked > day(...window[1]);
}
const thousands = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");

const BASES = ["provincial_temporary", "none"];

/** P6, P7 and P9 as the platform will say them; the record that is being changed does not count against itself. */
async function historyWarnings({ values, pack, draft }, known) {
  const found = [];
  const own = draft?.correcting ? draft.before : null;
  const others = (await knownSprays()).filter((one) => !one.op || ![draft?.editing, draft?.replaces].includes(one.op));
  const at = own ? others.findIndex((one) => one.plot === own.plot && one.reg_no === own.reg_no && one.on === own.on) : -1;
  const sprays = others.filter((_, n) => n !== at);
  const nth = nthUse(sprays, values, known.max_times);
  if (nth) found.push({ words: t("p6", { nth, most: known.max_times }) });
  const soon = tooSoon(sprays, values, (known.actives || "").split("、").filter(Boolean), known.interval_days);
  if (soon) found.push({ words: t("p7", { ...soon, day: sayDay(soon.on), wanted: known.interval_days }) });
  if (known.organic !== undefined && offList(plotOf({ pack, values })?.management, known.organic)) found.push({ words: t("p9") });
  return found;
}

async function sprayWarnings(ctx) {
  const { values, pack } = ctx;
  const found = lateWarning(ctx);
  const known = pack.pesticides.find((one) => one.reg_no === values.reg_no);
  if (!known && pack.pesticides.length) found.push({ words: t("p1_unknown", { product: values.product ?? "" }) });
  if (known?.banned) found.unshift({ words: t("p3", { active: known.banned }) });
  if (known && known.covers === false) found.push({ words: t("p4"), reason: "basis", options: BASES.map((value) => [value, t(`basis_${value}`)]), detail: { provincial_temporary: "basis_doc", none: "basis_reason" } });
  const most = known?.dose_high && known.dose_unit === values.dose_unit ? Number(known.dose_high) : 0;
  if (most && Number(values.dose) > most) found.push({ words: t("p5", { dose: `${values.dose} ${values.dose_unit}`, most: `${known.dose_high} ${known.dose_unit}` }) });
  if (known) found.push(...await historyWarnings(ctx, known));
  if (known && known.phi_days !== null && known.phi_days !== undefined) found.push({ words: t("phi_told", { days: known.phi_days }), info: true });
  return found;
}

/** The word for a question on the check page. */
export const labelOf = (step) => t(`what_${step.key}`, {}, t(step.ask));

/** An answer as it is read: words for choices, units beside numbers, sums for scales. */
export function shown(step, values, ctx) {
  const value = values[step.key];
  if (step.control === "containers") return value?.length ? t("weights_shown", { count: value.length, kg: kilograms(gramsOf(values)) }) : "";
  if (step.control === "photos") return value?.length ? t("photos_shown", { count: value.length }) : "";
  const spoken = step.voice && values.voices?.length ? t("voice_shown", { seconds: values.voices.reduce((sum, one) => sum + one.seconds, 0) }) : "";
  if (spoken) return [value, spoken].filter(Boolean).join(" · ");
  if (value === undefined || value === null || value === "") return "";
  if (step.control === "plot") {
    const plot = ctx.pack.plots.find((one) => one.code === value);
    return plot?.name ? `${plot.name} · ${value.slice(-4)}` : value;
  }
  if (step.control === "day") return sayDay(value);
  if (step.control === "choice") return t(step.options.find(([key]) => key === value)?.[1] ?? "", {}, String(value));
  if (step.control === "number") return `${value} ${step.units ? t(values[step.unitKey ?? `${step.key}_unit`], {}, values[step.unitKey ?? `${step.key}_unit`]) : step.unit ? t(step.unit, {}, step.unit) : ""}`.trim();
  return String(value);
}

/** Every field a body may carry, in reading order, with its question (for the queue and for conflicts). */
export function fieldsOf(body, kind, ctx) {
  const form = FORMS[kind === "harvest.record" ? "harvest" : body.activity];
  if (!form) return [];
  const values = { ...form.values ? form.values(body) : body, ...apart(body.photos) };
  return form.steps.map((step) => [labelOf(step), shown(step, values, { ...ctx, values })]).filter(([, words]) => words);
}

const OPTIONS = new Map(Object.values(FORMS).flatMap((form) => form.steps).filter((step) => Array.isArray(step.options)).map((step) => [step.key, []]));
for (const form of Object.values(FORMS)) for (const step of form.steps) if (OPTIONS.has(step.key)) OPTIONS.get(step.key).push(...step.options);

/** One field of a record as the platform keeps it, in words: choices by their name, figures with their unit. */
export function wordOf(name, values) {
  const value = values[name];
  if (value === undefined || value === null || value === "") return "";
  if (name === "on") return sayDay(value);
  if (name === "area_m2") return `${(value * 15 / 10_000).toFixed(2)} ${t("亩")}`;
  if (name === "dose") return `${value} ${t(values.dose_unit ?? "", {}, values.dose_unit ?? "")}`;
  if (name === "quantity") return `${value} ${t(values.unit ?? "公斤", {}, values.unit ?? "公斤")}`;
  if (Array.isArray(value)) return value.join("、");
  return t(OPTIONS.get(name)?.find(([key]) => key === value)?.[1] ?? "", {}, String(value));
}
