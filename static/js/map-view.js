/* The map of the register: counts from afar, shapes from near, the same plots as a list beside. The place stays in the address. */
(function () {
  "use strict";
  var tool = window.PlotMap;
  var element = document.querySelector("[data-map=view]");
  if (!tool || !element) { return; }
  var word = tool.word, make = tool.make, open = element.getAttribute("data-open");
  var aside = document.querySelector("[data-map-aside]"), list = aside.querySelector("[data-map-list]"), count = aside.querySelector("[data-map-count]");
  var map = tool.create(element), layer = L.layerGroup().addTo(map);
  aside.hidden = false;
  map.invalidateSize();
  tool.addOutline(map);

  var place = /^#(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(location.hash);
  if (place) { map.setView([Number(place[2]), Number(place[3])], Number(place[1])); }
  map.on("moveend", function () {
    var middle = map.getCenter();
    history.replaceState(null, "", location.pathname + location.search + "#" + map.getZoom() + "/" + middle.lat.toFixed(5) + "/" + middle.lng.toFixed(5));
  });

  function card(plot) {
    var box = make("div"), link = make("a", "", word("open"));
    link.href = open + plot.code;
    box.appendChild(make("strong", "", plot.code));
    [plot.name, plot.operator, plot.village, plot.state + " · " + word("mu", { mu: plot.area_mu })].forEach(function (line) {
      if (line) { box.appendChild(make("div", "", line)); }
    });
    box.appendChild(link);
    return box;
  }
  function listed(plot, shape) {
    var item = make("li"), link = make("a", "", plot.code);
    link.href = open + plot.code;
    link.addEventListener("focus", function () { shape.setStyle({ weight: 5 }); });
    link.addEventListener("blur", function () { shape.setStyle({ weight: 2 }); });
    link.addEventListener("mouseenter", function () { shape.setStyle({ weight: 5 }); });
    link.addEventListener("mouseleave", function () { shape.setStyle({ weight: 2 }); });
    item.appendChild(link);
    item.appendChild(make("small", "", plot.operator + " · " + plot.state + " · " + word("mu", { mu: plot.area_mu })));
    list.appendChild(item);
  }
  function show(data) {
    layer.clearLayers();
    list.textContent = "";
    count.textContent = word("in_view", { n: String(data.count).replace(/\B(?=(\d{3})+$)/g, "\u2009"), mu: data.area_mu });
    tool.addClusters(layer, data.clusters, map);
    if (data.clusters.length) { list.appendChild(make("li", "quiet", word("zoom_in"))); }
    data.features.forEach(function (feature, number) {
      var plot = feature.properties;
      var shape = L.geoJSON(feature, { style: tool.STYLES[plot.tone] }).addTo(layer);
      shape.bindTooltip(make("span", "", plot.code + " · " + plot.operator + " · " + plot.state), { sticky: true });
      shape.bindPopup(function () { return card(plot); });
      if (number < 60) { listed(plot, shape); }
    });
    element.setAttribute("data-ready", String(data.count));
  }
  tool.follow(map, element.getAttribute("data-source"), show, function () { count.textContent = word("failed"); });
})();
