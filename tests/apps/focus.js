// The body of a function: how the element shows that it has the keyboard. Answers with its name, whether it is still the
// page itself, and what is wrong.

const el = document.activeElement;
if (el === null || el === document.body) return { name: "", page: true, wrong: null };
const style = getComputedStyle(el);
const box = el.getBoundingClientRect();
const id = el.closest("[data-testid]")?.dataset.testid ?? "";
const name = `<${el.tagName.toLowerCase()} ${id}> "${el.textContent.trim().slice(0, 40)}"`;
// What stays at the top and at the bottom may lie over it.
const stays = [...document.querySelectorAll("body *")].filter((e) => getComputedStyle(e).position === "sticky");
const hidden = stays.some((e) => {
  if (e.contains(el)) return false;
  const lid = e.getBoundingClientRect();
  const across = box.left < lid.right && box.right > lid.left;
  return across && box.top >= lid.top - 1 && box.bottom <= lid.bottom + 1;
});
const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
const wrong = [];
if (!el.matches(":focus-visible")) wrong.push("does not count as visibly focused");
if (!ring && style.boxShadow === "none") wrong.push("has no ring");
if (hidden) wrong.push("is under what stays in place");
if (box.bottom < 0 || box.top > innerHeight) wrong.push("is out of sight");
return { name, page: false, wrong: wrong.length > 0 ? wrong.join(", ") : null };
