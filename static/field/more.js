// Everything that is not recording: looks, language, the phone, a lost PIN, who is here.
import { applyLooks, draw, go, screen } from "./app.js";
import { button, confirmBox, dayAndTime, facts, h, icon, note } from "./dom.js";
import { summary } from "./ops.js";
import { pack, refreshPack } from "./pack.js";
import { canInstall, install, isInstalled, storageState } from "./phone.js";
import { NoAnswer, lock, session } from "./session.js";
import { keepSetting, setting } from "./store.js";
import { choose, say, t } from "./words.js";

async function switcher(name, label, options, otherwise) {
  const now = name === "language" ? say() : await setting(name, otherwise);
  const set = async (value) => {
    await keepSetting(name, value);
    if (name === "language") choose(value);
    await applyLooks();
    await draw();
  };
  return h("fieldset", { class: "switch" }, h("legend", {}, label), h("div", {}, options.map(([value, words, sign]) => h("button", { type: "button", "aria-pressed": now === value ? "true" : "false", onclick: () => set(value) }, sign && icon(sign), words))));
}

screen("more", async () => {
  const known = await pack();
  const { profile } = session;
  const said = h("div", { class: "said", role: "status" });
  const fresh = async () => {
    try {
      await refreshPack(null, true);
      await draw();
    } catch (error) {
      said.replaceChildren(note(error instanceof NoAnswer ? t("sync_no_answer") : error.message, "stop"));
    }
  };
  const link = (href, sign, words) => h("li", {}, h("a", { class: "choice", href }, icon(sign), h("span", {}, h("b", {}, words)), icon("chevron-right")));
  return {
    title: t("tab_more"), tab: "more",
    body: [
      h("ul", { class: "choices" }, link("#/history", "history", t("history_title")), link("#/export", "share", t("export_title")), link("#/import", "download", t("import_title"))),
      await switcher("text", t("text_size"), [["normal", t("text_normal")], ["large", t("text_large"), "text-size"]], "normal"),
      await switcher("theme", t("theme"), [["auto", t("theme_auto")], ["light", t("theme_light"), "sun"], ["dark", t("theme_dark"), "moon"]], "auto"),
      await switcher("language", t("language"), [["zh", "中文"], ["en", "English"]], "zh"),
      h("h2", {}, t("this_phone")),
      facts([[t("person"), known.person?.name ?? profile.id], [t("cooperative"), known.person?.party || "—"], [t("phone_name"), profile.deviceName], [t("pack_from"), known.fetchedAt ? dayAndTime(known.fetchedAt) : "—"],
        [t("plots_known"), String(known.plots.length)], [t("storage"), t(storageState.persisted ? "storage_kept" : "storage_may_go")]]),
      said, h("div", { class: "stacked" }, button(t("pack_refresh"), fresh, { icon: "refresh" }), !isInstalled() && canInstall() && button(t("install"), install, { icon: "download", kind: "primary" }), button(t("lock_now"), leave, { icon: "lock" })),
    ],
  };
});

async function leave() {
  const { waiting } = await summary();
  lock();
  if (waiting) await confirmBox(t("locked"), t("locked_waiting", { count: waiting }), t("understood"));
  go("welcome");
}

screen("revoked", async () => {
  const { waiting, held, refused } = await summary();
  return {
    title: t("revoked_title"),
    body: [note(t("revoked_words"), "stop"), waiting ? note(t("revoked_waiting", { count: waiting }), "todo") : h("p", {}, t("revoked_nothing")), held + refused ? h("p", { class: "hint" }, t("revoked_rest")) : null],
    actions: [button(t("lock_now"), leave, { icon: "lock" }), waiting ? button(t("export"), () => go("export"), { kind: "primary", icon: "share" }) : null].filter(Boolean),
  };
});
