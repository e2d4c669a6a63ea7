/* Walking a boundary with the phone. Every fix stays in this phone until the walk is finished, also when the page is loaded again;
   nothing here needs the network. Fixes worse than 15 m are marked and stay out of the line unless they are set by hand. */
(function () {
  "use strict";
  var tool = window.PlotMap, rings = window.PlotRing, drawing = window.PlotDrawing;
  if (!tool || !drawing || !navigator.geolocation) { return; }
  var EVIDENCE = 15, STEP = 3, TOLERANCE = 1, WIDE_GAP = 20, KEY = "walk:" + location.pathname;
  var word = tool.word, map = drawing.map, layer = L.layerGroup().addTo(map);
  var fixes = [], watch = null, last = null, lock = null;
  var panel = tool.make("div", "map-walk"), state = tool.make("p"), accuracy = tool.make("p", "map-said"), buttons = tool.make("div", "actions");
  panel.hidden = true;
  accuracy.setAttribute("role", "status");
  [accuracy, state, buttons].forEach(function (part) { panel.appendChild(part); });
  drawing.row.parentNode.insertBefore(panel, drawing.row.nextSibling);
  drawing.row.appendChild(tool.button(word("walk"), "btn", function () { panel.hidden = false; panel.scrollIntoView({ block: "nearest" }); }));

  var go = tool.button(word("start"), "btn", function () { if (watch === null) { start(); } else { pause(); } });
  var mark = tool.button(word("point"), "btn", function () { if (last) { add(last, true); } });
  var finish = tool.button(word("finish"), "btn", end);
  var drop = tool.button(word("discard"), "btn quiet", function () { pause(); fixes = []; keep(); show(); panel.hidden = true; });
  [go, mark, finish, drop].forEach(function (one) { buttons.appendChild(one); });

  function keep() {
    try {
      if (fixes.length) { localStorage.setItem(KEY, JSON.stringify(fixes)); } else { localStorage.removeItem(KEY); }
    } catch (error) { /* a browser that keeps nothing still walks */ }
  }
  function line() { return fixes.filter(function (fix) { return fix.used; }); }
  function start() {
    say(word("waiting"));
    watch = navigator.geolocation.watchPosition(fixed, function () { say(word("no_place"), true); }, { enableHighAccuracy: true, maximumAge: 0, timeout: 30000 });
    if (navigator.wakeLock) { navigator.wakeLock.request("screen").then(function (held) { lock = held; }).catch(function () { /* the screen may sleep */ }); }
    show();
  }
  function pause() {
    if (watch !== null) { navigator.geolocation.clearWatch(watch); }
    watch = null;
    if (lock) { lock.release(); lock = null; }
    show();
  }
  function say(text, stop) {
    accuracy.textContent = text;
    accuracy.className = stop ? "map-said stop" : "map-said";
  }
  function fixed(position) {
    var place = position.coords;
    last = { lat: place.latitude, lng: place.longitude, m: Math.ceil(place.accuracy), t: position.timestamp };
    say(word(last.m > EVIDENCE ? "inexact" : "exact", { m: last.m }), last.m > EVIDENCE);
    var before = fixes.length ? fixes[fixes.length - 1] : null;
    if (!before || rings.distance(before, last) >= STEP) { add(last, false); }
  }
  function add(fix, byHand) {
    fixes.push({ lat: fix.lat, lng: fix.lng, m: fix.m, t: fix.t, used: byHand || fix.m <= EVIDENCE });
    keep();
    show();
  }
  function show() {
    var track = line(), gap = track.length ? rings.distance(track[0], track[track.length - 1]) : 0;
    state.textContent = word("walked", { n: track.length, m: Math.round(rings.length(track)), gap: Math.round(gap) });
    go.textContent = word(watch !== null ? "pause" : fixes.length ? "resume" : "start");
    mark.disabled = watch === null;
    finish.disabled = drop.disabled = !fixes.length;
    panel.setAttribute("data-fixes", String(fixes.length));
    layer.clearLayers();
    L.polyline(track, { color: "#1d5683", weight: 3, interactive: false }).addTo(layer);
    fixes.forEach(function (fix) {
      var bad = fix.m > EVIDENCE;
      L.circleMarker(fix, { radius: bad ? 6 : 3, color: bad ? "#a3301d" : "#1d5683", fillOpacity: bad ? 0 : 1, dashArray: bad ? "2 3" : null, interactive: false }).addTo(layer);
    });
    if (watch !== null && track.length) { map.setView(track[track.length - 1], Math.max(map.getZoom(), 17), { animate: false }); }
  }
  function end() {
    var track = rings.opened(line()), ring = rings.simplified(track, TOLERANCE);
    if (ring.length < 3) { say(word("too_few"), true); return; }
    if (rings.crosses(ring)) { say(word("crossing"), true); return; }
    var gap = rings.distance(track[0], track[track.length - 1]);
    var worst = Math.max.apply(null, track.map(function (fix) { return fix.m; }));
    pause();
    drawing.take({ points: ring.map(function (fix) { return L.latLng(fix.lat, fix.lng); }) }, "walked", worst);
    fixes = [];
    keep();
    show();
    say(gap > WIDE_GAP ? word("wide_gap", { gap: Math.round(gap) }) : worst > EVIDENCE ? word("inexact", { m: worst }) : word("finished"), gap > WIDE_GAP || worst > EVIDENCE);
  }

  try { fixes = JSON.parse(localStorage.getItem(KEY) || "[]"); } catch (error) { fixes = []; }
  show();
  if (fixes.length) {
    panel.hidden = false;
    say(word("kept"));
    map.fitBounds(L.latLngBounds(fixes).pad(0.5), { maxZoom: 18 });
  }
})();
