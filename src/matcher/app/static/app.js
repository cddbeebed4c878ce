// What needs a script: choosing sends at once, files may be dropped, keys, focus after a change.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const said = document.getElementById("said");
  const typing = (at) => at.closest("input:not([type=radio]),select,textarea,[contenteditable]");

  let keyed = null;
  document.addEventListener("keydown", (event) => { keyed = event.key === "Enter" ? null : event.target; }, true);
  document.addEventListener("pointerdown", () => { keyed = null; }, true);
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.id === "keys-on") localStorage.setItem("keys", field.checked ? "on" : "off");
    if (field.matches("[data-name]")) field.name = field.dataset.name;
    if (field === keyed && field.closest(".as")) {  // keys go through a list: what is meant is said by a press
      const take = field.form.querySelector("button") || Object.assign(document.createElement("button"), { textContent: said.dataset.take });
      take.className = "btn small";
      if (!take.parentNode) field.closest("label").after(take);
      return;
    }
    if (field.matches("[data-send]")) {
      root.classList.add("busy");
      said.textContent = said.dataset.working;
      sessionStorage.setItem("at", JSON.stringify([location.pathname, field.id, field.name, field.value, scrollY]));
      field.form.requestSubmit();
    }
    const drop = field.closest("[data-drop]");
    if (drop && field.type === "file" && field.files.length) {
      root.classList.add("busy");
      said.textContent = said.dataset.reading;
      drop.requestSubmit();
    }
  });

  document.addEventListener("input", (event) => {
    const words = event.target.dataset.words;
    if (!words) return;
    const word = words.split("|")[event.target.value];
    event.target.setAttribute("aria-valuetext", word);
    document.querySelector(`output[for="${event.target.id}"]`).textContent = word;
  });

  const drops = document.querySelectorAll("[data-drop]");
  const dropped = (event) => event.target.closest("[data-drop]") || (drops.length === 1 && drops[0]);
  for (const kind of ["dragover", "dragenter"]) {
    document.addEventListener(kind, (event) => {
      const drop = dropped(event);
      if (drop) { event.preventDefault(); drop.classList.add("over"); }
    });
  }
  document.addEventListener("dragleave", () => drops.forEach((drop) => drop.classList.remove("over")));
  document.addEventListener("drop", (event) => {
    const drop = dropped(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("over");
    const files = drop.querySelector("input[type=file]");
    if (event.dataTransfer.files.length) {
      files.files = event.dataTransfer.files;
      files.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  document.addEventListener("click", (event) => {
    const print = event.target.closest("[data-print]");
    if (!print) return;
    event.preventDefault();
    document.getElementById(print.dataset.print).contentWindow.print();
  });

  // All suggestions marked at once: to be looked over, and used by a press of its own.
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-mark]");
    if (!mark) return;
    for (const card of document.querySelectorAll(".ask:not(.shut)")) {
      const likely = !card.querySelector("input:checked,details[open][data-instead]") && card.querySelector("[data-likely]");
      if (!likely) continue;
      likely.checked = true;
      likely.dispatchEvent(new Event("input", { bubbles: true }));
    }
    said.textContent = mark.dataset.mark;
  });

  // A mentor dragged onto the one in the match, or onto a mentee's place: the effect opens, nothing is done.
  document.addEventListener("dragstart", (event) => {
    const from = event.target.closest("[data-drag]");
    if (from) event.dataTransfer.setData("text/x-effect", from.dataset.drag);
  });
  for (const place of document.querySelectorAll("[data-onto]")) {
    place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("onto"); });
    place.addEventListener("dragleave", () => place.classList.remove("onto"));
    place.addEventListener("drop", (event) => {
      const to = event.dataTransfer.getData("text/x-effect");
      event.preventDefault();
      if (!to.startsWith("/p/")) return;
      const effect = new URL(to, location.href);
      if (place.dataset.onto) effect.searchParams.set("instead", place.dataset.onto);
      location.assign(effect);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (typing(event.target)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z") {
      const undo = document.getElementById("undo");
      if (undo) { event.preventDefault(); undo.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = document.getElementById("keys");
    if (event.key === "?" && keys) {
      document.getElementById("keys-on").checked = localStorage.getItem("keys") !== "off";
      keys.showModal();
      return;
    }
    if (localStorage.getItem("keys") === "off") return;
    const effects = document.querySelectorAll(".others [data-drag]");
    if (/^[1-9]$/.test(event.key) && effects[event.key - 1]) location.assign(effects[event.key - 1].dataset.drag);
    const asked = [...document.querySelectorAll(".ask:not(.shut)")];
    const isOpen = (card) => !card.querySelector("input:checked,details[open][data-instead]");
    const card = event.target.closest(".ask") || asked.find(isOpen);
    const choice = /^[1-9]$/.test(event.key) && card && card.querySelectorAll("input[type=radio]")[event.key - 1];
    if (choice && !choice.disabled) {
      choice.checked = true;
      choice.focus();
    } else if (event.key === "Enter" && event.target.type === "radio") {
      event.preventDefault();
      const next = event.target.checked && asked.find(isOpen);
      if (next) next.querySelector("fieldset input").focus(); else event.target.form.requestSubmit();
    } else if (event.key === "/" && document.querySelector("input[type=search]")) {
      event.preventDefault();
      document.querySelector("input[type=search]").focus();
    } else if (event.key === "l" && document.getElementById("looks-right")) {
      document.getElementById("looks-right").click();
    } else if (event.key === "k" && document.getElementById("preceding")) {
      document.getElementById("preceding").click();
    } else if (event.key === "j" && document.getElementById("following")) {
      document.getElementById("following").click();
    } else if (event.key === "j" || event.key === "k") {
      const rows = [...document.querySelectorAll(".row,.list li,.rows>li")].filter((row) => row.offsetParent);
      const now = rows.findIndex((row) => row.contains(document.activeElement));
      const next = rows[now < 0 ? 0 : now + (event.key === "j" ? 1 : -1)];
      if (next) next.querySelector("select,a,button,input:not([type=hidden])").focus();
    }
  });

  // What else an answer may be: chosen instead of those above while it lies open.
  for (const instead of document.querySelectorAll("details[data-instead]")) instead.addEventListener("toggle", () => {
    const other = instead.querySelector("select");
    if (instead.open) other.setAttribute("form", "answer"); else other.removeAttribute("form");
    for (const choice of instead.closest(".ask").querySelectorAll("input[type=radio]")) {
      choice.disabled = instead.open;
      if (instead.open) choice.checked = false;
    }
  });

  // What a question can be taken as stands on the page once, and is put into every chooser here.
  const taken = document.getElementById("taken");
  for (const field of taken ? document.querySelectorAll("select[data-own]") : []) {
    const now = field.value, all = taken.content.cloneNode(true);
    const options = [...all.querySelectorAll("option")];
    options.find((one) => one.value.startsWith("groups.")).value = field.dataset.own;
    if (options.some((one) => one.value === now)) field.replaceChildren(all);
    else field.append(all);
    field.value = now;
  }

  // Answers that are marked and not used yet are there again when the page is loaded anew.
  const answers = document.getElementById("answer"), kept = `asked ${location.pathname}`;
  if (answers) {
    const fields = [...document.querySelectorAll(".ask:not(.shut) [form=answer]:not([type=hidden])")];
    const what = (field) => (field.type === "text" ? "value" : "checked");
    const name = (field) => [field.closest(".ask").querySelector("h3").textContent, field.type === "text" || field.value].join();
    const before = JSON.parse(sessionStorage.getItem(kept) || "{}");
    for (const field of fields) if (!field.hasAttribute("aria-invalid")) field[what(field)] = before[name(field)] || field[what(field)];
    document.addEventListener("input", () => {
      sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(fields.map((field) => [name(field), field[what(field)]]))));
    });
    answers.addEventListener("submit", () => sessionStorage.removeItem(kept));
  }

  // A page that is still worked out: asked for again, which waits on the other side.
  if (document.getElementById("again")) {
    history.scrollRestoration = "manual";
    setTimeout(() => location.reload(), 300);
  }

  // After a choice that sent itself: back to where it was made.
  const [path, id, name, value, top] = JSON.parse(sessionStorage.getItem("at") || "[]");
  sessionStorage.removeItem("at");
  if (path === location.pathname && !location.search.includes("at=")) {
    const again = (id && document.getElementById(id)) || [...document.getElementsByName(name)].find((one) => one.value === value);
    scrollTo(0, top);
    if (again && again.type !== "hidden") again.focus({ preventScroll: true });
  }

  // What is asked for again and again is put in, and read out, only where it says something else.
  let latest = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    event.detail.shouldSwap &&= event.detail.xhr.responseText !== latest;
    latest = event.detail.xhr.responseText;
  });

  // A page that lies open is told what was done in another tab.
  const main = document.querySelector("[data-meanwhile]");
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(main.dataset.meanwhile).catch(() => null);
    const text = answer && answer.ok ? await answer.text() : "";
    if (!text || document.querySelector(".meanwhile")) return;
    const note = document.createElement("p");
    note.className = "meanwhile";
    note.setAttribute("role", "status");
    note.append(text + " ", Object.assign(document.createElement("a"), { href: location.href.split("#")[0], textContent: said.dataset.show }));
    document.body.append(note);
  };
  if (main) setInterval(ask, 5000);
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("main details")) fold.open = true;
    for (const frame of document.querySelectorAll("main iframe")) frame.style.height = `${frame.contentDocument.documentElement.scrollHeight + 2}px`;
  });

  const effect = document.querySelector("#h-effect,[data-focus]");
  const shown = () => { effect.focus({ preventScroll: true }); effect.scrollIntoView({ block: "start" }); };
  if (effect) { shown(); addEventListener("load", () => setTimeout(shown)); }
  const changed = new URLSearchParams(location.search).get("at");
  const row = changed && document.getElementById("r-" + changed.replace(".", "-"));
  if (row) { row.classList.add("now"); row.querySelector("select").focus(); }

  // What a press led to is read out, and the way goes on from there.
  const led = document.querySelector("main .flag[role]");
  if (led && document.activeElement === document.body) { led.tabIndex = -1; led.focus(); }
})();
