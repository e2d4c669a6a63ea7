// A spoken note: recorded with the phone's own recorder, sealed like a photo, sent in pieces after the records. Where there is no microphone there is no button.
import { localInstant } from "./canonical.js";
import { button, h, icon, note } from "./dom.js";
import { attachedUrl, keepAttached } from "./photos.js";
import { isFull } from "./store.js";
import { t } from "./words.js";

export const LONGEST_S = 60;
const BITS_PER_SECOND = 24_000;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** Can this browser record sound at all? Whether the person allows it shows when it is tried. */
export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia) && typeof MediaRecorder !== "undefined" && KINDS.some((kind) => MediaRecorder.isTypeSupported(kind));

/** The box under a note: record, stop, hear again, throw away. `draft.values.voices` holds what the record will say of it. */
export function voiceBox(ctx) {
  if (!canRecord()) return null;
  const { values } = ctx;
  values.voices ??= [];
  const box = h("div", { class: "voice" });
  let running = null;
  const idle = async () => {
    const kept = await Promise.all(values.voices.map(async (voice, n) => h("li", {}, h("audio", { controls: true, src: await attachedUrl(voice.sha256) }), h("span", {}, t("voice_seconds", { seconds: voice.seconds })),
      h("button", { type: "button", class: "remove", "aria-label": t("voice_remove"), onclick: async () => { values.voices.splice(n, 1); await ctx.save(); await idle(); } }, icon("x")))));
    box.replaceChildren(kept.length ? h("ul", { class: "voices" }, kept) : button(t("voice_record"), record, { icon: "microphone", kind: "wide" }));
  };
  const record = async () => {
    try {
      running = await begin();
    } catch {
      return ctx.said.replaceChildren(note(t("voice_not_allowed"), "todo"));
    }
    const clock = h("b", { class: "clock", role: "timer" }, "0:00");
    const ticking = setInterval(() => { clock.textContent = said(running.seconds()); }, 250);
    box.replaceChildren(h("p", { class: "recording", role: "status" }, icon("microphone"), t("voice_recording", { most: LONGEST_S }), clock), button(t("voice_stop"), () => running.stop(), { kind: "danger solid wide", icon: "check" }));
    const found = await running.ended;
    clearInterval(ticking);
    running = null;
    await keep(found);
    return idle();
  };
  const keep = async ({ blob, seconds }) => {
    if (!blob.size) return ctx.said.replaceChildren(note(t("voice_empty"), "todo"));
    try {
      const type = blob.type.split(";")[0];
      const bytes = new Uint8Array(await blob.arrayBuffer());
      values.voices.push({ ...await keepAttached(bytes, type), kind: "voice", seconds, taken_at: localInstant() });
      return await ctx.save();
    } catch (error) {
      return ctx.said.replaceChildren(note(t(isFull(error) ? "storage_full" : "voice_not_allowed"), "stop"));
    }
  };
  idle();
  return { node: box, finish: async () => { if (running) { running.stop(); await running.ended; await new Promise((rest) => setTimeout(rest, 50)); } } };
}

const said = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Begin to record: {seconds(), stop(), ended}. Ends by itself after a minute; the microphone is let go in any case. */
async function begin() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream, { mimeType: KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)), audioBitsPerSecond: BITS_PER_SECOND });
  const parts = [];
  const since = Date.now();
  const seconds = () => Math.round((Date.now() - since) / 1000);
  const stop = () => { if (recorder.state !== "inactive") recorder.stop(); };
  const ended = new Promise((resolve) => {
    recorder.ondataavailable = (event) => { if (event.data.size) parts.push(event.data); };
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      resolve({ blob: new Blob(parts, { type: recorder.mimeType }), seconds: Math.max(1, seconds()) });
    };
  });
  recorder.start(1000);
  setTimeout(stop, LONGEST_S * 1000);
  return { seconds, stop, ended };
}
