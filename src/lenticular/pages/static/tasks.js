// Tasks as they come on: what has data-follow shows it, without asking again and again.
"use strict";

const SHOWN_STATES = { SUCCEEDED: ["succeeded", "good"], FAILED: ["failed", "bad"] };
// A browser opens few connections to one place, and the page needs some itself.
const MOST_FOLLOWED = 3;

function shownSize(count) {
  if (count < 1000) return `${count} B`;
  const power = Math.min(Math.floor(Math.log10(count) / 3), 6);
  return `${(count / 1000 ** power).toPrecision(3)} ${["", "k", "M", "G", "T", "P", "E"][power]}B`;
}

function shownState(progress) {
  const [text, kind] = SHOWN_STATES[progress.status] ?? [
    progress.is_paused ? "paused" : "under way",
    "",
  ];
  const state = document.createElement("span");
  state.className = `state ${kind}`;
  state.textContent = text;
  return state;
}

// Show in `element` how the task at its data-follow comes on; `ended` is called with its status.
function followTask(element, ended = () => {}) {
  const parts = (name) => element.querySelectorAll(`[data-progress=${name}]`);
  const put = (name, text) => {
    for (const part of parts(name)) part.textContent = text;
  };
  const show = (progress) => {
    for (const part of parts("fraction"))
      if (progress.fraction !== null) part.value = progress.fraction;
    for (const part of parts("status")) part.replaceChildren(shownState(progress));
    put("files", `${progress.files_transferred} of ${progress.files}`);
    put("bytes", shownSize(progress.bytes_transferred));
    put("rate", `${shownSize(progress.effective_bytes_per_second)}/s`);
    put("faults", progress.faults);
  };
  let source = null;
  const open = () => {
    source = new EventSource(`${element.dataset.follow}/events`);
    source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
    source.addEventListener("end", (event) => {
      source.close();
      document.removeEventListener("visibilitychange", look);
      ended(JSON.parse(event.data).status);
    });
  };
  // Whom nobody looks at, the server need not tell anything.
  const look = () => {
    source?.close();
    if (!document.hidden) open();
  };
  document.addEventListener("visibilitychange", look);
  look();
}

for (const element of [...document.querySelectorAll("[data-follow]")].slice(0, MOST_FOLLOWED))
  followTask(element, () => "reload" in element.dataset && location.reload());
