// Checks a public record in the reader's own browser: its bytes hash to the leaf, the leaf leads to the signed root, the signature is the
// log's, and the page shows what the bytes say. Nothing here trusts the server that sent the page, except for the key printed on it.
(function () {
  "use strict";
  var place = document.getElementById("verdict");
  if (!place || !window.fetch || !window.Promise || !window.TextEncoder) return;

  function say(state) {
    place.textContent = place.dataset[state];
    place.parentNode.className = "verdict" + (state === "good" ? "" : state === "bad" ? " stop" : " warn");
  }
  if (!window.crypto || !window.crypto.subtle) return say("unable");
  say("busy");

  function bytes(text) {
    return Uint8Array.from(atob(text), function (sign) { return sign.charCodeAt(0); });
  }
  function joined() {
    var parts = Array.prototype.slice.call(arguments);
    var whole = new Uint8Array(parts.reduce(function (sum, part) { return sum + part.length; }, 0));
    parts.reduce(function (at, part) { whole.set(part, at); return at + part.length; }, 0);
    return whole;
  }
  function sha256(data) {
    return crypto.subtle.digest("SHA-256", data).then(function (found) { return new Uint8Array(found); });
  }
  function same(one, other) {
    return one.length === other.length && one.every(function (value, at) { return value === other[at]; });
  }
  function hex(data) {
    return Array.from(data, function (value) { return (value < 16 ? "0" : "") + value.toString(16); }).join("");
  }

  // RFC 9162 §2.1.3.2
  function rootFrom(leaf, index, size, hashes) {
    var at = index, last = size - 1, step = Promise.resolve(leaf);
    hashes.forEach(function (sibling) {
      var left;
      if (last === 0) { step = step.then(function () { throw new Error("proof too long"); }); return; }
      left = at % 2 === 1 || at === last;
      step = step.then(function (found) {
        return sha256(left ? joined([1], sibling, found) : joined([1], found, sibling));
      });
      if (left) while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    });
    return step.then(function (found) {
      if (last !== 0) throw new Error("proof too short");
      return found;
    });
  }

  // C2SP signed-note: text, empty line, "— name base64(key id, signature)"
  function signedText(note, verifier) {
    var parts = verifier.split("+"), key = bytes(parts.slice(2).join("+")).slice(1);
    var gap = note.lastIndexOf("\n\n"), text = note.slice(0, gap + 1);
    var line = note.slice(gap + 2).split("\n").find(function (item) { return item.indexOf("\u2014 " + parts[0] + " ") === 0; });
    if (gap < 0 || !line) return Promise.reject(new Error("not signed by the log"));
    var signature = bytes(line.split(" ")[2]);
    if (hex(signature.slice(0, 4)) !== parts[1]) return Promise.reject(new Error("another key"));
    // Browsers of some years ago (WeChat's among them) know SHA-256 but not Ed25519: all else is still checked, and the page says what was not.
    return crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]).catch(function () {
      return null;
    }).then(function (imported) {
      return imported && crypto.subtle.verify({ name: "Ed25519" }, imported, signature.slice(4), new TextEncoder().encode(text));
    }).then(function (good) {
      if (good === false) throw new Error("bad signature");
      return { lines: text.split("\n"), state: good ? "good" : "unsigned" };
    });
  }

  function shownIsSaid(said) {
    return Array.prototype.every.call(document.querySelectorAll("[data-fact]"), function (item) {
      return item.textContent === String(said.detail[item.dataset.fact]);
    });
  }

  // A lost network says nothing about the record: only bytes that arrived can be wrong.
  function load(address) {
    return fetch(address).catch(function () { return { ok: false, status: 0 }; }).then(function (answer) {
      if (answer.ok || answer.status === 404) return answer;
      throw Object.assign(new Error("not reached"), { state: "failed" });
    });
  }

  load(place.dataset.entry).then(function (answer) {
    if (answer.status === 404) throw new Error("the record is gone");
    return answer.arrayBuffer().catch(function () { throw Object.assign(new Error("cut off"), { state: "failed" }); });
  }).then(function (buffer) {
    var body = new Uint8Array(buffer);
    return sha256(joined([0], body)).then(function (leaf) {
      if (hex(leaf) !== place.dataset.leaf || !shownIsSaid(JSON.parse(new TextDecoder().decode(body)))) throw new Error("altered");
      return load(place.dataset.proof).then(function (answer) {
        if (answer.status === 404) throw Object.assign(new Error("waiting"), { state: "waiting" });
        return answer.json();
      }).then(function (proof) {
        return Promise.all([rootFrom(leaf, proof.number, proof.size, proof.hashes.map(bytes)), signedText(proof.checkpoint, place.dataset.verifier)]);
      });
    });
  }).then(function (found) {
    if (!same(found[0], bytes(found[1].lines[2]))) throw new Error("another root");
    say(found[1].state);
  }).catch(function (error) {
    say(error.state || "bad");
  });
})();
