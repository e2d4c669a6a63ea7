/* Small comforts only; every page works without this file. */
(function () {
  "use strict";
  var each = function (list, call) { Array.prototype.forEach.call(list, call); };

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var question = form.getAttribute("data-confirm");
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.method !== "post") { return; }
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
  });

  // A page brought back from the browser's memory may be sent again.
  window.addEventListener("pageshow", function () {
    each(document.querySelectorAll("form[data-sent]"), function (form) { form.removeAttribute("data-sent"); });
  });

  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.classList.contains("filters") && event.target.tagName === "SELECT") { form.submit(); }
  });

  document.addEventListener("click", function (event) {
    each(document.querySelectorAll("details.drop[open]"), function (menu) {
      if (!menu.contains(event.target)) { menu.removeAttribute("open"); }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    each(document.querySelectorAll("details.drop[open]"), function (menu) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  });

  // A form left open past the sign-in keeps what was typed in this tab and gives it back afterwards.
  function kept(element) {
    return element.name && ["csrf_token"].indexOf(element.name) < 0 && ["password", "file", "submit", "hidden"].indexOf(element.type) < 0;
  }
  function read(form) {
    return Array.prototype.filter.call(form.elements, kept).map(function (element) {
      if (element.type === "checkbox" || element.type === "radio") { return [element.name, element.checked]; }
      var chosen = element.hasAttribute("data-picks") ? element.options[element.selectedIndex] : null;
      return [element.name, element.value, chosen ? chosen.text : ""];
    });
  }
  function giveBack(form, values) {
    Array.prototype.filter.call(form.elements, kept).forEach(function (element, n) {
      if (!values[n] || values[n][0] !== element.name) { return; }
      if (typeof values[n][1] === "boolean") { element.checked = values[n][1]; return; }
      element.value = values[n][1];
      // What had been looked up is not among the options that came with the page.
      if (element.selectedIndex < 0 && values[n][2]) { element.appendChild(new Option(values[n][2], values[n][1], true, true)); }
    });
  }
  var draft = document.querySelector("form[data-draft]");
  if (draft) {
    var key = "draft:" + location.pathname;
    // After a refused form the server has filled in what was typed; that is newer than the draft.
    if (!document.getElementById("error-summary")) { giveBack(draft, JSON.parse(sessionStorage.getItem(key) || "[]")); }
    draft.addEventListener("input", function () { sessionStorage.setItem(key, JSON.stringify(read(draft))); });
  }
  function forgetDrafts() {
    Object.keys(sessionStorage).forEach(function (name) { if (name.indexOf("draft:") === 0) { sessionStorage.removeItem(name); } });
  }
  // Where something has just been done, drafts of the form that did it are past.
  if (document.querySelector(".flashes .note.ok")) { forgetDrafts(); }
  each(document.querySelectorAll("form[data-sign-out]"), function (form) { form.addEventListener("submit", forgetDrafts); });

  // Long pick-lists: type 汉字, pinyin initials or a code to shorten the list.
  each(document.querySelectorAll("select[data-search]"), function (select) {
    var all = Array.prototype.slice.call(select.options).map(function (option) {
      return { option: option, home: option.parentNode, words: (option.text + " " + option.value + " " + (option.getAttribute("data-search") || "")).toLowerCase() };
    });
    var finder = document.createElement("input");
    finder.type = "search";
    finder.className = "finder";
    finder.placeholder = select.getAttribute("data-search");
    finder.setAttribute("aria-label", finder.placeholder);
    select.parentNode.insertBefore(finder, select);
    finder.addEventListener("input", function (event) {
      event.stopPropagation();
      var typed = finder.value.trim().toLowerCase();
      var shown = all.filter(function (item) { return !typed || item.words.indexOf(typed) >= 0; });
      all.forEach(function (item) { if (item.option.parentNode) { item.option.parentNode.removeChild(item.option); } });
      shown.forEach(function (item) { item.home.appendChild(item.option); });
      if (typed && shown.length) { shown[0].option.selected = true; }
    });
  });

  // Lists too long to send whole: what is typed is looked up by the server and added to the select.
  each(document.querySelectorAll("select[data-picks]"), function (select) {
    var finder = select.parentNode.querySelector("input.finder");
    var waiting = 0;
    if (!finder || !window.fetch) { return; }
    finder.addEventListener("input", function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () { look(select, finder); }, 250);
    });
  });
  function look(select, finder) {
    var typed = finder.value.trim();
    var address = select.getAttribute("data-picks");
    if (!typed) { return; }
    window.fetch(address + (address.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(typed), { credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : { items: [] }; })
      .then(function (found) {
        if (finder.value.trim() !== typed) { return; }
        each(select.querySelectorAll("option[data-looked]"), function (option) {
          if (!found.items.some(function (item) { return item.code === option.value; })) { select.removeChild(option); }
        });
        found.items.forEach(function (item, n) {
          var option = Array.prototype.filter.call(select.options, function (known) { return known.value === item.code; })[0];
          if (!option) {
            option = new Option(item.label || item.name + "（" + item.code + "）" + item.place, item.code);
            option.setAttribute("data-looked", "");
            select.appendChild(option);
          }
          if (n === 0 && select.selectedIndex <= 0) { option.selected = true; }
        });
        select.dispatchEvent(new Event("input", { bubbles: true }));
      })
      .catch(function () { /* The list as sent stays usable. */ });
  }

  // A large graph opens where the lot asked about stands, not at its first corner.
  each(document.querySelectorAll(".lot-graph"), function (box) {
    var here = box.querySelector("[data-here]");
    if (!here) { return; }
    var node = here.getBoundingClientRect(), frame = box.getBoundingClientRect();
    box.scrollTop += node.top - frame.top - (frame.height - node.height) / 2;
    box.scrollLeft += node.left - frame.left - (frame.width - node.width) / 2;
  });

  var summary = document.getElementById("error-summary");
  if (summary) { summary.focus(); }
})();
