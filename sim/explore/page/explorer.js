// The offline page: every combination is in the file, and a change only looks one up. The setting is
// part of the address, after #, as path=value.

const LONG = 34; // letters of an option that a closed list shows on a phone

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
    overview.mark(cell());
  };
  const choose = (place, option) => {
    chosen[place] = option;
    remember(levers, chosen);
    update();
  };
  const controls = () => document.getElementById("levers").replaceChildren(
    ...levers.map((lever, place) => control(lever, place, chosen[place], narrow.matches, (option) => choose(place, option))));
  const restore = () => {
    const { options, unknown } = recalled(levers);
    options.forEach((option, place) => { chosen[place] = option; });
    document.getElementById("link-note").textContent = unknown.length
      ? `This page does not hold ${unknown.join(", ")} from the link. Shown without it.` : "";
    controls();
    update();
  };
  const overview = allSettings(book, (options) => {
    options.forEach((option, place) => { chosen[place] = option; });
    remember(levers, chosen);
    controls();
    update();
  });

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
  jumps();
}

// Jumps within the page leave the address alone: it names the setting.
function jumps() {
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("results").focus();
  });
  const settings = document.getElementById("settings");
  const back = document.getElementById("to-settings");
  new IntersectionObserver(([seen]) => { back.hidden = seen.isIntersecting; }).observe(settings);
  back.addEventListener("click", () => {
    settings.scrollIntoView();
    settings.querySelector("select, input").focus({ preventScroll: true });
  });
}

// Radio buttons, or a list where there is little room or there are many options.
function control(lever, place, chosen, narrow, choose) {
  const hint = lever.means ? element("span", { class: "hint", id: `hint-${place}` }, lever.means) : null;
  const described = hint ? `hint-${place}` : null;
  if (narrow || lever.options.length > 8) {
    const named = (k) => `${lever.options[k].label}${k ? "" : " (base case)"}`;
    const list = element("select", { id: `lever-${place}`, "aria-describedby": described },
      ...lever.options.map((option, k) => element("option", { value: k, selected: k === chosen }, named(k))));
    // a closed list cuts a long option, so that it stands below in full
    const full = element("span", { class: "full" });
    const spell = () => {
      const text = named(Number(list.value));
      full.textContent = text.length > LONG ? text : "";
    };
    list.addEventListener("change", () => { spell(); choose(Number(list.value)); });
    spell();
    return element("fieldset", { class: "lever" }, element("label", { class: "name", for: `lever-${place}` }, lever.label), hint, list, full);
  }
  const choices = lever.options.map((option, k) => {
    const button = element("input", { type: "radio", name: `lever-${place}`, value: k, checked: k === chosen });
    button.addEventListener("change", () => choose(k));
    return element("label", { class: "choice" }, button, element("span", {}, option.label, k ? null : element("span", { class: "stated" }, "base case")));
  });
  return element("fieldset", { class: "lever", "aria-describedby": described }, element("legend", {}, lever.label), hint, ...choices);
}

function remember(levers, chosen) {
  const stated = new URLSearchParams();
  levers.forEach((lever, k) => { if (chosen[k]) stated.append(lever.path, lever.options[chosen[k]].value); });
  document.getElementById("link-note").textContent = "";
  // one entry of the history for each setting, so that Back undoes a choice
  if (`#${stated}` !== window.location.hash) window.history.pushState(null, "", `#${stated}`);
}

function recalled(levers) {
  const stated = new URLSearchParams(window.location.hash.slice(1));
  const unknown = [];
  const options = levers.map((lever) => {
    const wanted = stated.get(lever.path);
    const found = wanted === null ? 0 : lever.options.findIndex((option) => option.value === wanted);
    if (found < 0) unknown.push(`${lever.path}=${wanted}`);
    return Math.max(found, 0);
  });
  const paths = levers.map((lever) => lever.path);
  for (const [path, value] of stated) if (!paths.includes(path)) unknown.push(value ? `${path}=${value}` : path);
  return { options, unknown };
}

// A table of all settings by one measure; each row has a button that goes to its setting.
function allSettings(book, go) {
  const list = document.getElementById("overview-measure");
  const place = document.getElementById("overview-table");
  const { levers } = book;
  const optionsOf = (position) => {
    const options = [];
    let rest = position;
    for (let k = levers.length - 1; k >= 0; k -= 1) {
      options.unshift(rest % levers[k].options.length);
      rest = Math.floor(rest / levers[k].options.length);
    }
    return options;
  };
  const single = document.getElementById("overview-one");
  document.getElementById("overview-single").hidden = levers.length < 2;
  let current = null;
  list.replaceChildren(...book.overview.map((says, k) => element("option", { value: k }, says)));
  const draw = () => {
    const measure = Number(list.value);
    const possible = book.cells.map((cell, position) => ({ cell, position })).filter(({ cell }) => cell.means);
    const found = possible.filter(({ position }) => !single.checked || optionsOf(position).filter(Boolean).length < 2);
    document.getElementById("overview-count").textContent = `${found.length} of ${possible.length} settings. Each setting is judged by itself: among many settings, a few may look clear by chance.`;
    found.sort((a, b) => b.cell.means[measure][0] - a.cell.means[measure][0]);
    place.replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "setting"), element("th", { scope: "col" }, book.overview[measure]), element("th", { scope: "col" }, `difference from the ${BASE}`))),
      element("tbody", {}, ...found.map(({ cell, position }) => {
        const button = element("button", { type: "button", class: "row", "aria-current": cell === current ? "true" : null }, cell.setting);
        button.addEventListener("click", () => go(optionsOf(position)));
        const [, mean, difference] = cell.means[measure];
        return element("tr", {}, element("td", {}, button), element("td", { class: "number" }, mean), element("td", {}, position ? difference : ""));
      }))));
  };
  list.addEventListener("change", draw);
  single.addEventListener("change", draw);
  const mark = (cell) => {
    current = cell;
    const buttons = [...place.querySelectorAll("button")];
    if (!buttons.length) { draw(); return; }
    for (const button of buttons) {
      if (cell.setting && button.textContent === cell.setting) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };
  return { mark };
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
