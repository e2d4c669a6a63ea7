/* Boundaries out of a file: the server reads it and keeps nothing; one area is chosen for the form. */
(function () {
  "use strict";
  var tool = window.PlotMap, rings = window.PlotRing, drawing = window.PlotDrawing;
  if (!tool || !drawing) { return; }
  var word = tool.word, address = tool.page.getAttribute("data-file");
  var picker = tool.make("input", "hidden"), box = tool.make("div", "map-files");
  picker.type = "file";
  picker.accept = ".geojson,.json,.kml,.kmz,.zip,.gpx";
  picker.setAttribute("aria-label", word("file"));
  picker.setAttribute("data-map-file", "");
  drawing.row.appendChild(tool.button(word("file"), "btn", function () { picker.click(); }));
  drawing.row.parentNode.insertBefore(box, drawing.row.nextSibling);
  box.appendChild(picker);

  function use(area) {
    drawing.take(rings.fromText(area.geometry), "imported");
    drawing.element.scrollIntoView({ block: "nearest" });
  }
  function offer(areas) {
    var list = tool.make("ul");
    areas.slice(0, 200).forEach(function (area) {
      var item = tool.make("li");
      if (area.problem) {
        item.appendChild(tool.make("span", "", area.name + " "));
        item.appendChild(tool.make("span", "late", area.problem));
      } else {
        item.appendChild(tool.button(area.name + " · " + word("mu", { mu: area.area_mu }), "btn", function () { use(area); }));
        if (area.about) { item.appendChild(tool.make("small", "", " " + area.about)); }
      }
      list.appendChild(item);
    });
    box.appendChild(tool.make("p", "", word("choose", { n: areas.length })));
    box.appendChild(list);
  }
  picker.addEventListener("change", function () {
    if (!picker.files.length) { return; }
    Array.prototype.slice.call(box.children, 1).forEach(function (old) { box.removeChild(old); });
    tool.post(address, { file: picker.files[0] }).then(function (answer) { return answer.json(); }).then(function (found) {
      if (found.error) { box.appendChild(tool.make("p", "err", found.error)); return; }
      if (found.areas.length === 1 && !found.areas[0].problem) { use(found.areas[0]); } else { offer(found.areas); }
    }).catch(function () { box.appendChild(tool.make("p", "err", word("failed"))); });
    picker.value = "";
  });
})();
