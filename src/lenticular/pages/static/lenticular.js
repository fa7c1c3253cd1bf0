// What pages do better with a script; all of them work without it.
"use strict";

// A button beside everything that is there to be copied.
for (const box of document.querySelectorAll(".copyable")) {
  const text = box.querySelector("pre");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-describedby", `${text.id}-label`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      // Browsers lend the clipboard to secure pages only: mark the text for a copy by hand.
      getSelection().selectAllChildren(text);
      button.textContent = "Press Ctrl+C";
    }
  });
  box.append(button);
}

// Times in the reader's own zone; where data-brief is around them only the day, or today's time.
function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    const timeStyle = time.dateTime.includes("T") ? "short" : undefined;
    const timeZone = timeStyle ? undefined : "UTC";
    const write = (styles) => new Intl.DateTimeFormat([], { ...styles, timeZone }).format(at);
    const local = write({ dateStyle: "medium", timeStyle });
    const isBrief = time.closest("[data-brief]");
    const isToday = at.toDateString() === new Date().toDateString();
    time.title = isBrief ? local : time.textContent;
    if (!isBrief) time.textContent = local;
    else time.textContent = write(isToday ? { timeStyle } : { dateStyle: "medium" });
  }
}
localTimes(document);

// A form goes once: a second press must not do it again.
for (const form of document.querySelectorAll("form[method=post]:not([data-send], #selection)")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Of a form for several kinds of things, the fields of the kind that is chosen.
for (const form of document.querySelectorAll("form[data-kinds]")) {
  const kind = form.elements[form.dataset.kinds];
  const show = () => {
    for (const part of form.querySelectorAll("[data-kind-of]"))
      part.hidden = !part.dataset.kindOf.split(" ").includes(kind.value);
  };
  kind.addEventListener("change", show);
  show();
}
