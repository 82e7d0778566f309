// What scripts add to the page of a decision; without them the same form is sent whole.
"use strict";
(function () {
  const signing = document.getElementById("signing");
  if (signing) signing.action += location.hash; // a link to a filled case is one behind the sign-in, too

  const form = document.getElementById("case");
  if (!form) return;
  const result = document.getElementById("result");
  const said = document.getElementById("said");
  const trouble = document.getElementById("trouble");

  // A link to a filled case keeps its facts behind the #, which browsers do not send; so does the history of the tab, for whoever comes back.
  // Opened, it is sent as a form; of the history not where results are recorded: there the fields are filled in, and only for rows of a list the form is asked for.
  const recorded = !form.hasAttribute("hx-post");
  const linking = () => location.hash.startsWith("#case?");
  const kept = linking() ? location.hash.slice(6) : history.state;
  const back = recorded && kept === history.state;
  const lacks = (name) => !form.querySelector(`[name="${CSS.escape(name)}"]`);
  if (kept && (!back || [...new URLSearchParams(kept).keys()].some(lacks))) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = form.getAttribute("action").split("#")[0];
    for (const [name, value] of [...new URLSearchParams(kept), ...(back ? [["fill", "1"]] : [])]) {
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
  const told = () => new URLSearchParams([...new FormData(form)].filter(([name, value]) => value !== "" && name !== "all")).toString();
  const fill = (fields) => {
    for (const [name, value] of fields)
      for (const one of form.querySelectorAll(`[name="${CSS.escape(name)}"]`))
        if (/radio|checkbox/.test(one.type)) one.checked = [].concat(value).includes(one.value);
        else one.value = value;
  };
  if (kept) {
    const given = new URLSearchParams(kept);
    fill([...given.keys()].map((name) => [name, given.getAll(name)]));
  }
  let keeping = true;
  const keep = () => keeping && history.replaceState(told(), "", linking() ? location.pathname : location.href);
  form.addEventListener("change", keep);
  addEventListener("hashchange", () => (linking() ? location.reload() : keep()));
  if ("begun" in form.dataset) keep();
  document.getElementById("clear").addEventListener("click", () => {
    keeping = false;
    history.replaceState(null, "");
  });

  const link = document.getElementById("link");
  const linked = document.getElementById("link-said");
  link.hidden = false;
  link.addEventListener("click", async () => {
    const address = location.origin + location.pathname + "#case?" + told();
    try {
      await navigator.clipboard.writeText(address);
      linked.textContent = linked.dataset.said + " " + linked.dataset.why;
    } catch {
      history.replaceState(null, "", address);
      linked.textContent = linked.dataset.why;
    }
  });

  // An old result is marked as such from the first stroke on. What was answered is not asked again, nor what an input method still composes.
  const waiting = (on) => {
    result.setAttribute("aria-busy", on);
    said.classList.toggle("old", on);
    result.classList.toggle("old", on);
  };
  let asked = told();
  let composing = false;
  const ask = () => form.dispatchEvent(new Event("change"));
  form.addEventListener("input", () => {
    linked.textContent = "";
    waiting(true);
  });
  form.addEventListener("compositionupdate", ({ data }) => (composing = /[^\d.,%\p{Script=Han}]/u.test(data))); // keyboards of phones compose numbers, too
  form.addEventListener("compositionend", (event) => {
    composing = false;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const now = told();
    if (composing || now === asked) event.preventDefault();
    if (now === asked) waiting(false);
    if (!composing) asked = now;
  });
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
    document.body.addEventListener(failed, () => {
      asked = null;
      trouble.textContent = trouble.dataset.said;
      trouble.hidden = false;
    });
  addEventListener("online", ask);

  // Nothing is exchanged while a button or a key is held down: what is pressed would be gone before it is released.
  let held = false;
  document.addEventListener("pointerdown", (event) => (held = event.button === 0));
  result.addEventListener("keydown", (event) => (held = event.key === " "));
  for (const released of ["pointerup", "pointercancel", "keyup", "blur"])
    addEventListener(released, () => {
      if (held && asked === null) ask();
      held = false;
    });

  // Fields that cannot change the result now are folded away, but none that is filled in or has the focus.
  const filled = (field) =>
    [...field.querySelectorAll("input, select")].some((one) => (/radio|checkbox/.test(one.type) ? one.checked && one.value !== "" : one.value !== ""));
  const folded = () => {
    const lively = document.getElementById("live");
    if (!lively) return;
    const live = new Set(lively.dataset.live.split(" "));
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
  const answered = () => {
    waiting(told() !== asked);
    trouble.hidden = true;
    keep();
    folded();
  };

  // An answer that says the same leaves everything in place; in another, what was open stays open, and what has the focus keeps it.
  const called = (one) => one.tagName + (one.getAttribute("href") || one.value || one.parentElement.dataset.key);
  let shown = null;
  let opened = [];
  let focused = null;
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap) return;
    detail.shouldSwap = !held && detail.serverResponse !== shown;
    if (held) asked = null;
    else if (!detail.shouldSwap) answered();
    else shown = detail.serverResponse;
    opened = [...result.querySelectorAll("details[open]")].map((one) => one.dataset.key);
    focused = result.querySelector(":focus");
  });
  document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    detail.shouldSwap = detail.fragment.textContent.trim() !== said.textContent.trim(); // what is said again is not read out again
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const one of result.querySelectorAll("details")) if (opened.includes(one.dataset.key)) one.open = true;
    if (!focused) return;
    const same = [...result.querySelectorAll("a, button, summary")].find((one) => called(one) === called(focused));
    (same || said).focus({ preventScroll: true });
    focused = null;
  });
  document.body.addEventListener("htmx:afterSettle", answered);

  // What is folded away is printed, also where no style can unfold it.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...result.querySelectorAll("details:not([open])")];
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded) one.open = false;
  });

  // A button of the result puts its values into their fields; the focus stays with the result, whose parts are new.
  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="apply"]');
    if (!button) return;
    const fields = Object.entries(JSON.parse(button.value));
    if (fields.some(([name]) => lacks(name))) return;
    event.preventDefault();
    fill(fields);
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
