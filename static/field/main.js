// Begin: looks, language, the service worker, the screens, the engine.
import { applyLooks, draw, watch } from "./app.js";
import "./certificate.js";
import "./conflict.js";
import "./courier.js";
import { button, note } from "./dom.js";
import "./duplicates.js";
import { runByItself } from "./engine.js";
import "./handover.js";
import "./home.js";
import "./more.js";
import "./queue.js";
import "./record.js";
import "./sign.js";
import { setting } from "./store.js";
import "./taking.js";
import { choose, t } from "./words.js";

async function begin() {
  choose(await setting("language", "zh"));
  await applyLooks();
  watch();
  await draw();
  runByItself();
  if ("serviceWorker" in navigator) serveOffline();
}

/** Keep the app on the phone; a new version is taken only when the person says so, never in the middle of a record. */
async function serveOffline() {
  const registration = await navigator.serviceWorker.register("/field/sw.js", { scope: "/field/", updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const offer = () => registration.waiting && navigator.serviceWorker.controller && offerUpdate(registration.waiting);
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  document.documentElement.dataset.ready = (await navigator.serviceWorker.ready) ? "1" : "";
}

function offerUpdate(worker) {
  const holder = document.getElementById("update");
  holder.replaceChildren(note(t("new_version"), "info", button(t("take_new_version"), () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take over");
  }, { kind: "primary" })));
}

begin().catch((error) => {
  document.getElementById("app").replaceChildren(note(t("cannot_start", { why: error.message }), "stop"));
});
