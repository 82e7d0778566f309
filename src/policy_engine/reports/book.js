// The search of the rule book: what has every word is shown; spaces, width and case make no difference, as on the command line.
"use strict";
{
  const MOST = 100;
  const plain = (text) => text.normalize("NFKC").replace(/\s+/gu, "").toLowerCase();
  const entries = window.policyBook.map((entry) => ({ ...entry, key: plain(entry.text) }));
  const [form, field, count, results] = ["search", "q", "count", "results"].map((id) => document.getElementById(id));

  const shown = ({ title, where, page }) => {
    const [item, link, place] = ["li", "a", "span"].map((name) => document.createElement(name));
    link.href = page;
    link.textContent = title;
    place.className = "soft";
    place.textContent = ` ${where}`;
    item.append(link, place);
    return item;
  };

  const search = (event) => {
    if (event.isComposing && document.documentElement.lang !== "en") return; // half of a syllable; keyboards of phones compose English words, too
    const words = field.value.split(/\s+/u).map(plain).filter(Boolean);
    const found = words.length ? entries.filter(({ key }) => words.every((word) => key.includes(word))) : [];
    results.replaceChildren(...found.slice(0, MOST).map(shown));
    const told = found.length ? `${count.dataset.found}${found.length}` : count.dataset.none;
    count.textContent = words.length ? told + (found.length > MOST ? ` ${count.dataset.more}` : "") : "";
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const typed of ["input", "compositionend"]) field.addEventListener(typed, search);
  if (location.hash === "#search") addEventListener("load", () => field.focus());
  addEventListener("pageshow", search); // a browser that comes back to the page keeps what was typed
}
