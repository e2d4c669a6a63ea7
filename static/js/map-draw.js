/* Drawing a boundary: tap to add, drag to move, half-way handles to insert, snapping to neighbours. The text field holds the truth. */
(function () {
  "use strict";
  var tool = window.PlotMap, rings = window.PlotRing;
  var element = document.querySelector("[data-map=draw]");
  if (!tool || !element) { return; }
  var word = tool.word, MOST_HANDLES = 120;
  var target = document.getElementById(element.getAttribute("data-target")), form = target.form;
  var map = tool.create(element);
  var neighbours = L.layerGroup().addTo(map), handles = L.layerGroup().addTo(map), fixed = L.layerGroup().addTo(map);
  var outline = L.polygon([], { color: "#8a5a00", weight: 3, interactive: false, fillOpacity: 0.15 }).addTo(map);
  var points = [], past = [], done = false, chosen = -1, near = [], timer = null, looked = false;
  tool.addOutline(map);

  var said = document.querySelector("[data-draw=area]") || tool.make("span", "quiet");
  var row = tool.make("div", "actions"), checked = tool.make("p", "map-said");
  checked.setAttribute("role", "status");
  checked.setAttribute("data-draw", "said");
  var remove = tool.button(word("delete"), "btn", function () { change(function () { points.splice(chosen, 1); chosen = -1; }); });
  row.appendChild(remove);
  row.appendChild(tool.button(word("here"), "btn", locate));
  var anchor = document.querySelector("[data-draw=close]").parentNode;
  anchor.parentNode.insertBefore(row, anchor.nextSibling);
  if (!said.parentNode) { row.appendChild(said); }
  row.parentNode.insertBefore(checked, row.nextSibling);

  function remember(name, value) { if (form.elements[name]) { form.elements[name].value = value; } }
  /* How the boundary was made, for the register: fields of the form, where it has them, and the map itself. */
  function made(source, accuracy) {
    element.setAttribute("data-made", source);
    element.setAttribute("data-accuracy", accuracy === undefined ? "" : String(accuracy));
    remember("source", source);
    remember("source_crs", "wgs84");
    remember("accuracy_m", accuracy === undefined ? "" : String(accuracy));
  }
  function change(work, source) {
    past.push(points.slice());
    work();
    fixed.clearLayers();
    made(source || "drawn");
    write();
  }
  function write() {
    target.value = points.length > 2 ? rings.toText(points) : "";
    target.dispatchEvent(new Event("input", { bubbles: true }));
    redraw();
    ask();
  }
  function handle(at, className, size) {
    return L.marker(at, { icon: L.divIcon({ className: "map-handle " + className, iconSize: [size, size] }), draggable: true, keyboard: false, autoPan: true }).addTo(handles);
  }
  function snap(at, event) { return event && event.originalEvent && event.originalEvent.altKey ? at : rings.snapped(map, at, near, 16); }
  function corner(at, number) {
    var mark = handle(at, number === chosen ? "chosen" : "", 20);
    mark.on("click", function () { chosen = chosen === number ? -1 : number; redraw(); });
    mark.on("drag", function () { var moved = points.slice(); moved[number] = mark.getLatLng(); outline.setLatLngs(moved); tell(moved); });
    mark.on("dragend", function () { change(function () { points = points.slice(); points[number] = snap(mark.getLatLng()); chosen = number; }); });
  }
  function middle(number) {
    var one = points[number], other = points[(number + 1) % points.length];
    var mark = handle(L.latLng((one.lat + other.lat) / 2, (one.lng + other.lng) / 2), "middle", 14);
    function insert() { change(function () { points = points.slice(); points.splice(number + 1, 0, snap(mark.getLatLng())); chosen = number + 1; }); }
    mark.on("dragend", insert);
    mark.on("click", insert);
  }
  function redraw() {
    outline.setLatLngs(points);
    handles.clearLayers();
    remove.hidden = chosen < 0;
    var view = map.getBounds().pad(0.1), shown = 0;
    points.forEach(function (at, number) {
      if (!view.contains(at) || shown > MOST_HANDLES) { return; }
      shown += 1;
      corner(at, number);
      if (points.length > 2) { middle(number); }
    });
    tell(points);
  }
  function tell(ring) {
    said.textContent = ring.length > 2 ? word("about", { mu: (rings.area(ring) * 15 / 10000).toFixed(2) }) : ring.length ? word("corners", { n: ring.length }) : "";
  }
  function ask() {
    clearTimeout(timer);
    checked.className = "map-said";
    checked.textContent = "";
    if (!target.value) { return; }
    timer = setTimeout(function () {
      var sent = target.value;
      tool.post(tool.page.getAttribute("data-check"), { geometry: sent, plot: tool.page.getAttribute("data-plot") }).then(function (answer) { return answer.json(); }).then(function (found) {
        if (sent !== target.value) { return; }
        var wrong = found.problem || found.overlaps.join("");
        checked.className = wrong ? "map-said stop" : "map-said";
        checked.textContent = wrong || word("checked", { mu: found.area_mu });
      }).catch(function () { checked.textContent = word("offline"); });
    }, 500);
  }
  function locate() {
    checked.textContent = word("waiting");
    map.locate({ setView: true, maxZoom: 18, enableHighAccuracy: true, timeout: 20000 });
  }
  map.on("locationfound", function (found) {
    var metres = Math.round(found.accuracy);
    checked.textContent = word(metres > 15 ? "inexact" : "exact", { m: metres });
    L.circle(found.latlng, { radius: found.accuracy, weight: 1, color: "#1d5683", fillOpacity: 0.1, interactive: false }).addTo(map);
  });
  map.on("locationerror", function () { checked.textContent = word("no_place"); });

  map.on("click", function (event) { if (!done) { change(function () { points = points.concat([snap(event.latlng, event)]); }); } });
  map.on("moveend", redraw);
  function on(name, call) { document.querySelector("[data-draw=" + name + "]").addEventListener("click", call); }
  on("close", function () { done = points.length > 2; chosen = -1; redraw(); });
  on("undo", function () { if (past.length) { points = past.pop(); done = false; chosen = -1; write(); } });
  on("clear", function () { done = false; chosen = -1; change(function () { points = []; }); });

  /* Take over a boundary made elsewhere: typed, pasted, walked, or read from a file. */
  function take(found, source, accuracy) {
    past.push(points.slice());
    fixed.clearLayers();
    points = found.points || [];
    done = true;
    chosen = -1;
    if (found.shape) {
      var shape = L.geoJSON(found.shape, { style: { color: "#8a5a00", weight: 3 } }).addTo(fixed);
      target.value = JSON.stringify(found.shape);
      map.fitBounds(shape.getBounds().pad(0.3));
      redraw();
      said.textContent = word("complex");
      ask();
    } else {
      map.fitBounds(L.latLngBounds(points).pad(0.3));
      write();
    }
    made(source, accuracy);
  }
  target.addEventListener("change", function () {
    var found = rings.fromText(target.value);
    if (found) { take(found, "pasted"); }
  });
  var given = rings.fromText(target.value);
  if (given) { take(given, element.getAttribute("data-made") || (form.elements.source && form.elements.source.value) || "pasted", (form.elements.accuracy_m || {}).value || undefined); }

  tool.follow(map, element.getAttribute("data-source"), function (data) {
    var own = tool.page.getAttribute("data-plot");
    neighbours.clearLayers();
    near = [];
    tool.addClusters(neighbours, data.clusters, map);
    data.features.forEach(function (feature) {
      if (feature.properties.code === own) { return; }
      L.geoJSON(feature, { interactive: false, style: tool.STYLES[feature.properties.tone] }).addTo(neighbours);
      var parts = feature.geometry.type === "Polygon" ? [feature.geometry.coordinates] : feature.geometry.coordinates;
      parts.forEach(function (part) {
        part.forEach(function (ring) {
          var line = rings.opened(ring.map(function (p) { return L.latLng(p[1], p[0]); }));
          near.push({ points: line, box: L.latLngBounds(line) });
        });
      });
    });
    if (!looked && !points.length && data.count) { goTo(data); }
    looked = true;
    element.setAttribute("data-ready", String(data.count));
  });
  /* Begin where one's own plots are, not with the whole county. */
  function goTo(data) {
    var all = L.latLngBounds([]);
    data.clusters.forEach(function (one) { all.extend([[one.box[1], one.box[0]], [one.box[3], one.box[2]]]); });
    near.forEach(function (ring) { all.extend(ring.box); });
    if (all.isValid()) { map.fitBounds(all.pad(0.1), { maxZoom: 17, animate: false }); }
  }

  window.PlotDrawing = { map: map, row: row, checked: checked, take: take, element: element };
})();
