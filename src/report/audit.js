"use strict";
(() => {
  // Ticks and notes stay in this browser, under the ids of the lines.
  const store = {
    get(key) { try { return localStorage.getItem("seaworthy:" + key); } catch { return null; } },
    set(key, value) { try { value ? localStorage.setItem("seaworthy:" + key, value) : localStorage.removeItem("seaworthy:" + key); } catch { /* a browser that keeps nothing */ } },
  };
  const rows = [...document.querySelectorAll("tr[data-id]")];
  for (const row of rows) {
    const id = row.dataset.id;
    const tick = row.querySelector("input[type=checkbox]");
    const note = row.querySelector(".note");
    if (tick) {
      tick.checked = store.get(id) === "done";
      row.classList.toggle("done", tick.checked);
      tick.addEventListener("change", () => { store.set(id, tick.checked ? "done" : ""); row.classList.toggle("done", tick.checked); apply(); });
    }
    if (note) {
      note.value = store.get(id + ":note") || "";
      note.addEventListener("input", () => store.set(id + ":note", note.value));
    }
  }
  const form = document.querySelector(".filter");
  const shown = document.querySelector("#shown");
  function apply() {
    const words = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { service, label } = { service: form.service.value, label: form.label.value };
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const visible = words.every((word) => text.includes(word))
        && (!service || row.dataset.service === service)
        && (!label || row.dataset.label === label)
        && (!form.critical.checked || row.dataset.critical === "yes")
        && (!form.open.checked || !row.classList.contains("done"));
      row.hidden = !visible;
      if (row.nextElementSibling?.classList.contains("plan")) row.nextElementSibling.hidden = !visible;
      count += visible ? 1 : 0;
    }
    for (const part of document.querySelectorAll("section, .part")) {
      part.hidden = !part.querySelector("tr[data-id]:not([hidden])");
    }
    shown.textContent = count + " of " + rows.length + " lines";
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("tr.plan:not([hidden]) details")) fold.open = true; });
  apply();
})();
