// The file manager with a script: panes change alone, files are dragged, brought and watched.
"use strict";

const DRAGGED = "application/x-lenticular-files";
const selection = document.getElementById("selection");
const said = document.getElementById("said");
const underWay = document.getElementById("under-way");
const panes = { left: document.getElementById("left"), right: document.getElementById("right") };
const sides = Object.keys(panes);

const otherSide = (side) => (side === "left" ? "right" : "left");
const sideOf = (element) => element.closest(".pane").id;
const entriesOf = (side) => [...panes[side].querySelectorAll(".entry")];
const boxOf = (entry) => entry.querySelector("input");
const chosenIn = (side) => entriesOf(side).filter((entry) => boxOf(entry).checked);
const nameOf = (entry) => entry.querySelector(".called > a, .called > span");
const stateOf = (side, name) => panes[side].querySelector(`input[name=${name}]`)?.value ?? "";

function say(text, kind = "") {
  said.textContent = text;
  said.className = `notice ${kind}`;
  said.hidden = !text;
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

// Panes

async function refresh(side, state = new URLSearchParams(location.search)) {
  const pane = panes[side];
  pane.setAttribute("aria-busy", "true");
  const query = new URLSearchParams([...state, ["side", side]]);
  const answer = await fetch(`/files/pane?${query}`).catch(() => null);
  if (!answer?.ok) {
    location.reload(); // signed out meanwhile, or away: the page says which
    return;
  }
  pane.replaceChildren(...parsed(await answer.text()).body.childNodes);
  pane.removeAttribute("aria-busy");
  prepare(side);
}

function prepare(side) {
  const pane = panes[side];
  localTimes(pane);
  for (const one of pane.querySelectorAll(".upload, [data-all]")) one.hidden = false;
  count(side);
}

// Say how much is selected, and offer what can be done with it.
function count(side) {
  const chosen = chosenIn(side);
  const all = panes[side].querySelector("[data-all]");
  if (!all) return;
  all.checked = chosen.length > 0 && chosen.length === entriesOf(side).length;
  all.indeterminate = chosen.length > 0 && !all.checked;
  panes[side].querySelector(".chosen").textContent = chosen.length
    ? `, ${chosen.length} selected`
    : "";
  const isFolder = chosen.every((entry) => entry.dataset.kind === "dir");
  const fits = {
    some: chosen.length > 0,
    one: chosen.length === 1,
    folder: chosen.length < 2 && isFolder,
  };
  for (const button of panes[side].querySelectorAll("[data-needs]"))
    button.disabled = !fits[button.dataset.needs];
}

async function go(side, address) {
  const state = new URLSearchParams(location.search);
  const isMine = (name) => name === side || name.startsWith(`${side}_`);
  for (const name of [...state.keys()]) if (isMine(name) || name === "done") state.delete(name);
  for (const [name, value] of new URL(address, location).searchParams)
    if (isMine(name)) state.set(name, value);
  history.pushState(null, "", `/files?${state}`);
  say("");
  await refresh(side, state);
  const [first] = entriesOf(side);
  (first ? nameOf(first) : panes[side].querySelector("[aria-current]"))?.focus();
}

addEventListener("popstate", () => sides.forEach((side) => refresh(side)));

// Forms: sent without leaving the page. What comes back is a document, or a question.

async function post(address, body) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(address, { method: "POST", body, headers }).catch(() => null);
  if (!answer) return { error: "The portal does not answer, or you were signed out: reload." };
  const isPage = answer.headers.get("Content-Type").startsWith("text/html");
  return isPage ? { page: parsed(await answer.text()) } : answer.json();
}

async function send(form, submitter, more = {}) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  const told = await post(form.getAttribute("action"), fields);
  if (told.page) question(told.page);
  if (told.go) location.assign(told.go);
  if (told.error) say(told.error, "bad");
  if (told.message) say(told.message, "good");
  if (told.refresh) await refresh(told.refresh);
  if (told.task) watch(told.task, fields.get("verb"));
}

function question(page) {
  const dialog = document.createElement("dialog");
  const title = page.querySelector("h1");
  title.id = "question";
  dialog.className = "panel";
  dialog.setAttribute("aria-labelledby", title.id);
  const heading = document.createElement("h2");
  heading.id = title.id;
  heading.textContent = title.textContent;
  dialog.append(heading, page.querySelector(".ask"));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.showModal();
  const field = dialog.querySelector("input:not([type=hidden])");
  if (!field) return;
  field.focus();
  const dot = field.value.lastIndexOf(".");
  field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form !== selection && !("send" in form.dataset)) return;
  event.preventDefault();
  send(form, event.submitter);
  form.closest("dialog")?.close();
});

function press(side, verb) {
  const button = panes[side].querySelector(`button[value="${side}:${verb}"]`);
  if (button && !button.disabled && !button.hidden) button.click();
}

// What is under way

function line(text, address) {
  const item = document.createElement("li");
  const name = document.createElement(address ? "a" : "span");
  if (address) name.href = address;
  name.textContent = text;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.dataset.progress = "fraction";
  bar.setAttribute("aria-label", text);
  const state = document.createElement("span");
  state.dataset.progress = "status";
  state.className = "how";
  item.append(name, bar, state);
  underWay.querySelector("ul").prepend(item);
  underWay.hidden = false;
  return { item, bar, state };
}

function watch(address, verb) {
  const [side, kind] = verb.split(":");
  const isDeletion = kind === "delete";
  const number = chosenIn(side).length;
  const things = number === 1 ? nameOf(chosenIn(side)[0]).textContent : `${number} entries`;
  const { item } = line(`${isDeletion ? "Delete" : "Transfer"} ${things}`, address);
  item.dataset.follow = address;
  for (const entry of chosenIn(side)) boxOf(entry).checked = false;
  count(side);
  document.getElementById("label").value = "";
  say("");
  followTask(item, (status) => {
    item.querySelector("progress").hidden = true;
    refresh(isDeletion ? side : otherSide(side));
    if (status === "FAILED") say("It did not succeed: its page says why.", "bad");
  });
}

// Files of this machine: sent right to where the collection is served.

async function upload(side, files, into = "") {
  const csrf = new FormData(selection).get("csrf");
  const body = new URLSearchParams({ csrf, collection: stateOf(side, side) });
  const { address, token, error } = await post("/files/token", body);
  if (error) {
    say(error, "bad");
    return;
  }
  const folder = `${address}${stateOf(side, `${side}_path`)}${into && `${into}/`}`;
  for (const file of files) await put(`${folder}${encodeURIComponent(file.name)}`, token, file);
  await refresh(side);
}

async function put(address, token, file) {
  const { bar, state } = line(`Upload ${file.name}`);
  const attempt = (isNew) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("PUT", address);
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      if (isNew) request.setRequestHeader("If-None-Match", "*");
      request.upload.addEventListener("progress", (event) => {
        if (event.total) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => resolve(request));
      request.send(file);
    });
  let request = await attempt(true);
  if (request.status === 412 && confirm(`${file.name} is there already. Replace it?`))
    request = await attempt(false);
  bar.hidden = true;
  const isDone = request.status >= 200 && request.status < 300;
  state.replaceChildren(shownState({ status: isDone ? "SUCCEEDED" : "FAILED" }));
  if (isDone) return;
  let why = "the connection broke";
  if (request.status === 412) why = "it is there already";
  else if (request.status) why = JSON.parse(request.responseText || "{}").message ?? "refused";
  say(`${file.name} was not brought: ${why}.`, "bad");
}

// Mouse and keyboard

let last = null; // the entry from which a range is selected

function choose(entry, isRange, isChosen = !boxOf(entry).checked) {
  const entries = entriesOf(sideOf(entry));
  boxOf(entry).checked = isChosen;
  if (isRange && entries.includes(last)) {
    const [from, to] = [entries.indexOf(last), entries.indexOf(entry)].sort((a, b) => a - b);
    for (const one of entries.slice(from, to + 1)) boxOf(one).checked = true;
  }
  last = entry;
  count(sideOf(entry));
}

function chooseAll(side, isChosen) {
  for (const entry of entriesOf(side)) boxOf(entry).checked = isChosen;
  count(side);
}

function listen(side) {
  const pane = panes[side];
  pane.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pane]");
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link && isPlain) {
      event.preventDefault();
      go(side, link.href);
      return;
    }
    const entry = event.target.closest(".entry");
    if (!entry || event.target.closest("a")) return;
    // A click on the box itself has changed it already.
    if (event.target === boxOf(entry)) choose(entry, event.shiftKey, boxOf(entry).checked);
    else choose(entry, event.shiftKey);
  });
  pane.addEventListener("dblclick", (event) => {
    const entry = event.target.closest(".entry");
    if (entry && !event.target.closest("a, input")) nameOf(entry).click();
  });
  pane.addEventListener("change", (event) => {
    if ("all" in event.target.dataset) chooseAll(side, event.target.checked);
    if (event.target.dataset.upload) upload(side, [...event.target.files]);
  });
  pane.addEventListener("keydown", (event) => onKey(event, side));
}

function onKey(event, side) {
  const entry = event.target.closest(".entry");
  if (!entry || event.altKey) return;
  const entries = entriesOf(side);
  const at = entries.indexOf(entry);
  const focus = (one) => one && nameOf(one).focus();
  const hasCommand = event.ctrlKey || event.metaKey;
  const keys = {
    ArrowDown: () => focus(entries[at + 1]),
    ArrowUp: () => focus(entries[at - 1]),
    Home: () => focus(entries[0]),
    End: () => focus(entries.at(-1)),
    ArrowLeft: () => focus(entriesOf("left")[0]),
    ArrowRight: () => focus(entriesOf("right")[0]),
    " ": () => choose(entry, event.shiftKey),
    Backspace: () => [...panes[side].querySelectorAll(".crumbs a")].at(-2)?.click(),
    F2: () => only(entry, "rename"),
    Delete: () => only(entry, "delete"),
    Escape: () => chooseAll(side, false),
  };
  let act = keys[event.key];
  if (hasCommand)
    act = {
      a: () => chooseAll(side, true),
      Enter: () => only(entry, "transfer"),
    }[event.key];
  if (!act || (event.key === " " && event.target === boxOf(entry))) return;
  event.preventDefault();
  act();
}

// Do something with what is selected, or with this entry if nothing is.
function only(entry, verb) {
  const side = sideOf(entry);
  if (!chosenIn(side).length) choose(entry, false);
  press(side, verb);
}

// Dragging: from one pane to the other, and from the desktop

let dragged = ""; // the side from which

function dropsOn(event, side) {
  const types = event.dataTransfer.types;
  return stateOf(side, side) && (types.includes("Files") || (dragged && dragged !== side));
}

function mark(side, entry) {
  for (const one of document.querySelectorAll(".aimed")) one.classList.remove("aimed");
  if (side) (entry ?? panes[side]).classList.add("aimed");
}

function listenForDrags(side) {
  const pane = panes[side];
  const folderUnder = (event) => event.target.closest(".entry.dir");
  pane.addEventListener("dragstart", (event) => {
    const entry = event.target.closest(".entry");
    if (!entry) return;
    if (!boxOf(entry).checked) {
      chooseAll(side, false);
      choose(entry, false);
    }
    dragged = side;
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData(DRAGGED, side);
  });
  pane.addEventListener("dragend", () => {
    dragged = "";
    mark();
  });
  pane.addEventListener("dragover", (event) => {
    if (!dropsOn(event, side)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(side, folderUnder(event));
  });
  pane.addEventListener("dragleave", (event) => {
    if (!pane.contains(event.relatedTarget)) mark();
  });
  pane.addEventListener("drop", (event) => {
    if (!dropsOn(event, side)) return;
    event.preventDefault();
    mark();
    const folder = folderUnder(event);
    const into = folder ? boxOf(folder).value : "";
    const files = [...event.dataTransfer.files];
    if (files.length) upload(side, files, into);
    else send(selection, null, { verb: `${otherSide(side)}:transfer`, into });
  });
}

for (const side of sides) {
  prepare(side);
  listen(side);
  listenForDrags(side);
}
