// The service worker of the field app. The door puts `self.SHELL = {version, page, files}` in front of this text (trace/field/app_views.py).
// The shell is cached whole under the name of its version and served from there first; the interface (/api/) is never touched.
const CACHE = `loquat-shell-${self.SHELL.version}`;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(self.SHELL.files.map((file) => new Request(file, { cache: "reload", credentials: "omit" })));
    if (!self.registration.active) await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("loquat-shell-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin || address.pathname.startsWith("/api/")) return;
  const page = event.request.mode === "navigate" && address.pathname === self.SHELL.page;
  if (!page && !self.SHELL.files.includes(address.pathname)) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    return await cache.match(page ? self.SHELL.page : address.pathname) ?? fetch(event.request);
  })());
});
