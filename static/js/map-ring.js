/* Rings of points {lat, lng}: measures, crossings, snapping, GeoJSON and typed coordinates. The server decides; this only helps the eye. */
(function () {
  "use strict";
  var RAD = Math.PI / 180;

  /* Metres east and north of a base, on the WGS-84 ellipsoid; good to a hand's breadth over a plot. */
  function metres(points) {
    if (!points.length) { return []; }
    var base = points[0], phi = base.lat * RAD;
    var north = 111132.92 - 559.82 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi);
    var east = 111412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi);
    return points.map(function (p) { return { x: (p.lng - base.lng) * east, y: (p.lat - base.lat) * north }; });
  }
  function area(points) {
    var flat = metres(points), sum = 0;
    flat.forEach(function (p, n) { var q = flat[(n + 1) % flat.length]; sum += p.x * q.y - q.x * p.y; });
    return Math.abs(sum) / 2;
  }
  function distance(one, other) {
    var q = metres([one, other])[1];
    return Math.sqrt(q.x * q.x + q.y * q.y);
  }
  function length(points) {
    var sum = 0;
    for (var n = 1; n < points.length; n += 1) { sum += distance(points[n - 1], points[n]); }
    return sum;
  }
  function side(a, b, c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); }
  function crosses(points) {
    var flat = metres(points), count = flat.length;
    for (var i = 0; i < count; i += 1) {
      for (var j = i + 2; j < count; j += 1) {
        if (i === 0 && j === count - 1) { continue; }
        var a = flat[i], b = flat[(i + 1) % count], c = flat[j], d = flat[(j + 1) % count];
        if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) { return true; }
      }
    }
    return false;
  }
  /* Douglas–Peucker in metres. The ring is opened at the point farthest from its beginning, or a closed walk would shrink to nothing. */
  function simplified(points, tolerance) {
    var flat = metres(points);
    if (points.length < 4) { return points; }
    function kept(from, to) {
      var line = flat.slice(from, to + 1).map(function (p, n) { var q = L.point(p.x, p.y); q.number = from + n; return q; });
      return L.LineUtil.simplify(line, tolerance).map(function (q) { return q.number; });
    }
    var far = 0, best = -1;
    flat.forEach(function (p, n) { var d = p.x * p.x + p.y * p.y; if (d > best) { best = d; far = n; } });
    return kept(0, far).concat(kept(far, flat.length - 1).slice(1)).map(function (n) { return points[n]; });
  }

  function rounded(p) { return [Number(p.lng.toFixed(7)), Number(p.lat.toFixed(7))]; }
  function toText(points) {
    var ring = points.map(rounded);
    ring.push(ring[0]);
    return JSON.stringify({ type: "Polygon", coordinates: [ring] });
  }
  /* A ring out of what stands in the text field: GeoJSON, or bare number pairs as people paste them, latitude first or last. */
  function fromText(text) {
    text = text.trim();
    if (!text) { return null; }
    if (text.charAt(0) === "{") { return fromGeoJson(text); }
    var numbers = (text.match(/\d+(?:\.\d+)?/g) || []).map(Number);
    if (numbers.length < 6 || numbers.length % 2 || /[^\d\s.,;，；、°NSEWnsew东西南北经纬:：()（）\[\]+-]/.test(text)) { return null; }
    var points = [];
    for (var n = 0; n < numbers.length; n += 2) {
      var swapped = numbers[n] < numbers[n + 1];
      points.push(L.latLng(swapped ? numbers[n] : numbers[n + 1], swapped ? numbers[n + 1] : numbers[n]));
    }
    return { points: opened(points), typed: true };
  }
  function fromGeoJson(text) {
    var data;
    try { data = JSON.parse(text); } catch (error) { return null; }
    if (data.type === "FeatureCollection" && data.features && data.features.length === 1) { data = data.features[0]; }
    if (data.type === "Feature") { data = data.geometry || {}; }
    var rings = data.type === "MultiPolygon" && data.coordinates.length === 1 ? data.coordinates[0] : data.coordinates;
    if (data.type !== "Polygon" && data.type !== "MultiPolygon") { return null; }
    if (!rings || rings.length !== 1 || typeof rings[0][0][0] !== "number") { return { shape: data }; }
    return { points: opened(rings[0].map(function (p) { return L.latLng(p[1], p[0]); })) };
  }
  function opened(points) {
    var first = points[0], last = points[points.length - 1];
    return points.length > 3 && first.lat === last.lat && first.lng === last.lng ? points.slice(0, -1) : points;
  }

  /* The nearest corner (preferred) or edge of the neighbours within reach, so that shared edges are shared exactly. */
  function snapped(map, at, rings, reach) {
    var here = map.latLngToLayerPoint(at), corner = null, edge = null, nearest = reach, nearestEdge = reach * 0.7;
    rings.forEach(function (ring) {
      if (!ring.box.pad(0.5).contains(at)) { return; }
      var places = ring.points.map(function (p) { return map.latLngToLayerPoint(p); });
      places.forEach(function (place, n) {
        var away = here.distanceTo(place);
        if (away < nearest) { nearest = away; corner = ring.points[n]; }
        var foot = L.LineUtil.closestPointOnSegment(here, place, places[(n + 1) % places.length]);
        if (here.distanceTo(foot) < nearestEdge) { nearestEdge = here.distanceTo(foot); edge = map.layerPointToLatLng(foot); }
      });
    });
    return corner || edge || at;
  }

  window.PlotRing = {
    area: area, distance: distance, length: length, crosses: crosses, simplified: simplified, toText: toText, fromText: fromText, opened: opened, snapped: snapped
  };
})();
