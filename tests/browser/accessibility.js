// What every page is held to, whatever is on it. Returns what is wrong, one line each.
// WCAG 2.2: 1.1.1, 1.3.1, 1.4.3, 1.4.10, 2.4.1, 2.4.2, 2.5.8, 3.1.1, 4.1.2.
() => {
  const problems = [];
  const where = `${document.title} (${innerWidth} px): `;
  const wrong = (text) => problems.push(where + text);
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getBoundingClientRect().width > 1;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const name = (element) =>
    (element.getAttribute("aria-label") || element.textContent || "").trim();

  if (document.documentElement.lang !== "en") wrong("no language");
  if (!document.title) wrong("no title");
  if (all("main").length !== 1) wrong("not one main part");
  if (!document.querySelector("a.skip")) wrong("no way to skip to the content");

  const headings = all("h1, h2, h3, h4");
  if (headings.filter((each) => each.tagName === "H1").length !== 1) wrong("not one headline");
  const inMain = all("main :is(h1, h2, h3, h4)").map((each) => Number(each.tagName[1]));
  inMain.forEach((level, at) => {
    if (level > (inMain[at - 1] ?? 0) + 1) wrong(`a heading of level ${level} comes too early`);
  });

  for (const field of all("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.getAttribute("aria-label")) wrong(`no label: ${field.name}`);
  for (const element of all("a, button, summary"))
    if (!name(element)) wrong(`no name: ${element.outerHTML.slice(0, 80)}`);
  for (const element of all("svg"))
    if (element.getAttribute("aria-hidden") !== "true") wrong("a picture without words");
  for (const element of all("[aria-describedby], [aria-labelledby]"))
    for (const attribute of ["aria-describedby", "aria-labelledby"])
      for (const id of (element.getAttribute(attribute) || "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) wrong(`nothing has the id ${id}`);
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at)))
    wrong(`several have the id ${id}`);
  if (document.querySelector("[tabindex]:not([tabindex='0']):not([tabindex='-1'])"))
    wrong("an order of its own for the keyboard");

  if (document.documentElement.scrollWidth > innerWidth) wrong("scrolls sideways");
  for (const element of all("main *")) {
    const style = getComputedStyle(element);
    if (style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1)
      wrong(`cut off: ${name(element).slice(0, 40)}`);
  }
  for (const element of all("button, .button, input, select")) {
    const box = element.getBoundingClientRect();
    if (Math.min(box.width, box.height) < 20) wrong(`too small to hit: ${name(element)}`);
  }

  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !seen(element) || element.closest(".hidden, .skip"))
      continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [low, high] = [luminance(channels(style.color)), luminance(ground(element))].sort(
      (one, other) => one - other,
    );
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (isLarge ? 3 : 4.5))
      wrong(`contrast ${contrast.toFixed(1)}: ${words.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return problems;
};
