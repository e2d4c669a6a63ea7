/* Small comforts only; every page works without this file. */
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var question = form.getAttribute("data-confirm");
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.method === "post") {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      if (form.hasAttribute("data-draft")) { sessionStorage.removeItem("draft:" + location.pathname); }
    }
  });
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.classList.contains("filters")) { form.submit(); }
  });
  // A form left open past the sign-in keeps what was typed on this machine and gives it back afterwards.
  var draft = document.querySelector("form[data-draft]");
  if (draft && window.sessionStorage) {
    var key = "draft:" + location.pathname;
    var kept = JSON.parse(sessionStorage.getItem(key) || "{}");
    Array.prototype.forEach.call(draft.elements, function (element) {
      if (element.name && element.name !== "csrf_token" && element.type !== "password" && element.type !== "file" && !element.value && kept[element.name]) {
        element.value = kept[element.name];
      }
    });
    draft.addEventListener("input", function () {
      var values = {};
      Array.prototype.forEach.call(draft.elements, function (element) {
        if (element.name && element.name !== "csrf_token" && element.type !== "password" && element.type !== "file") { values[element.name] = element.value; }
      });
      sessionStorage.setItem(key, JSON.stringify(values));
    });
  }
  var summary = document.getElementById("error-summary");
  if (summary) { summary.focus(); }
})();
