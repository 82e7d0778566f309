// What scripts add to the page of a decision; without them the same form is sent whole.
"use strict";
(function () {
  const form = document.getElementById("case");
  if (!form) return;
  const result = document.getElementById("result");
  const said = document.getElementById("said");
  const trouble = document.getElementById("trouble");

  // A link to a filled case keeps its facts behind the #, which browsers do not send; opened, it is sent as a form.
  const kept = location.hash.startsWith("#case?") ? new URLSearchParams(location.hash.slice(6)) : null;
  if (kept) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = form.getAttribute("action").split("#")[0];
    for (const [name, value] of kept) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    document.body.append(sent);
    history.replaceState(null, "", location.pathname);
    sent.submit();
    return;
  }
  const link = document.getElementById("link");
  const linked = document.getElementById("link-said");
  link.hidden = false;
  link.addEventListener("click", async () => {
    const told = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== "" && name !== "all") told.append(name, value);
    const address = location.origin + location.pathname + "#case?" + told;
    try {
      await navigator.clipboard.writeText(address);
      linked.textContent = linked.dataset.said + " " + linked.dataset.why;
    } catch {
      history.replaceState(null, "", address);
      linked.textContent = linked.dataset.why;
    }
  });

  // An old result is marked as such from the first stroke on. What is shown is not asked for again when a field is left,
  // and not exchanged while a button is held down: a click on what is no longer there would be lost.
  const waiting = (on) => {
    result.setAttribute("aria-busy", on);
    said.classList.toggle("old", on);
    result.classList.toggle("old", on);
  };
  let strokes = 0;
  let asked = 0;
  form.addEventListener("input", () => {
    strokes += 1;
    waiting(true);
  });
  let held = false;
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (asked === strokes) event.preventDefault();
    asked = strokes;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (!held) return;
    event.detail.shouldSwap = false;
    asked = -1;
  });
  document.addEventListener("pointerdown", () => (held = true));
  for (const released of ["pointerup", "pointercancel"])
    document.addEventListener(released, () => {
      held = false;
      if (asked === -1) form.dispatchEvent(new Event("change"));
    });
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
    document.body.addEventListener(failed, () => {
      asked = -1;
      trouble.textContent = trouble.dataset.said;
      trouble.hidden = false;
    });

  // Fields that cannot change the result now are folded away, but none that is filled in or has the focus.
  const filled = (field) =>
    [...field.querySelectorAll("input, select")].some((one) => (/radio|checkbox/.test(one.type) ? one.checked && one.value !== "" : one.value !== ""));
  const folded = () => {
    const told = document.getElementById("live");
    if (!told) return;
    const live = new Set(told.dataset.live.split(" "));
    for (const field of form.querySelectorAll(".fields > .field"))
      field.classList.toggle("idle", !live.has(field.dataset.field) && !filled(field) && !field.contains(document.activeElement));
    const wrong = new Map();
    for (const one of result.querySelectorAll("li[data-wrong]")) wrong.set(one.dataset.wrong, one.textContent);
    for (const field of form.querySelectorAll("[data-field]")) {
      const note = document.getElementById(field.dataset.field + "-wrong");
      const text = wrong.get(field.dataset.field) || "";
      if (note) {
        note.textContent = text;
        note.hidden = !text;
      }
      for (const one of field.querySelectorAll("input:not([type=radio]):not([type=checkbox]), select"))
        text ? one.setAttribute("aria-invalid", "true") : one.removeAttribute("aria-invalid");
    }
  };
  let opened = [];
  document.body.addEventListener("htmx:beforeSwap", () => (opened = [...result.querySelectorAll("details[open]")].map((one) => one.dataset.key)));
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const one of result.querySelectorAll("details")) if (opened.includes(one.dataset.key)) one.open = true;
    if (asked === strokes) waiting(false);
    trouble.hidden = true;
    folded();
  });

  // A button of the result puts its values into their fields; the focus stays with the result, whose parts are new.
  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="apply"]');
    if (!button) return;
    const fields = Object.entries(JSON.parse(button.value));
    if (!fields.every(([name]) => form.querySelector(`[name="${CSS.escape(name)}"]`))) return;
    event.preventDefault();
    for (const [name, value] of fields)
      for (const one of form.querySelectorAll(`[name="${CSS.escape(name)}"]`))
        if (/radio|checkbox/.test(one.type)) one.checked = [].concat(value).includes(one.value);
        else one.value = value;
    said.focus();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A link to a field opens what hides it and goes to where it is answered.
  document.addEventListener("click", (event) => {
    const to = event.target.closest("a.to, .problems a");
    const field = to && document.getElementById(decodeURIComponent(to.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    const whole = field.closest(".field");
    if (whole) whole.classList.remove("idle");
    const closed = field.closest("details");
    if (closed) closed.open = true;
    const first = field.matches("input, select") ? field : field.querySelector("input:checked, input, select");
    (first || field).focus();
    (whole || field).scrollIntoView({ block: "center" });
  });
})();
