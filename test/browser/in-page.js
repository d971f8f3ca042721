// Runs in the page under test: functions that are called by name.

/** What a screen reader would call the element that has the focus; null where none has. */
export function nameOfFocus() {
  const focus = document.activeElement;
  if (!focus || focus === document.body) return null;
  const name = focus.getAttribute("aria-label") ?? focus.labels?.[0]?.textContent ?? focus.textContent;
  return name.trim().replaceAll(/\s+/g, " ");
}

/** Of every text in a part of the page: how strongly it stands out from what is behind it, at least (WCAG 2.2, 1.4.3). */
export function lowestContrast(selector) {
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
  const texts = [...document.querySelectorAll(`${selector}, ${selector} *`)].filter(hasText);
  return Math.min(...texts.map((element) => contrast(getComputedStyle(element).color, backgroundOf(element))));
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color) {
  const [r, g, b] = channels(color).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function backgroundOf(element) {
  if (!element) return "rgb(255, 255, 255)";
  const color = getComputedStyle(element).backgroundColor;
  return channels(color)[3] === 0 ? backgroundOf(element.parentElement) : color;
}

function channels(color) {
  return color.match(/[\d.]+/g).map(Number);
}

/** What a script of another site can try. */
export async function tryFromElsewhere(url, body) {
  const attempt = (options) =>
    fetch(`${url}/ask`, { method: "POST", body, ...options }).then(
      ({ type, status }) => `${type} ${status}`,
      () => "no answer",
    );
  const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), { src: url }));
  await new Promise((loaded) => frame.addEventListener("load", loaded, { once: true }));
  return {
    json: await attempt({ headers: { "content-type": "application/json" } }),
    text: await attempt({ headers: { "content-type": "text/plain" } }),
    blind: await attempt({ mode: "no-cors", headers: { "content-type": "text/plain" } }),
    read: await fetch(`${url}/sandbox.json`).then(
      () => "an answer",
      () => "no answer",
    ),
  };
}
