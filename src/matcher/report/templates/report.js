"use strict";
(() => {
  const bodies = (table) => Array.from(table.tBodies);
  const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const key = (body, column) => {
    const cell = body.rows[0].cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v;
  };
  const compare = (a, b) => {
    const x = parseFloat(a.replace("\u2212", "-")), y = parseFloat(b.replace("\u2212", "-"));
    if (Number.isFinite(x) && Number.isFinite(y)) return x - y;
    return a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (table, head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keyed = bodies(table).map((body) => [key(body, column), body]);
    keyed.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    table.append(...keyed.map((pair) => pair[1]));
  };
  document.querySelectorAll("th[data-sort]").forEach((head) => {
    const table = head.closest("table");
    const column = Array.from(head.parentNode.cells).indexOf(head);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
  document.querySelectorAll("input[data-table]").forEach((input) => {
    const table = document.getElementById(input.dataset.table);
    const note = document.querySelector(`[data-count="${input.dataset.table}"]`);
    let index = null;
    input.closest(".tools").hidden = false;
    input.addEventListener("input", () => {
      index = index || bodies(table).map((body) => [fold(body.rows[0].textContent), body]);
      const wanted = fold(input.value.trim());
      let shown = 0;
      for (const [text, body] of index) {
        const hit = text.includes(wanted);
        body.hidden = !hit;
        shown += hit;
      }
      note.textContent = wanted ? `${shown} of ${index.length} shown` : "";
    });
  });
  document.documentElement.dataset.ready = "yes";
})();
