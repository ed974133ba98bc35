// The panels of the page: what is shown of one cell. `book` is the content of the page, `here` the
// cell that is shown, and `base` the base case.

const HERE = "this setting";
const BASE = "base case";

function panel(id, heading, wide) {
  const finding = element("p", { id: `${id}-words`, class: "finding" });
  const chart = element("div", { class: "chart" });
  const caption = element("figcaption");
  const legend = element("div");
  const section = element("section", { id, class: wide ? "wide-panel" : null, "aria-labelledby": `${id}-heading` },
    element("h2", { id: `${id}-heading` }, heading), finding, element("figure", {}, chart, legend, caption));
  return { section, finding, chart, legend, caption };
}

// The finding for all readers, and the whole chart in words for those who cannot see it.
function said(parts, here, name) {
  parts.finding.replaceChildren(here.findings[name], element("span", { class: "hidden" }, ` ${here.described[name]}`));
}

function widthOf(chart) {
  return Math.max(Math.floor(chart.clientWidth), 240);
}

function drawn(chart, svg) {
  chart.replaceChildren(svg);
}

function rowOf(book, cell, name) {
  return cell.rows[book.measures.findIndex((measure) => measure.name === name)];
}

function showFighting(parts, book, here, base) {
  const past = book.history;
  said(parts, here, "fighting");
  drawn(parts.chart, byDay(widthOf(parts.chart), {
    days: book.days, here: here.fighting, base: here === base ? null : base.fighting, top: 100, unit: "%",
    start: book.start, step: true, end: past && past.days !== null ? past.days : null,
  }));
  parts.legend.replaceChildren(keys(["here", HERE], here.fighting.ends && ["band", "middle 50% and 80% of draws"], here !== base && ["base", BASE], past && past.days !== null && ["past-line", "what happened"]));
  parts.caption.textContent = `Share of runs in which there is fighting, by day.${here.fighting.ends ? " The band shows parameter uncertainty." : ""}${later(book, here)}`;
}

// How many runs still fight where the axis of days is cut; empty if it is not, or if hardly any do.
function later(book, cell) {
  const shares = cell.fighting.all;
  const last = book.days[shares.length - 1];
  const rest = shares[shares.length - 1];
  return last < book.horizon - 1 && rest >= 0.5 ? ` ${Math.round(rest)}% of runs still fight after day ${last}.` : "";
}

function showTerritory(parts, book, here, base) {
  const past = book.history;
  said(parts, here, "territory");
  drawn(parts.chart, byDay(widthOf(parts.chart), {
    days: book.days, here: here.territory, base: here === base ? null : base.territory,
    top: book.limits.territory * 1.05, bottom: book.limits.lost, unit: "%", start: book.start, marks: past ? past.territory : [],
  }));
  parts.legend.replaceChildren(keys(["here", HERE], here.territory.ends && ["band", "middle 50% and 80% of draws"], here !== base && ["base", BASE], past && past.territory.length && ["past", "what happened"]));
  parts.caption.textContent = `Territory that ${book.challenger} has won by fighting, as a share of the contested area: mean of all runs. What is ceded by agreement comes on top.${later(book, here)}`;
}

function showEndings(parts, book, here, base) {
  const past = book.history;
  const percent = (cell, key) => {
    const line = book.measures.findIndex(({ name }) => name === `ending_${key}` || name === `broker_${key}`);
    return line < 0 ? `${Math.round(100 * (cell.endings[key] || 0))}%` : cell.rows[line].shown[0];
  };
  const rows = book.endings.filter(({ key }) => (here.endings[key] || 0) >= 0.01 || (base.endings[key] || 0) >= 0.01 || (past && past.key === key));
  said(parts, here, "endings");
  drawn(parts.chart, endingBars(widthOf(parts.chart), rows.map(({ key, label, mediated }) => ({
    label: label.charAt(0).toUpperCase() + label.slice(1),
    mediated,
    share: here.endings[key] || 0, base: base.endings[key] || 0, shown: percent(here, key), before: percent(base, key),
    happened: Boolean(past && past.key === key),
  }))));
  parts.legend.replaceChildren(keys(["bar", HERE], ["tick", BASE], past && past.key && ["past", "what happened"]));
  parts.caption.textContent = "Share of runs by how the fighting ended. Endings in fewer than 1% of runs both here and in the base case are left out.";
}

function showSpread(parts, book, here, base, name, past) {
  const row = (cell, label, isBase) => {
    const line = rowOf(book, cell, name);
    return { label, isBase, shown: line.shown[0], value: line.value, chance: line.chance, parameters: line.parameters };
  };
  const rows = here === base ? [row(base, "Base case", true)] : [row(here, "This setting", false), row(base, "Base case", true)];
  const limit = name === "deaths" ? book.limits.deaths : book.limits.duration;
  drawn(parts.chart, spreads(widthOf(parts.chart), rows, limit * 1.02, past));
  const has = rowOf(book, here, name);
  parts.legend.replaceChildren(keys(here !== base && ["dot", "median, this setting"], ["dot-base", "median, base case"], has.parameters && ["parameters", "middle 80% of draws (parameters)"], has.chance && ["chance", "middle 80% of runs of a typical draw (chance)"], past && ["past-line", "what happened"]));
}

function showDuration(parts, book, here, base) {
  const past = book.history;
  said(parts, here, "duration");
  const mark = past && past.days !== null ? { ends: [past.days, past.days, past.days], says: past.days_says } : null;
  showSpread(parts, book, here, base, "duration_days", mark);
  parts.caption.textContent = "Days until the lasting end of the fighting.";
}

function showDeaths(parts, book, here, base) {
  const past = book.history;
  said(parts, here, "deaths");
  const known = past && past.deaths && past.deaths.length === 3;
  showSpread(parts, book, here, base, "deaths", known ? { ends: past.deaths, says: past.deaths_says } : null);
  parts.caption.textContent = "Battle deaths of both sides. Civilians who were killed are not counted.";
}

function showChanges(parts, book, here, base) {
  parts.section.hidden = here === base;
  if (here === base) return;
  const names = Object.keys(here.differences);
  const clear = names.filter((name) => here.differences[name].clear).length;
  parts.finding.textContent = `${clear} of ${names.length} differences from the base case ${clear === 1 ? "is" : "are"} clear, in this model and on average over its draws.`;
  const heads = ["mean over runs", BASE, HERE, "difference [95% interval]", "share of draws"].map((text) => element("th", { scope: "col" }, text));
  const table = element("table", { class: "changes" },
    element("thead", {}, element("tr", {}, ...heads, element("th", { scope: "col", class: "mini" }, element("span", {}, "less"), element("span", {}, "0"), element("span", {}, "more")))),
    element("tbody", {}, ...names.map((name) => changeRow(book, here.differences[name], name))));
  parts.chart.replaceChildren(element("p", { class: "reading" }, readingOf(here)), table);
  parts.legend.replaceChildren();
  parts.caption.textContent = "Each run is paired with the run of the base case that has the same draw and the same random numbers. The interval covers chance and the limited number of draws: it says how well the mean is known, not how far draws differ. In the draws that are not named, nothing changes. Each small graph has its own scale; its line is zero. Points are percentage points. A difference is marked as rounded where the rounded means do not add up to it.";
}

// What "not clear" means, which stands directly above the table.
function readingOf(cell) {
  const rows = Object.values(cell.differences);
  if (rows.some((row) => row.low === null)) return "With a single draw, no difference is clear.";
  return `Not clear: chance alone could bring about such a difference. That can hold even if the interval leaves out zero: among ${cell.comparisons} comparisons, one such interval easily arises by chance.`;
}

function changeRow(book, difference, name) {
  const measure = book.measures.find((found) => found.name === name);
  const said = element("td", { class: "difference number", "data-label": "difference" }, element("b", {}, difference.text));
  if (difference.rounded) said.append(" (rounded)");
  if (difference.ends) said.append(" ", element("span", { class: "ends" }, `[${difference.ends}]`));
  if (!difference.clear && !difference.same) said.append(" ", element("span", { class: "verdict together" }, "not clear"));
  const shares = (difference.agree || "").split(/(?<=,) /).flatMap((text) => [element("span", { class: "together" }, text), " "]);
  return element("tr", { class: difference.clear ? null : "unclear" },
    element("th", { scope: "row" }, measure ? measure.says : book.acts[name]),
    element("td", { class: "number short", "data-label": BASE }, difference.base),
    element("td", { class: "number short", "data-label": HERE }, difference.here),
    said, element("td", { class: "number", "data-label": difference.agree ? "share of draws" : null }, ...shares),
    element("td", { class: "mini" }, miniScale(), miniDifference(difference, book.limits.differences[name])));
}

function showNumbers(node, book, here, base) {
  const past = base.past || [];
  const heads = ["measure", HERE, "chance 80%", "parameters 80%", BASE, "what happened"];
  node.replaceChildren(element("table", { class: "all" },
    element("caption", {}, "Shares of runs, and medians of all other measures. Chance is the middle 80% of the runs of a typical draw; parameters is the middle 80% of draws."),
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...book.measures.map((measure, k) => element("tr", {},
      element("th", { scope: "row" }, measure.says),
      ...[...here.rows[k].shown, base.rows[k].shown[0], past[k] || ""].map((text, place) => element("td", { class: "number", "data-label": text ? heads[place + 1] : null }, text)))))));
}

const PANELS = [
  ["changes", "What differs from the base case? (means over runs)", true, showChanges],
  ["fighting", "Is there still fighting?", true, showFighting],
  ["endings", "How does it end?", false, showEndings],
  ["territory", "Who wins territory?", false, showTerritory],
  ["duration", "How long does it last?", false, showDuration],
  ["deaths", "How many die in battle?", false, showDeaths],
];

// Everything that depends on the cell; `again` draws it once more, such as in a new width.
function shown(book) {
  const parts = PANELS.map(([id, heading, wide, show]) => ({ ...panel(id, heading, wide), show }));
  document.getElementById("panels").replaceChildren(...parts.map((part) => part.section));
  let last = null;
  const draw = (content, here, base) => {
    last = [content, here, base];
    const fault = here.fault;
    document.getElementById("says").textContent = fault ? "This combination cannot be simulated." : here.says;
    document.getElementById("base-says").textContent = fault ? "" : here.base_says;
    document.getElementById("changed").textContent = fault || here.changed;
    document.getElementById("conduct").textContent = fault ? "" : here.conduct;
    document.getElementById("setting-notes").replaceChildren(...(here.notes || []).map((text) => element("li", {}, text)));
    document.getElementById("fit").textContent = here === base && content.fit ? content.fit : "";
    const expected = document.getElementById("expected");
    if (expected) expected.textContent = fault ? "" : `The model: ${here.says}`;
    document.getElementById("command").replaceChildren(...here.command.split(" --").flatMap((part, k) => (k
      ? [" ", element("span", { class: "whole" }, `--${part}`)] : [part])));
    document.getElementById("panels").hidden = Boolean(fault);
    document.getElementById("numbers-section").hidden = Boolean(fault);
    if (fault) return;
    for (const part of parts) part.show(part, content, here, base);
    showNumbers(document.getElementById("numbers"), content, here, base);
  };
  const again = () => last && draw(...last);
  return { draw, again };
}

function showFrame(book) {
  const about = `${dateOf(book.start, 0)} ${book.start.slice(0, 4)}. ${book.challenger.charAt(0).toUpperCase()}${book.challenger.slice(1)} challenges ${book.defender}. Simulated for ${book.horizon} days.`;
  document.getElementById("about").textContent = about;
  const happened = document.getElementById("happened");
  if (book.history) happened.append(element("b", {}, book.history.variant ? "What happened in the crisis that this scenario varies: " : "What happened: "), book.history.says);
  else happened.hidden = true;
}

function showNotes(book) {
  const notes = document.getElementById("notes");
  const add = (heading, ...content) => notes.append(element("h2", {}, heading), ...content);
  const limits = [
    "They are no prediction: they follow from this model and the values put into it.",
    "Civilians who were killed are not counted. Deaths are battle deaths of both sides.",
    "Territory won by fighting leaves out what is ceded by agreement, which comes on top.",
    "Differences between settings are effects in this model. They need not be effects in the world.",
    "The ranges cover chance and the uncertain values of the model, but not what the model leaves out.",
  ];
  add("What these numbers do not show", element("ul", { id: "limits" }, ...limits.map((text) => element("li", {}, text))));
  add("What the model contains",
    element("p", {}, `Two sides choose each day whether to fight and whether to sign a proposed ceasefire. Third parties may speak up for a side, aid or arm it, fight for it, or mediate. The challenger (here ${book.challenger}) wants the line to move, and the defender (${book.defender}) holds the contested area. The words assign no blame. Shares of territory are shares of the contested area. A lull is an end of the fighting without an agreement.`));
  add("How to read this page",
    element("p", {}, "The model simulates the crisis many times. A share of runs describes chance: how often something happens if the crisis begins in the same way again. A draw is one full set of the values that the sources leave uncertain, and bands of draws describe that uncertainty. A result is an argument that can be checked."),
    element("p", { id: "design" }, `${book.design}. All settings share their draws and random numbers, so a difference between two settings is the effect of the change in this model.`));
  if (book.expects) add("What the sources expect", element("p", {}, book.expects), element("p", { id: "expected" }));
  const sources = (book.levers || []).flatMap((lever) => [
    element("dt", {}, `${lever.label}: ${lever.stated}`),
    ...lever.sources.map((text) => element("dd", {}, text)),
    ...(lever.sources.length ? [] : [element("dd", {}, "No source is stated.")]),
  ]);
  if (sources.length) add("Sources of the base case", element("details", {}, element("summary", {}, "What the scenario states for the values that this page changes, and why"), element("dl", {}, ...sources)));
  if (book.history && book.history.sources.length) add("Sources of what happened", element("p", {}, book.history.sources.join("; "), "."));
  const refused = book.cells.filter((cell) => cell.fault);
  if (refused.length) {
    const list = element("ul", {}, ...refused.map((cell) => element("li", {}, `${cell.settings}: ${cell.fault}`)));
    add("Combinations that cannot be simulated", element("details", {}, element("summary", {}, `${refused.length} of ${book.cells.length} combinations`), list));
  }
}
