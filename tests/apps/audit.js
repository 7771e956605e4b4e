// The body of a function: what a person would complain about on the page as it is now, a line each.
// Arguments: whether something is recorded at present.

const recorded = arguments[0];
const complaints = [];
const root = document.documentElement;

function name(el) {
  const id = el.closest("[data-testid]")?.dataset.testid ?? "";
  return `<${el.tagName.toLowerCase()} ${id}> "${el.textContent.trim().slice(0, 50)}"`;
}

/** Red, green, blue (0 to 1) and alpha of a computed colour. */
function colour(text) {
  const numbers = text.match(/[\d.]+/g).map(Number);
  const scale = text.startsWith("color(") ? 1 : 255;
  return { rgb: numbers.slice(0, 3).map((n) => n / scale), alpha: numbers[3] ?? 1 };
}

function over({ rgb, alpha }, below) {
  return rgb.map((n, i) => n * alpha + below[i] * (1 - alpha));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** What an element is painted on. */
function ground(el) {
  const layers = [];
  for (let at = el; at !== null; at = at.parentElement) {
    const layer = colour(getComputedStyle(at).backgroundColor);
    layers.push(layer);
    if (layer.alpha === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [1, 1, 1]);
}

function seen(el) {
  const style = getComputedStyle(el);
  const box = el.getBoundingClientRect();
  return (
    el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    box.width > 1 &&
    box.height > 1 &&
    style.clipPath === "none" &&
    el.closest(".unseen") === null
  );
}

const says = (el) => [...el.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim() !== "");
const usable = (el) => el.closest(":disabled, [aria-disabled=true]") === null;

if (root.scrollWidth > root.clientWidth) {
  complaints.push(`the page is ${root.scrollWidth} wide and ${root.clientWidth} are shown`);
}

const probe = document.createElement("i");
probe.style.color = "var(--recording)";
document.body.append(probe);
const accent = getComputedStyle(probe).color;
probe.remove();

for (const el of document.body.querySelectorAll("*")) {
  if (!seen(el)) continue;
  const style = getComputedStyle(el);
  const box = el.getBoundingClientRect();
  const words = says(el);

  // Nothing is cut off. What ends in three dots does so on purpose.
  const dots = style.textOverflow === "ellipsis" || el.parentElement?.closest("*") === null;
  if (words && !dots) {
    if (box.left < -0.5 || box.right > root.clientWidth + 0.5) complaints.push(`${name(el)} is beside the page`);
    if (el.clientWidth > 0 && el.scrollWidth > el.clientWidth + 1 && el.tagName !== "OPTION") {
      complaints.push(`${name(el)} is ${el.scrollWidth} wide and ${el.clientWidth} are shown`);
    }
    const range = document.createRange();
    range.selectNodeContents(el);
    const text = range.getBoundingClientRect();
    for (let at = el; at !== null && at !== document.body; at = at.parentElement) {
      const outer = getComputedStyle(at);
      if (outer.textOverflow === "ellipsis") break;
      const edge = at.getBoundingClientRect();
      if (outer.overflowX === "hidden" && (text.left < edge.left - 1 || text.right > edge.right + 1)) {
        complaints.push(`${name(el)} is cut off at the side by ${name(at)}`);
      }
      if (outer.overflowY === "hidden" && (text.top < edge.top - 1 || text.bottom > edge.bottom + 1)) {
        complaints.push(`${name(el)} is cut off above or below by ${name(at)}`);
      }
    }
  }

  // It can be read.
  if (words && usable(el)) {
    const ink = colour(style.color);
    const paper = ground(el);
    const ratio = contrast(over(ink, paper), paper);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) complaints.push(`${name(el)} has a contrast of ${ratio.toFixed(2)}`);
  }

  // The accent means that something is recorded, and is worn by nothing else.
  const worn = [
    ...(words ? [style.color] : []),
    ...(el instanceof SVGElement ? [style.fill, style.stroke, style.color] : []),
    style.backgroundColor,
    ...["Top", "Right", "Bottom", "Left"]
      .filter((side) => parseFloat(style[`border${side}Width`]) > 0)
      .map((side) => style[`border${side}Color`]),
  ];
  if (worn.includes(accent) && !(recorded && el.closest(".recording") !== null)) {
    complaints.push(`${name(el)} wears the accent`);
  }
}
return complaints;
