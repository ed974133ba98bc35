// Charts as inline SVG. Each function takes plain numbers and a width in pixels, and returns an
// <svg> element. Texts come from files of users, so they are only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function canvas(width, height) {
  // a chart is described in words beside it, so it is hidden from screen readers
  return shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", focusable: "false" });
}

function niceStep(span, most) {
  const rough = span / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((part) => part * power).find((step) => step >= rough);
}

function dayStep(days, most) {
  return [1, 2, 5, 7, 10, 14, 20, 30, 50, 60, 100, 200, 365, 730].find((step) => days / step <= most) || 1000;
}

function grouped(value) {
  if (Math.abs(value) < 1e-9) return "0";
  return Math.round(value * 100) / 100 === Math.round(value) ? Math.round(value).toLocaleString("en") : String(value);
}

function dateOf(start, day) {
  const [year, month, date] = start.split("-").map(Number);
  const there = new Date(Date.UTC(year, month - 1, date + day));
  return there.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

// A quantity by day, with bands for the draws, the base case and what happened.
function byDay(width, options) {
  const { days, here, base, top, bottom = 0, unit, start, step: stepped, marks = [], end = null } = options;
  const height = 250;
  const edge = { left: 44, right: 14, top: 22, bottom: 42 };
  const chart = canvas(width, height);
  const step = days.length > 1 ? days[1] - days[0] : 1;
  const last = days[days.length - 1] + step;
  const x = (day) => edge.left + ((width - edge.left - edge.right) * day) / last;
  const y = (value) => height - edge.bottom - ((height - edge.top - edge.bottom) * (value - bottom)) / (top - bottom);
  // 1. axes
  const rise = niceStep(top - bottom, 5);
  for (let value = Math.ceil(bottom / rise) * rise; value <= top + 1e-9; value += rise) {
    chart.append(shape("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: y(value), y2: y(value) }));
    chart.append(shape("text", { x: edge.left - 6, y: y(value) + 4, "text-anchor": "end" }, `${grouped(value)}${unit}`));
  }
  chart.append(shape("line", { class: "axis", x1: edge.left, x2: width - edge.right, y1: y(Math.max(bottom, 0)), y2: y(Math.max(bottom, 0)) }));
  const spacing = dayStep(last, (width - edge.left) / 70);
  for (let day = 0; day <= last; day += spacing) {
    const anchor = x(day) > width - 40 ? "end" : "middle";
    chart.append(shape("text", { x: x(day), y: height - 24, "text-anchor": anchor }, day === 0 ? "day 0" : String(day)));
    chart.append(shape("text", { x: x(day), y: height - 8, "text-anchor": anchor }, dateOf(start, day)));
  }
  // 2. bands and lines
  // a setting that is simulated for fewer days ends earlier
  const stop = (values) => x(values.length < days.length ? days[values.length] : last).toFixed(1);
  const path = (values) => values.map((value, k) => (stepped && k
    ? `H${x(days[k]).toFixed(1)}V${y(value).toFixed(1)}`
    : `${k ? "L" : "M"}${x(days[k]).toFixed(1)},${y(value).toFixed(1)}`)).join("") + (stepped ? `H${stop(values)}` : "");
  const back = (values) => {
    const points = [];
    if (stepped) points.push(`L${stop(values)},${y(values[values.length - 1]).toFixed(1)}`);
    for (let k = values.length - 1; k >= 0; k -= 1) {
      points.push(stepped && k
        ? `H${x(days[k]).toFixed(1)}V${y(values[k - 1]).toFixed(1)}`
        : `L${x(days[k]).toFixed(1)},${y(values[k]).toFixed(1)}`);
    }
    return `${points.join("")}Z`;
  };
  if (here.ends) {
    chart.append(shape("path", { class: "band", d: path(here.ends[3]) + back(here.ends[0]) }));
    chart.append(shape("path", { class: "band-inner", d: path(here.ends[2]) + back(here.ends[1]) }));
  }
  if (base) chart.append(shape("path", { class: "base", d: path(base.all) }));
  chart.append(shape("path", { class: "here", d: path(here.all) }));
  // 3. what happened
  if (end !== null && end <= last) {
    chart.append(shape("line", { class: "past", x1: x(end), x2: x(end), y1: edge.top - 6, y2: height - edge.bottom }));
    chart.append(beside(`it ended on day ${grouped(end)}`, x(end), edge.top - 8, width));
  }
  for (const [day, value] of marks) {
    if (day <= last) chart.append(diamond(x(day), y(Math.min(value, top)), 6));
  }
  return chart;
}

// A label of what happened beside a mark: to its right if it fits, else to its left, else centred.
function beside(text, x, y, width) {
  const length = 7.2 * text.length;
  let [place, anchor] = [x + 6, "start"];
  if (x + 6 + length > width) [place, anchor] = x - 6 - length >= 0 ? [x - 6, "end"] : [width / 2, "middle"];
  return shape("text", { class: "past-label", x: place, y, "text-anchor": anchor }, text);
}

function diamond(x, y, size) {
  return shape("path", { class: "past-mark", d: `M${x},${y - size}L${x + size},${y}L${x},${y + size}L${x - size},${y}Z` });
}

// Medians with their intervals, one row for each setting.
function spreads(width, rows, top, past) {
  const edge = { left: 4, right: 18 };
  const rowHeight = 46;
  const axis = 34;
  const height = rows.length * rowHeight + axis + (past ? 22 : 4);
  const chart = canvas(width, height);
  const floor = past ? 22 : 4;
  const x = (value) => edge.left + ((width - edge.left - edge.right) * Math.min(value, top)) / top;
  const step = niceStep(top, width / 65);
  for (let value = 0; value <= top + 1e-9; value += step) {
    chart.append(shape("line", { class: "grid", x1: x(value), x2: x(value), y1: floor, y2: height - axis + 6 }));
    const anchor = value === 0 ? "start" : "middle";
    chart.append(shape("text", { x: x(value), y: height - 12, "text-anchor": anchor }, grouped(value)));
  }
  if (past) {
    const [low, best, high] = past.ends;
    if (high > low) chart.append(shape("rect", { class: "past-band", x: x(low), y: floor, width: x(high) - x(low), height: height - axis - floor + 6 }));
    chart.append(shape("line", { class: "past", x1: x(best), x2: x(best), y1: floor, y2: height - axis + 6 }));
    chart.append(beside(past.says, x(best), 14, width));
  }
  rows.forEach((row, place) => {
    const middle = floor + place * rowHeight + 30;
    chart.append(shape("text", { class: "label", x: edge.left, y: middle - 14 }, `${row.label}: `, shape("tspan", { class: "strong" }, row.shown)));
    if (row.parameters) chart.append(shape("line", { class: "parameters", x1: x(row.parameters[0]), x2: x(row.parameters[1]), y1: middle - 2, y2: middle - 2 }));
    if (row.chance) chart.append(shape("line", { class: "chance", x1: x(row.chance[0]), x2: x(row.chance[1]), y1: middle + 5, y2: middle + 5 }));
    chart.append(shape("circle", { class: row.isBase ? "dot-base" : "dot", cx: x(row.value), cy: middle - 1, r: 6 }));
  });
  return chart;
}

// Shares of runs by ending: a bar for this setting, a tick for the base case.
function endingBars(width, rows) {
  return element("ul", { class: "endings" }, ...rows.map((row) => {
    const chart = canvas(width, 18);
    const x = (share) => 1 + (width - 2) * share;
    chart.append(shape("rect", { class: "track", x: 1, y: 3, width: width - 2, height: 11 }));
    chart.append(shape("rect", { class: row.mediated ? "bar" : "bar-rest", x: 1, y: 3, width: x(row.share) - 1, height: 11 }));
    chart.append(shape("line", { class: "tick-base", x1: x(row.base), x2: x(row.base), y1: 0, y2: 18 }));
    const mark = row.happened ? element("span", { class: "happened" }, sign("past"), element("span", { class: "hidden" }, " (what happened)")) : null;
    const shares = row.shown === row.before ? [element("b", {}, row.shown)] : [`${row.before} in the base case, `, element("b", {}, `${row.shown} here`)];
    return element("li", {}, mark, element("span", {}, `${row.label}:`), " ", ...shares, chart);
  }));
}

// A difference with its interval on a small axis around zero.
function miniDifference(difference, most) {
  const width = 136;
  const height = 22;
  const chart = canvas(width, height);
  const x = (value) => width / 2 + ((width / 2 - 8) * Math.max(-most, Math.min(most, value))) / (most || 1);
  chart.append(shape("line", { class: "axis", x1: width / 2, x2: width / 2, y1: 1, y2: height - 1 }));
  const look = difference.clear ? "clear" : "vague";
  if (difference.low !== null) chart.append(shape("line", { class: look, x1: x(difference.low), x2: x(difference.high), y1: height / 2, y2: height / 2 }));
  chart.append(shape("circle", { class: `${look}-dot`, cx: x(difference.mean), cy: height / 2, r: 4.5 }));
  return chart;
}

// The ends of the axis of a small graph, for where the table shows no heads.
function miniScale() {
  return element("div", { class: "scale", "aria-hidden": "true" }, ...["less", "0", "more"].map((text) => element("span", {}, text)));
}

// A sign for a legend.
function sign(kind) {
  const chart = canvas(22, 12);
  if (kind === "band") chart.append(shape("rect", { class: "band", width: 22, height: 12 }), shape("rect", { class: "band-inner", y: 3, width: 22, height: 6 }));
  else if (kind === "past") chart.append(diamond(11, 6, 6));
  else if (kind === "past-line") chart.append(shape("line", { class: "past", x1: 11, x2: 11, y1: 0, y2: 12 }));
  else if (kind === "tick") chart.append(shape("line", { class: "tick-base", x1: 11, x2: 11, y1: 0, y2: 12 }));
  else if (kind === "dot" || kind === "dot-base") chart.append(shape("circle", { class: kind, cx: 11, cy: 6, r: 5 }));
  else if (kind === "bar") chart.append(shape("rect", { class: "bar", y: 1, width: 22, height: 10 }));
  else chart.append(shape("line", { class: kind, x1: 0, x2: 22, y1: 6, y2: 6 }));
  return chart;
}

function keys(...pairs) {
  return element("ul", { class: "keys" }, ...pairs.filter(Boolean).map(([kind, text]) => element("li", {}, sign(kind), text)));
}
