// What is live on a page is sent whole, as markup made by the page's program, and put in its place.
"use strict";

const live = document.getElementById("live");

function follow() {
  const events = new EventSource(live.dataset.events);
  events.onmessage = (event) => {
    if (live.innerHTML !== event.data) live.innerHTML = event.data;
    document.body.classList.remove("cut-off");
  };
  events.onerror = () => {
    // The browser tries again by itself, but not after a refusal: then whoever looks logs in.
    document.body.classList.add("cut-off");
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  };
  // A page that is put aside by the browser would go on counting as open.
  addEventListener("pagehide", () => events.close());
}

if (live && live.dataset.events) {
  follow();
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
