// Reading QR symbols with the camera: the browser's own reader where it has one, jsQR otherwise, typing where there is no camera.
import { button, h, note } from "./dom.js";
import { t } from "./words.js";

/** Show the camera until a symbol is accepted or the person gives up; resolves with its text or null. `accept` may refuse a text, or answer words to show while more symbols are wanted. */
export function scanQr(title, accept = () => true) {
  return new Promise((resolve) => {
    const video = h("video", { playsinline: true, muted: true });
    const said = h("div", { role: "status" }, t("scan_hold_still"));
    let stream = null;
    let over = false;
    const end = (result) => {
      if (over) return;
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
      box.close();
      box.remove();
      resolve(result);
    };
    const box = h("dialog", { class: "box scan", "aria-labelledby": "scan-title" }, h("h2", { id: "scan-title" }, title), video, said, button(t("cancel"), () => end(null), { kind: "quiet" }));
    box.addEventListener("cancel", () => end(null));
    document.body.append(box);
    box.showModal();
    start(video).then(async (opened) => {
      stream = opened;
      if (over) return stream.getTracks().forEach((track) => track.stop());
      const read = await reader(video);
      while (!over) {
        const found = await read();
        const verdict = found && await accept(found);
        if (verdict && typeof verdict !== "string") return end(found);
        if (found) said.textContent = verdict || t("scan_other");
        await new Promise((next) => { setTimeout(next, 120); });
      }
    }).catch(() => said.replaceChildren(note(t("scan_no_camera"), "todo")));
  });
}

async function start(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  await video.play();
  return stream;
}

async function reader(video) {
  if (typeof BarcodeDetector !== "undefined" && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  return slowReader(video);
}

/** jsQR on frames no larger than 640 px: about 30 ms each on a cheap phone. */
async function slowReader(video) {
  await import("/static/vendor/jsqr-1.4.0/jsQR.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const scale = Math.min(1, 640 / Math.max(1, video.videoWidth));
    [canvas.width, canvas.height] = [Math.max(1, video.videoWidth * scale), Math.max(1, video.videoHeight * scale)];
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return self.jsQR(data, width, height)?.data ?? null;
  };
}

/** A symbol in a picture file (for phones whose camera opens only as an app, and for tests). */
export async function qrOfPicture(file) {
  await import("/static/vendor/jsqr-1.4.0/jsQR.js");
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, 1200 / Math.max(picture.width, picture.height));
  [canvas.width, canvas.height] = [picture.width * scale, picture.height * scale];
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return self.jsQR(data, width, height)?.data ?? null;
}
