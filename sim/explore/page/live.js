// The live page: a form with every value of the scenario. A change sends the values that differ to
// this machine's own `sim serve`, which simulates them. The setting is part of the address.

const NOT_DONE = "Not simulated. The results are those of the last setting that was simulated.";

function startLive() {
  const book = JSON.parse(document.getElementById("data").textContent);
  const view = shown(book);
  const inputs = new Map();
  const status = element("p", { role: "status", id: "status", class: "faint" });
  const progress = element("progress", { max: 1, value: 0, "aria-label": "progress", hidden: true });
  const cancel = element("button", { type: "button", id: "cancel", disabled: true }, "Cancel");
  const runs = element("select", { id: "runs" }, ...book.sizes.map((size) => element("option", { value: size, selected: size === book.runs }, `${size.toLocaleString("en")} runs`)));
  const seed = element("input", { type: "number", id: "seed", min: 0, step: 1, value: book.seed });
  const search = element("input", { type: "search", id: "search", placeholder: "such as Russia or support" });
  const general = element("p", { class: "fault", role: "alert" });
  let running = null;

  const fields = book.groups.map((group) => {
    const rows = group.fields.map((field) => {
      const row = fieldRow(field);
      inputs.set(field.path, row);
      row.input.addEventListener("change", () => { rememberValues(inputs); ask(); });
      return row;
    });
    const node = element("details", { class: "group" }, element("summary", {}, group.heading), ...rows.map((row) => row.node));
    return { node, rows };
  });
  const sift = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const group of fields) {
      let any = false;
      for (const row of group.rows) {
        const found = wanted === "" || row.text.includes(wanted);
        row.node.hidden = !found;
        any = any || found;
      }
      group.node.hidden = !any;
      if (wanted) group.node.open = any;
    }
  };
  const labelled = (input, text) => element("div", {}, element("label", { for: input.id }, text), input);
  document.getElementById("levers").replaceChildren(
    element("div", { class: "tools" }, progress, status, general, labelled(search, "Find a value"), labelled(runs, "Size"), labelled(seed, "Seed")),
    ...fields.map((group) => group.node));
  document.querySelector("#settings .buttons").append(cancel);

  const ask = async () => {
    if (running) running.abort();
    const mine = new AbortController();
    running = mine;
    general.textContent = "";
    for (const row of inputs.values()) row.complain("");
    status.textContent = "Simulating ...";
    progress.hidden = false;
    progress.value = 0;
    cancel.disabled = false;
    const finish = (text) => {
      if (running !== mine) return;
      running = null;
      status.textContent = text;
      progress.hidden = true;
      cancel.disabled = true;
    };
    try {
      const body = JSON.stringify({ set: stated(inputs), runs: Number(runs.value), seed: Number(seed.value) });
      const answer = await fetch(book.address, { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: mine.signal });
      await eachLine(answer, (line) => {
        if (running !== mine) return;
        if ("progress" in line) progress.value = line.progress;
        else if (line.faults) { complain(line.faults, inputs, general); finish(NOT_DONE); }
        else if (line.error) { general.textContent = line.error; finish(NOT_DONE); }
        else if (line.cancelled) finish("Cancelled.");
        else if (line.book) {
          const { cells } = line.book;
          view.draw(line.book, cells[cells.length - 1], cells[0]);
          document.getElementById("design").textContent = `${line.book.design}. Both settings share their draws and random numbers, so their difference is the effect of the changes in this model.`;
          finish(`Simulated in ${line.seconds.toFixed(1)} s.`);
        }
      });
      finish("");
    } catch (error) {
      if (error.name !== "AbortError") { general.textContent = "The program does not answer. Is sim serve still running?"; }
      finish(error.name === "AbortError" ? "Cancelled." : NOT_DONE);
    }
  };
  const restore = () => {
    const wanted = new URLSearchParams(window.location.hash.slice(1));
    for (const [path, row] of inputs) row.set(wanted.get(path) || "");
    for (const group of fields) if (group.rows.some((row) => row.input.value !== "")) group.node.open = true;
    ask();
  };

  document.getElementById("overview").remove();
  showFrame(book);
  showLiveNotes(book);
  search.addEventListener("input", sift);
  runs.addEventListener("change", ask);
  seed.addEventListener("change", ask);
  cancel.addEventListener("click", () => running && running.abort());
  document.getElementById("settings").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", () => {
    for (const row of inputs.values()) row.set("");
    rememberValues(inputs);
    ask();
  });
  window.addEventListener("hashchange", restore);
  window.addEventListener("beforeprint", view.again);
  whenResized(document.getElementById("panels"), view.again);
  copying();
  jumps();
  restore();
}

function fieldRow(field) {
  const id = `field-${field.path}`;
  const described = `${id}-hint ${id}-fault`;
  const fault = element("p", { class: "fault", id: `${id}-fault` });
  const input = field.options.length
    ? element("select", { id, "aria-describedby": described }, element("option", { value: "" }, `As stated: ${field.stated}`), ...field.options.map(([value, label]) => element("option", { value }, label)))
    : element("input", { type: "text", id, placeholder: field.stated, maxlength: 500, spellcheck: "false", "aria-describedby": described });
  const sources = field.sources.length ? element("details", {}, element("summary", { class: "faint" }, `Source: ${field.kind}`), element("ul", { class: "faint" }, ...field.sources.map((text) => element("li", {}, text)))) : null;
  const node = element("div", { class: "field" },
    element("label", { for: id }, field.label), element("span", { class: "hint", id: `${id}-hint` }, field.options.length ? field.means : `${field.means}${field.means ? ". " : ""}Stated: ${field.stated}.`), input, fault, sources);
  const mark = () => node.classList.toggle("changed", input.value !== "");
  input.addEventListener("change", mark);
  return {
    node, input, text: `${field.label} ${field.path} ${field.means}`.toLowerCase(),
    set: (value) => { input.value = value; mark(); },
    complain: (text) => {
      fault.textContent = text;
      input.toggleAttribute("aria-invalid", text !== "");
      if (text) input.setAttribute("aria-invalid", "true");
    },
  };
}

function stated(inputs) {
  const found = {};
  for (const [path, row] of inputs) if (row.input.value.trim() !== "") found[path] = row.input.value.trim();
  return found;
}

function rememberValues(inputs) {
  window.history.replaceState(null, "", `#${new URLSearchParams(stated(inputs))}`);
}

// Put each fault beside the field with the longest matching path; the rest above the form.
function complain(faults, inputs, general) {
  const rest = [];
  for (const { path, message } of faults) {
    const near = [...inputs.keys()].filter((known) => path === known || path.startsWith(`${known}.`)).sort((a, b) => b.length - a.length)[0];
    if (near) { inputs.get(near).complain(message); inputs.get(near).node.closest("details.group").open = true; }
    else rest.push(path ? `${path}: ${message}` : message);
  }
  const beside = faults.length - rest.length;
  if (beside) rest.unshift(`${beside === 1 ? "One value is" : `${beside} values are`} not allowed: see below.`);
  general.textContent = rest.join(" ");
}

async function eachLine(answer, act) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    waiting += decoder.decode(value || new Uint8Array(), { stream: !done });
    const lines = waiting.split("\n");
    waiting = lines.pop();
    for (const line of lines) if (line) act(JSON.parse(line));
    if (done) return;
  }
}

function showLiveNotes(book) {
  showNotes({ ...book, levers: [], cells: [] });
}
