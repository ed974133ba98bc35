// The offline page: every combination is in the file, and a change only looks one up. The setting is
// part of the address, after #, as path=value.

function start() {
  const book = JSON.parse(document.getElementById("data").textContent);
  const { levers } = book;
  const narrow = window.matchMedia("(max-width: 60rem)");
  const view = shown(book);
  const chosen = levers.map(() => 0);

  const cell = () => book.cells[levers.reduce((place, lever, k) => place * lever.options.length + chosen[k], 0)];
  const update = () => {
    view.draw(book, cell(), book.cells[0]);
    document.getElementById("reset").disabled = chosen.every((option) => option === 0);
  };
  const choose = (place, option) => {
    chosen[place] = option;
    remember(levers, chosen);
    update();
  };
  const controls = () => document.getElementById("levers").replaceChildren(
    ...levers.map((lever, place) => control(lever, place, chosen[place], narrow.matches, (option) => choose(place, option))));
  const restore = () => {
    recalled(levers).forEach((option, place) => { chosen[place] = option; });
    controls();
    update();
  };

  showFrame(book);
  showNotes(book);
  restore();
  narrow.addEventListener("change", controls);
  window.addEventListener("hashchange", restore);
  window.addEventListener("beforeprint", view.again);
  document.getElementById("reset").addEventListener("click", () => {
    chosen.fill(0);
    remember(levers, chosen);
    controls();
    update();
  });
  whenResized(document.getElementById("panels"), view.again);
  copying();
}

// Radio buttons, or a list where there is little room or there are many options.
function control(lever, place, chosen, narrow, choose) {
  const hint = lever.means ? element("span", { class: "hint", id: `hint-${place}` }, lever.means) : null;
  const described = hint ? `hint-${place}` : null;
  if (narrow || lever.options.length > 8) {
    const list = element("select", { id: `lever-${place}`, "aria-describedby": described },
      ...lever.options.map((option, k) => element("option", { value: k, selected: k === chosen }, k ? option.label : `${option.label} (as stated)`)));
    list.addEventListener("change", () => choose(Number(list.value)));
    return element("fieldset", { class: "lever" }, element("label", { class: "name", for: `lever-${place}` }, lever.label), hint, list);
  }
  const choices = lever.options.map((option, k) => {
    const button = element("input", { type: "radio", name: `lever-${place}`, value: k, checked: k === chosen });
    button.addEventListener("change", () => choose(k));
    return element("label", { class: "choice" }, button, element("span", {}, option.label, k ? null : element("span", { class: "stated" }, "as the scenario states")));
  });
  return element("fieldset", { class: "lever", "aria-describedby": described }, element("legend", {}, lever.label), hint, ...choices);
}

function remember(levers, chosen) {
  const stated = new URLSearchParams();
  levers.forEach((lever, k) => { if (chosen[k]) stated.append(lever.path, lever.options[chosen[k]].value); });
  window.history.replaceState(null, "", `#${stated}`);
}

function recalled(levers) {
  const stated = new URLSearchParams(window.location.hash.slice(1));
  return levers.map((lever) => {
    const wanted = stated.get(lever.path);
    return wanted === null ? 0 : Math.max(lever.options.findIndex((option) => option.value === wanted), 0);
  });
}

function whenResized(node, act) {
  let width = node.clientWidth;
  new ResizeObserver(() => {
    if (node.clientWidth === width) return;
    width = node.clientWidth;
    window.requestAnimationFrame(act);
  }).observe(node);
}

function copying() {
  const status = document.getElementById("copied");
  document.getElementById("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      status.textContent = "The link is copied.";
    } catch {
      status.textContent = `Copy this link: ${window.location.href}`;
    }
  });
}
