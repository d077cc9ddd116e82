// What is scrolled to stands free between the strip above and the bar below.

function keepClear() {
  const stuck = (selector) => {
    const element = document.querySelector(selector);
    const isStuck = element && getComputedStyle(element).position === "sticky";
    return isStuck ? element.getBoundingClientRect().height : 0;
  };
  const bar = document.querySelector(".bar");
  const below = bar ? parseFloat(getComputedStyle(bar).bottom) || 0 : 0;
  const root = document.documentElement;
  root.style.setProperty("--above", `${Math.max(stuck(".top"), stuck(".strip"))}px`);
  root.style.setProperty("--below", `${stuck(".bar") + below}px`);
}

const sizes = new ResizeObserver(keepClear);
for (const element of document.querySelectorAll(".top, .strip, .bar, html")) sizes.observe(element);
