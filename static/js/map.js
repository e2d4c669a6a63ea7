/* What all maps share: the words of the page, a plain map, the register drawn into it. Works from the page's own address only. */
(function () {
  "use strict";
  var page = document.getElementById("map-words");
  if (!page) { return; }
  var words = JSON.parse(page.getAttribute("data-words"));
  var STYLES = {
    ok: { color: "#1f6b41", weight: 2, fillOpacity: 0.3 },
    todo: { color: "#8a5a00", weight: 2, dashArray: "7 4", fillOpacity: 0.22 },
    stop: { color: "#a3301d", weight: 2, dashArray: "2 4", fillOpacity: 0.18 }
  };

  function word(key, values) {
    return words[key].replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }
  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text) { element.textContent = text; }
    return element;
  }
  function button(label, className, call) {
    var element = make("button", className || "btn", label);
    element.type = "button";
    element.addEventListener("click", call);
    return element;
  }
  function post(address, values) {
    var body = new FormData();
    Object.keys(values).forEach(function (name) { body.append(name, values[name]); });
    body.append("csrf_token", (document.querySelector("[name=csrf_token]") || {}).value || "");
    return fetch(address, { method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "same-origin" });
  }

  function create(element) {
    element.textContent = "";
    var map = L.map(element, { preferCanvas: true, zoomSnap: 0.5, maxZoom: 21, attributionControl: false, zoomControl: false });
    L.control.zoom({ zoomInTitle: word("closer"), zoomOutTitle: word("farther") }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    var tiles = page.getAttribute("data-tiles");
    if (tiles) {
      L.control.attribution({ prefix: false }).addTo(map);
      L.tileLayer(tiles, { maxZoom: 21, maxNativeZoom: 18, attribution: page.getAttribute("data-attribution") }).addTo(map);
    }
    map.getContainer().setAttribute("tabindex", "0");
    var box = (element.getAttribute("data-box") || "112.1,26.52,113.17,27").split(",").map(Number);
    map.fitBounds([[box[1], box[0]], [box[3], box[2]]]);
    return map;
  }
  function addOutline(map) {
    fetch(page.getAttribute("data-outline")).then(function (answer) { return answer.json(); }).then(function (outline) {
      L.geoJSON(outline, { interactive: false, style: { color: "#8a8f80", weight: 1.5, dashArray: "6 5", fill: false } }).addTo(map).bringToBack();
    }).catch(function () { /* only for orientation */ });
  }

  /* Asks for what lies in the window whenever it moves, and hands over the newest answer only. */
  function follow(map, source, call, failed) {
    var asked = 0, timer = null;
    function ask() {
      var number = asked += 1, bounds = map.getBounds();
      var address = source + (source.indexOf("?") < 0 ? "?" : "&") + "bbox=" + bounds.toBBoxString() + "&zoom=" + Math.round(map.getZoom());
      fetch(address, { credentials: "same-origin" }).then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      }).then(function (data) { if (number === asked) { call(data); } }).catch(function () { if (failed && number === asked) { failed(); } });
    }
    map.on("moveend", function () { clearTimeout(timer); timer = setTimeout(ask, 150); });
    ask();
  }
  function addClusters(layer, clusters, map) {
    clusters.forEach(function (one) {
      var side = Math.round(30 + 10 * Math.min(3, Math.log(one.count) / Math.LN10));
      var icon = L.divIcon({ className: "map-count", html: String(one.count), iconSize: [side, side] });
      var mark = L.marker(one.at, { icon: icon, title: word("mu", { mu: one.area_mu }), keyboard: true }).addTo(layer);
      mark.on("click keypress", function () { map.fitBounds([[one.box[1], one.box[0]], [one.box[3], one.box[2]]], { maxZoom: 18 }); });
    });
  }

  window.PlotMap = {
    page: page, word: word, make: make, button: button, post: post, create: create, addOutline: addOutline, follow: follow,
    addClusters: addClusters, STYLES: STYLES
  };

  Array.prototype.forEach.call(document.querySelectorAll("[data-map=one]"), function (element) {
    var map = create(element);
    var shape = L.geoJSON(JSON.parse(element.getAttribute("data-geometry")), { style: STYLES.ok }).addTo(map);
    map.fitBounds(shape.getBounds().pad(0.3));
  });
})();
