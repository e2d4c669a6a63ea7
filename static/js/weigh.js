/* The scales' form: rows are added without asking the server, the net weight is shown while typing.
   Everything works without this file; what counts is what the server reads. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-scales]");
  if (!form) { return; }
  var FACTORS = { "公斤": 1000, "千克": 1000, "kg": 1000, "㎏": 1000, "斤": 500, "市斤": 500, "克": 1, "g": 1, "吨": 1000000, "t": 1000000 };
  var list = form.querySelector(".scale-rows");
  var total = form.querySelector("[data-net]");
  var unit = form.querySelector("[name=unit]");
  var each = function (items, call) { Array.prototype.forEach.call(items, call); };

  // Grams of a typed weight; null when it cannot be read, 0 when nothing is typed.
  function grams(text) {
    var plain = text.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); }).replace(/。/g, ".").trim();
    if (!plain) { return 0; }
    var found = /^(\d+\.?\d*|\.\d+)\s*([^\d\s.,]*)$/.exec(plain);
    var factor = found && FACTORS[(found[2] || unit.value).toLowerCase()];
    return factor ? Math.round(parseFloat(found[1]) * factor) : null;
  }
  function kilos(value) { return (value / 1000).toFixed(value % 10 ? 3 : 2).replace(/\B(?=(\d{3})+(?!\d)(?=[.]))/g, "\u2009"); }

  function weigh() {
    var net = 0, damage = 0, some = false, clear = true;
    each(list.children, function (row) {
      var typed = Array.prototype.map.call(row.querySelectorAll("input"), function (input) { return grams(input.value); });
      var mark = row.querySelector(".row-net");
      mark.textContent = "";
      if (typed.indexOf(null) >= 0) { clear = false; return; }
      if (!typed[0]) { return; }
      some = true; net += typed[0] - typed[1]; damage += typed[2];
      mark.textContent = total.getAttribute("data-row-word") + " " + kilos(typed[0] - typed[1]);
    });
    total.hidden = !some || !clear;
    if (total.hidden) { return; }
    total.textContent = total.getAttribute("data-word") + " ";
    var figure = document.createElement("b");
    figure.textContent = kilos(net);
    total.appendChild(figure);
    var rest = " " + total.getAttribute("data-unit");
    if (damage) { rest += " · " + total.getAttribute("data-damage-word") + " " + kilos(damage); }
    total.appendChild(document.createTextNode(rest));
  }

  function addRow() {
    var n = list.children.length, fresh = list.lastElementChild.cloneNode(true);
    each(fresh.querySelectorAll(".err"), function (error) { error.remove(); });
    fresh.querySelector(".no").textContent = n + 1;
    each(fresh.querySelectorAll(".cell"), function (cell) {
      var input = cell.querySelector("input"), label = cell.querySelector("label"), hidden = label.querySelector("span");
      input.id = input.id.replace(/\d+/, n);
      input.value = "";
      input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby");
      cell.classList.remove("bad");
      label.htmlFor = input.id;
      hidden.textContent = hidden.textContent.replace(/\d+/, n + 1);
    });
    fresh.querySelector(".row-net").textContent = "";
    list.appendChild(fresh);
    return fresh;
  }

  form.querySelector("[data-more]").addEventListener("click", function (event) {
    event.preventDefault();
    addRow().querySelector("input").focus();
  });
  // Enter goes on to the next figure; after the last one a new container begins.
  list.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") { return; }
    event.preventDefault();
    var inputs = Array.prototype.slice.call(list.querySelectorAll("input")), next = inputs[inputs.indexOf(event.target) + 1];
    (next || addRow().querySelector("input")).focus();
  });
  // A draft kept with more containers than the page offers: make room, then give everything back by name.
  function giveBack() {
    var draft = JSON.parse(sessionStorage.getItem("draft:" + location.pathname) || "[]"), columns = {};
    draft.forEach(function (pair) { (columns[pair[0]] = columns[pair[0]] || []).push(pair[1]); });
    if (!columns["gross[]"] || document.getElementById("error-summary")) { return; }
    while (list.children.length < columns["gross[]"].length) { addRow(); }
    Object.keys(columns).forEach(function (name) {
      each(form.querySelectorAll("[name='" + name + "']"), function (element, n) {
        if (typeof columns[name][n] === "string") { element.value = columns[name][n]; }
      });
    });
  }
  giveBack();

  form.addEventListener("input", weigh);
  form.addEventListener("change", weigh);
  window.addEventListener("pageshow", weigh);
  weigh();
})();
