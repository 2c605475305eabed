// Keeps the page current: fetches it again and swaps those parts that are marked as live.
// Without this script the page works the same, by reloading.
"use strict";

const EVERY_MS = 2000;

const shown = new Map();

function follow(part) {
  if (part.hasAttribute("data-follow")) {
    const screen = part.closest(".screen") || part.querySelector(".transcript") || part;
    screen.scrollTop = screen.scrollHeight;
  }
}

// What was fetched last, not what is in the document: opening a transcript changes the document.
function remember() {
  for (const part of document.querySelectorAll("[data-live]")) {
    shown.set(part.id, part.innerHTML);
    follow(part);
  }
}

function plays(part) {
  return [...part.querySelectorAll("audio")].some((audio) => !audio.paused);
}

function swap(fresh) {
  const shape = (page) => [...page.querySelectorAll("main form")].map((form) => form.className).join();
  if (shape(fresh) !== shape(document) && !document.querySelector("main :focus[name]")?.value) {
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    remember();
  }
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(part.id);
    if (now && now.innerHTML !== shown.get(part.id) && !plays(part)) {
      shown.set(part.id, now.innerHTML);
      part.innerHTML = now.innerHTML;
      follow(part);
    }
  }
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href);
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The simulator is away; the next round tries again.
  }
}

remember();
setInterval(refresh, EVERY_MS);

// Enter sends a text, as on a phone.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
