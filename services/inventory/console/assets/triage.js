// Keyboard triage. It only moves the focus and fills in forms that work without it; nothing is sent from here.
"use strict";

(() => {
  const DECISIONS = {
    r: "register", a: "approve", t: "tolerate_until", p: "prohibit", f: "false_positive", s: "snooze", g: "assign",
  };
  const NEEDS = { tolerate_until: "until", snooze: "until", assign: "assignee" };
  const OFF = "penumbra-triage-keys-off";
  const form = document.querySelector("form[data-triage], form[data-decide]");
  const rows = [...document.querySelectorAll("[data-row]")];
  const boxOf = (row) => row.querySelector("input[type=checkbox]");
  const current = () => rows.findIndex((row) => row.contains(document.activeElement));

  const count = () => {
    const told = document.querySelector("[data-selected]");
    const number = document.querySelectorAll("[data-row] input:checked").length;
    if (told) told.textContent = number ? `(${number})` : "";
  };

  const go = (step) => {
    const at = current();
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
    if (!row) return;
    row.querySelector("a").focus();
    row.scrollIntoView({ block: "nearest" });
  };

  const select = () => {
    const box = current() >= 0 && boxOf(rows[current()]);
    if (box) box.checked = !box.checked;
    count();
  };

  const decide = (name) => {
    if (!form || !form.elements.decision) return;
    if (form.matches("[data-triage]")) {
      const box = current() >= 0 && boxOf(rows[current()]);
      if (box && !document.querySelector("[data-row] input:checked")) box.checked = true;
      count();
      if (!document.querySelector("[data-row] input:checked")) return;
    }
    form.elements.decision.value = name;
    if (form.elements.decision.value !== name) return;
    const field = form.elements[NEEDS[name] || "reason"];
    if (field) field.focus();
  };

  const help = () => {
    const list = document.getElementById("keys");
    if (!list) return;
    list.open = !list.open;
    if (list.open) list.querySelector("summary").focus();
  };

  const ACTS = {
    j: () => go(1), k: () => go(-1), x: select, "?": help,
    u: () => location.assign(document.querySelector(".crumb a")?.href || "/alerts"),
    "/": () => document.querySelector("input[type=search]")?.focus(),
  };

  const writing = (target) =>
    target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && writing(event.target)) event.target.blur();
    if (writing(event.target) || localStorage.getItem(OFF)) return;
    const act = DECISIONS[event.key] ? () => decide(DECISIONS[event.key]) : ACTS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("change", count);

  // Single-key shortcuts can be switched off (WCAG 2.2, 2.1.4).
  const place = document.querySelector("[data-keys]");
  if (place) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () =>
      box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
    label.className = "check";
    label.append(box, "Single keys are shortcuts");
    place.append(label);
  }
  count();
})();
