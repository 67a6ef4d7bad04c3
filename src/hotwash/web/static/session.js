// The session page: fetches the transcript's stretches as they come into view, follows links to records, waits for an analysis that runs.
(() => {
  "use strict";
  const article = document.querySelector("article[data-session]");
  const base = `/sessions/${article.dataset.session}`;
  const AHEAD = "1200px"; // fetch before the reader gets there
  const POLL_MS = 1500;

  const chunks = [...document.querySelectorAll(".chunk")];
  const loading = new Map();

  async function load(chunk) {
    if (chunk.hasAttribute("data-loaded")) return;
    if (!loading.has(chunk)) loading.set(chunk, fetchRows(chunk));
    await loading.get(chunk);
  }

  async function fetchRows(chunk) {
    try {
      const answer = await fetch(`${base}/transcript?part=rows&chunk=${chunk.dataset.chunk}`);
      if (!answer.ok) throw new Error(String(answer.status));
      chunk.innerHTML = await answer.text(); // made and escaped by our server; the policy lets no script in it run
      chunk.setAttribute("data-loaded", "");
    } catch {
      loading.delete(chunk); // the plain link stays; the next scroll tries again
    }
  }

  const watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      load(entry.target).then(() => watcher.unobserve(entry.target));
    }),
    { rootMargin: AHEAD },
  );
  chunks.filter((chunk) => !chunk.hasAttribute("data-loaded")).forEach((chunk) => watcher.observe(chunk));

  // The place of a record; of one that has no row of its own, the nearest before it among the loaded ones.
  function placeOf(record) {
    const exact = document.getElementById(`record-${record}`);
    if (exact) return exact;
    const before = [...document.querySelectorAll("[id^='record-']")].filter((place) => Number(place.id.slice(7)) <= record);
    return before.at(-1);
  }

  async function showRecord(record) {
    if (!document.getElementById(`record-${record}`)) {
      const answer = await fetch(`${base}/transcript?part=number&record=${record}`);
      if (!answer.ok) return false;
      const number = Number(await answer.text());
      await load(chunks[number]);
      // A result stands with its call, which may lie one stretch further up.
      if (!document.getElementById(`record-${record}`) && number > 0) await load(chunks[number - 1]);
    }
    const row = placeOf(record)?.closest(".row");
    if (!row) return false;
    document.querySelector(".row.shown")?.classList.remove("shown");
    row.classList.add("shown");
    row.querySelector("details")?.setAttribute("open", "");
    row.scrollIntoView({ block: "center", behavior: "instant" }); // smooth would pass, and so fetch, everything between
    row.querySelector(".anchor")?.focus({ preventScroll: true });
    return true;
  }

  function recordInAddress() {
    return Number(/^#record-(\d+)$/.exec(location.hash)?.[1]);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-record]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    showRecord(Number(link.dataset.record)).then((shown) => {
      if (shown) history.pushState(null, "", `#record-${link.dataset.record}`);
      else location.href = link.href;
    });
  });
  window.addEventListener("popstate", () => recordInAddress() && showRecord(recordInAddress()));
  window.addEventListener("hashchange", () => recordInAddress() && showRecord(recordInAddress()));
  if (recordInAddress()) showRecord(recordInAddress());

  if (article.dataset.state === "running") {
    const timer = setInterval(async () => {
      const answer = await fetch(`${base}/analysis/state`).catch(() => null);
      if (answer?.ok && (await answer.text()) !== "running") {
        clearInterval(timer);
        location.reload();
      }
    }, POLL_MS);
  }
})();
