/* The plot map: no tiles, only registered boundaries; a few clicks draw a new one. */
(function () {
  "use strict";
  var COLOURS = { survived: "#1f6f43", established: "#1f6f43", bearing: "#1f6f43", failed: "#a8321f", lost: "#a8321f" };
  function colour(state) { return COLOURS[state] || "#b07a10"; }
  Array.prototype.forEach.call(document.querySelectorAll("[data-map]"), function (element) {
    var mode = element.getAttribute("data-map");
    var map = L.map(element, { attributionControl: false, preferCanvas: true, zoomSnap: 0.25 });
    L.control.scale({ imperial: false }).addTo(map);
    var box = (element.getAttribute("data-box") || "112.1,26.52,113.17,27").split(",").map(Number);
    map.fitBounds([[box[1], box[0]], [box[3], box[2]]]);
    if (mode === "one") {
      var shape = L.geoJSON(JSON.parse(element.getAttribute("data-geometry")), { style: { color: "#1f6f43", weight: 3 } }).addTo(map);
      map.fitBounds(shape.getBounds().pad(0.3));
      return;
    }
    fetch(element.getAttribute("data-source")).then(function (answer) { return answer.json(); }).then(function (data) {
      var layer = L.geoJSON(data, {
        style: function (feature) { return { color: colour(feature.properties.state), weight: 1.5, fillOpacity: 0.35 }; },
        onEachFeature: function (feature, one) {
          one.bindTooltip(document.createTextNode(feature.properties.code + " · " + feature.properties.operator).textContent);
          if (mode === "view") { one.on("click", function () { location.href = element.getAttribute("data-open") + feature.properties.code; }); }
        }
      }).addTo(map);
      if (data.features.length && !points.length) { map.fitBounds(layer.getBounds().pad(0.1)); }
    });
    var points = [];
    if (mode !== "draw") { return; }
    var target = document.getElementById(element.getAttribute("data-target"));
    var line = L.polygon([], { color: "#8a5a00", weight: 3 }).addTo(map);
    var dots = L.layerGroup().addTo(map);
    function redraw(closed) {
      line.setLatLngs(points);
      dots.clearLayers();
      points.forEach(function (p) { L.circleMarker(p, { radius: 5, color: "#8a5a00" }).addTo(dots); });
      if (closed && points.length > 2) {
        var ring = points.map(function (p) { return [Number(p.lng.toFixed(7)), Number(p.lat.toFixed(7))]; });
        ring.push(ring[0]);
        target.value = JSON.stringify({ type: "Polygon", coordinates: [ring] });
      }
    }
    map.on("click", function (event) { points.push(event.latlng); redraw(points.length > 2); });
    document.querySelector("[data-draw=close]").addEventListener("click", function () { redraw(true); });
    document.querySelector("[data-draw=undo]").addEventListener("click", function () { points.pop(); redraw(true); });
    document.querySelector("[data-draw=clear]").addEventListener("click", function () { points = []; target.value = ""; redraw(false); });
    if (target.value) {
      try {
        var kept = L.geoJSON(JSON.parse(target.value), { style: { color: "#8a5a00" } }).addTo(map);
        map.fitBounds(kept.getBounds().pad(0.5));
      } catch (error) { /* pasted text is checked by the server, which says what is wrong */ }
    }
  });
})();
