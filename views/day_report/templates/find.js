"use strict";
// Finds breaks on the page: words, five filters, four orders. What is found moves into one list, and back when nothing
// is asked for. All that it knows is in the page; without it the page is whole, and nothing can be asked for.
(() => {
  const by = (id) => document.getElementById(id);
  const bar = by("find"), found = by("found"), count = by("found-count"), more = by("found-more");
  if (!bar) return;
  const STEP = 20;
  const FILTERS = ["team", "merchant", "code", "owner", "state"];
  const all = [...document.querySelectorAll("article.break")].map((node, place) => ({ node, place, home: null, words: null }));
  const ofNode = new Map(all.map((one) => [one.node, one]));
  const words = by("find-words"), order = by("find-order"), clear = by("find-clear"), result = by("found-result");
  const boxes = Object.fromEntries(FILTERS.map((name) => [name, by("find-" + name)]));
  const lists = document.querySelectorAll("[data-listed]");
  let matching = [], shown = 0;

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = (one) => (one.words ??= plain(one.node.textContent + " " + (one.node.dataset.owner ?? "")));
  const number = (text) => (text === undefined ? -1 : Number(text));

  const ORDERS = {
    value: (one, other) => number(other.node.dataset.value) - number(one.node.dataset.value),
    age: (one, other) => number(other.node.dataset.age) - number(one.node.dataset.age),
    deadline: (one, other) => {
      const [a, b] = [one.node.dataset.due ?? "9", other.node.dataset.due ?? "9"];
      return a < b ? -1 : a > b ? 1 : 0;
    },
  };

  for (const name of FILTERS) {
    const counts = new Map();
    for (const { node } of all) {
      const value = node.dataset[name];
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const box = boxes[name];
    for (const [value, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = `${value} · ${times}`;
      box.append(option);
    }
    if (counts.size === 0) box.closest("label").hidden = true;
  }

  const asked = () => {
    const pairs = [["q", words.value.trim()], ...FILTERS.map((name) => [name, boxes[name].value]), ["order", order.value]];
    return pairs.filter(([, value]) => value);
  };

  function apply(keep) {
    const pairs = asked();
    if (pairs.length === 0) return restore(keep);
    const parts = plain(words.value).split(/\s+/).filter(Boolean);
    for (const one of all) {
      if (one.home) continue;
      one.home = document.createComment("");
      one.node.before(one.home);
    }
    putBack();
    matching = all.filter((one) =>
      FILTERS.every((name) => !boxes[name].value || one.node.dataset[name] === boxes[name].value) &&
      parts.every((part) => wordsOf(one).includes(part)));
    const compare = ORDERS[order.value];
    if (compare) matching.sort((one, other) => compare(one, other) || one.place - other.place);
    for (const list of lists) list.hidden = true;
    result.hidden = false;
    shown = 0;
    show();
    count.textContent = `${matching.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} breaks on this page`;
    if (keep !== false) remember("#find?" + new URLSearchParams(pairs));
  }

  function show() {
    for (const one of matching.slice(shown, shown + STEP)) found.append(one.node);
    shown = Math.min(shown + STEP, matching.length);
    const left = matching.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, STEP)} more of ${left.toLocaleString("en")}`;
  }

  function putBack() {
    while (found.firstChild) {
      const { home, node } = ofNode.get(found.firstChild);
      home.after(node);
    }
  }

  function restore(keep) {
    putBack();
    for (const list of lists) list.hidden = false;
    more.hidden = result.hidden = true;
    if (keep !== false) remember("#breaks");
  }

  function remember(hash) {
    try { history.replaceState(null, "", hash); } catch { /* an address that may not change: the list is right all the same */ }
  }

  function showBar() {  // after the browser has gone to what the address names
    requestAnimationFrame(() => requestAnimationFrame(() => bar.scrollIntoView()));
  }

  function reset() {
    words.value = order.value = "";
    for (const name of FILTERS) boxes[name].value = "";
  }

  function follow() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("find?")) {
      reset();
      const wanted = new URLSearchParams(hash.slice(5));
      words.value = wanted.get("q") ?? "";
      order.value = wanted.get("order") ?? "";
      for (const name of FILTERS) boxes[name].value = wanted.get(name) ?? "";
      apply(false);
      showBar();
      return;
    }
    const target = by(hash);
    if (target?.dataset.teamStart !== undefined) {
      reset();
      boxes.team.value = target.closest("article").dataset.team;
      apply();
      showBar();
    } else if (target?.matches("article.break") && !found.contains(target)) {
      reset();
      restore(false);
      for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      target.scrollIntoView();
    }
  }

  let pause;
  words.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(apply, 120); });
  for (const box of [...Object.values(boxes), order]) box.addEventListener("change", () => apply());
  clear.addEventListener("click", () => { reset(); apply(); words.focus(); });
  more.addEventListener("click", () => {
    const next = matching[shown];
    show();
    next?.node.querySelector("summary")?.focus();
  });
  addEventListener("hashchange", follow);

  // For the paper; what is folded is unfolded, since not every browser prints it otherwise.
  const folded = () => document.querySelectorAll("details[data-paper]:not([open])");
  let unfolded = [];
  addEventListener("beforeprint", () => {
    while (!result.hidden && shown < matching.length) show();  // all that was found
    unfolded = [...folded()];
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of unfolded) one.open = false; });

  bar.hidden = by("find-link").hidden = false;
  follow();
})();
