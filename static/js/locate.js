/* The phone says where it stands: fills longitude, latitude and error of a form. Without it they are typed. */
(function () {
  "use strict";
  var button = document.querySelector("[data-locate]"), said = document.querySelector("[data-located]");
  if (!button || !navigator.geolocation) { return; }
  var fields = button.form.elements;
  var word = function (name) { return button.getAttribute("data-" + name); };
  button.hidden = false;
  button.addEventListener("click", function () {
    said.textContent = word("wait");
    navigator.geolocation.getCurrentPosition(function (found) {
      var error = Math.ceil(found.coords.accuracy);
      fields.lon.value = found.coords.longitude.toFixed(6);
      fields.lat.value = found.coords.latitude.toFixed(6);
      fields.accuracy.value = error;
      said.textContent = (error > 15 ? word("coarse") : word("good")).replace("{m}", error);
    }, function () { said.textContent = word("fail"); }, { enableHighAccuracy: true, maximumAge: 0, timeout: 30000 });
  });
})();
