// Coming in: first time with a network and a password, afterwards with a PIN and nothing else.
import { draw, go, screen } from "./app.js";
import { button, confirmBox, h, icon, keypad, note } from "./dom.js";
import { syncNow } from "./engine.js";
import { summary } from "./ops.js";
import { refreshPack } from "./pack.js";
import { isWeChat, keepStorage, phoneName } from "./phone.js";
import { NoAnswer, askToken, enrol, forget, lock, profiles, registerDevice, session, unlock } from "./session.js";
import { setting } from "./store.js";
import { FREE_TRIES, PIN_LENGTH } from "./vault.js";
import { t } from "./words.js";

const TOO_EASY = /^(\d)\1+$|^(?:0123456789|9876543210)$|^012345$|^123456$|^234567$|^345678$|^456789$|^654321$/;

screen("welcome", async () => {
  if (isWeChat()) return { title: t("app_short"), body: [logo(), note(t("wechat_open"), "stop"), h("p", { class: "hint" }, t("wechat_how"))] };
  const known = await profiles();
  if (!known.length) return startScreen("");
  const last = await setting("last");
  if (known.length === 1) return unlockScreen(known[0].id);
  known.sort((a, b) => (b.id === last) - (a.id === last));
  return {
    title: t("who_are_you"), body: [logo(), h("ul", { class: "choices" }, known.map((one) => h("li", {}, h("a", { class: "choice", href: `#/unlock/${encodeURIComponent(one.id)}` }, icon("user-circle"), h("span", {}, h("b", {}, one.name)), icon("chevron-right")))))],
    actions: [button(t("other_person"), () => go("start"), { icon: "user-plus" })],
  };
});

const logo = () => h("div", { class: "logo" }, h("img", { src: "/static/field/icon.svg", alt: "", width: 72, height: 72 }), h("p", {}, t("app_name")));

screen("start", (username = "") => startScreen(username));

async function startScreen(username) {
  const again = session.profile && session.profile.id === username;
  const said = h("div", { class: "said" });
  const name = h("input", { id: "username", autocomplete: "username", autocapitalize: "none", value: username, readonly: again, required: true });
  const word = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const come = async () => {
    said.replaceChildren(note(t("asking"), "info"));
    try {
      const token = await askToken(name.value.trim(), word.value);
      if (again) {
        await registerDevice(token);
        syncNow({ force: true });
        return go("home");
      }
      const known = (await profiles()).find((one) => one.id === name.value.trim());
      if (known) return go("unlock", known.id);
      return choosePin(name.value.trim(), token);
    } catch (error) {
      return said.replaceChildren(note(error instanceof NoAnswer ? t("sign_in_offline") : error.message, "stop"));
    }
  };
  const form = h("form", { class: "sign", onsubmit: (event) => { event.preventDefault(); come(); } }, h("label", { for: "username" }, t("username")), name, h("label", { for: "password" }, t("password")), word, h("button", { class: "sr" }, t("sign_in")));
  return { title: t("sign_in"), back: again ? ["home"] : (await profiles()).length ? ["welcome"] : null, body: [logo(), h("p", { class: "hint" }, t(again ? "sign_in_keeps" : "sign_in_once")), form, said], actions: [button(t("sign_in"), come, { kind: "primary big", icon: "key" })] };
}

/** Six dots that fill: resolves the PIN typed. */
function pinPad(done, label) {
  const input = h("input", { id: "pin", type: "password", inputmode: "none", autocomplete: "off", maxlength: PIN_LENGTH, "aria-label": label });
  const look = () => { if (/^\d*$/.test(input.value) && input.value.length === PIN_LENGTH) { const pin = input.value; input.value = ""; done(pin); } };
  input.addEventListener("input", look);
  return h("div", { class: "pin" }, input, keypad(input, { point: false, onchange: look }));
}

/** Show the steps of choosing a PIN in place of the sign-in form. */
function choosePin(username, token) {
  const main = document.getElementById("main");
  document.querySelector("footer.bar")?.remove();
  const said = h("div", { class: "said" });
  const show = (title, hint, done) => { main.replaceChildren(h("h2", { class: "ask" }, title), h("p", { class: "hint" }, hint), pinPad(done, title), said); document.getElementById("pin").focus(); };
  const first = () => show(t("pin_choose"), t("pin_why"), (pin) => {
    if (TOO_EASY.test(pin)) return said.replaceChildren(note(t("pin_easy"), "stop"));
    said.replaceChildren();
    return show(t("pin_again"), t("pin_again_hint"), (repeated) => {
      if (pin === repeated) return finish(pin);
      first();
      return said.replaceChildren(note(t("pin_differs"), "stop"));
    });
  });
  const finish = async (pin) => {
    main.replaceChildren(note(t("preparing"), "info"));
    try {
      await enrol(username, token, pin, phoneName());
      await keepStorage();
      await refreshPack(null, true);
      go("home");
      await draw();
      syncNow();
    } catch (error) {
      main.replaceChildren(note(error instanceof NoAnswer ? t("sign_in_offline") : error.message, "stop"), button(t("sign_in"), () => { lock(); location.reload(); }, { kind: "primary" }));
    }
  };
  first();
}

screen("unlock", (id) => unlockScreen(id));

async function unlockScreen(id) {
  const known = await profiles();
  const profile = known.find((one) => one.id === id);
  if (!profile) return startScreen("");
  const said = h("div", { class: "said", role: "status" });
  const enter = async (pin) => {
    said.replaceChildren(note(t("opening"), "info"));
    const tried = await unlock(id, pin);
    if (tried.ok) {
      keepStorage();
      go("home");
      await draw();
      return syncNow();
    }
    if (tried.wait > 0) return said.replaceChildren(note(t("pin_wait", { seconds: tried.wait }), "stop"));
    return said.replaceChildren(note(t("pin_wrong", { left: FREE_TRIES - tried.wrong }), "stop"));
  };
  const waiting = (await summary(id)).waiting;
  return {
    title: profile.name, back: known.length > 1 ? ["welcome"] : null,
    body: [logo(), h("h2", { class: "ask center" }, t("pin_enter")), waiting ? h("p", { class: "hint center" }, t("waiting_count", { count: waiting })) : null, pinPad(enter, t("pin_enter")), said,
      h("p", { class: "links" }, known.length === 1 ? h("a", { href: "#/start" }, t("other_person")) : null, h("button", { type: "button", class: "textlink", onclick: () => forgotten(profile, waiting) }, t("pin_forgotten")))],
  };
}

/** Without the PIN nobody can open the records again, not even we: they go only when the person says so and types how many. */
async function forgotten(profile, waiting) {
  const words = waiting ? [t("forget_waiting", { count: waiting }), t("forget_ask_first")] : [t("forget_nothing")];
  if (!await confirmBox(t("pin_forgotten"), words, t("forget_yes"), { danger: true, typed: waiting ? String(waiting) : "" })) return;
  await forget(profile.id);
  go("start", profile.id);
  await draw();
}
