// @ts-check
// The operators' board: asks every two seconds and draws what has changed.

import { line, quality } from "../board/quality.js";
import { facts as relayFacts, wayWords } from "../board/relay.js";
import { find, make, say, show } from "../lib/dom.js";
import { t } from "../lib/text.js";

const EVERY_MS = 2000;
const STALE_AFTER_MS = 8000;
const WIDTH = 240;
const HEIGHT = 56;
const SVG = "http://www.w3.org/2000/svg";

const list = find(document, "#board-rooms", HTMLElement);
const summary = find(document, "#board-summary", HTMLElement);
const empty = find(document, "#board-empty", HTMLElement);
const relayCard = find(document, "#board-relay", HTMLElement);
const relayState = find(relayCard, ".pill", HTMLElement);
const relayTrouble = find(relayCard, ".notice", HTMLElement);
const relayList = find(relayCard, "dl", HTMLElement);
const stale = find(document, "#board-stale", HTMLElement);
/** @type {Map<string, ReturnType<typeof roomCard>>} */
const cards = new Map();
let heardAt = Date.now();

/** @type {Record<string, [string, string]>} */
const STATES = {
  waiting: [t("Waiting"), "pill"],
  connecting: [t("Connecting"), "pill warn"],
  connected: [t("Connected"), "pill good"],
  reconnecting: [t("Reconnecting"), "pill warn"],
  "media failing": [t("Media failing"), "pill bad"],
};
/** @type {Record<string, string>} */
const PATHS = { unknown: t("not yet known"), direct: t("direct"), turn: t("through TURN"), relay: t("through the relay") };
/** @type {Record<string, string>} */
const CAUSES = {
  ice: t("no way through the network"),
  dtls: t("encryption could not start"),
  silent: t("no sound arrives"),
  frozen: t("picture frozen"),
  black: t("picture black"),
  microphone: t("microphone"),
  camera: t("camera"),
  none: t("unknown"),
};

ask();

async function ask() {
  try {
    const answer = await fetch("/board/rooms");
    if (answer.status === 401) {
      location.assign("/signin?to=/board");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    draw(await answer.json());
    heardAt = Date.now();
    show(stale, false);
  } catch {
    if (Date.now() - heardAt > STALE_AFTER_MS) {
      say(stale, t("The server does not answer. What you see is old; calls go on without it."));
      show(stale, true);
    }
  }
  setTimeout(ask, EVERY_MS);
}

/** @param {{now: number, rooms: any[], relay: import("../board/relay.js").Readings | null}} board */
function draw({ now, rooms, relay }) {
  drawRelay(relay);
  const bridges = new Map(relay?.bridges.map((bridge) => [bridge.id, bridge]));
  const ids = new Set(rooms.map((room) => room.id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.element.remove();
    cards.delete(id);
  }
  rooms.forEach((room, index) => {
    let card = cards.get(room.id);
    if (!card) cards.set(room.id, (card = roomCard(room.id)));
    card.update(room, bridges.get(room.bridge), now);
    if (list.children[index] !== card.element) list.insertBefore(card.element, list.children[index] ?? null);
  });
  show(empty, rooms.length === 0);
  const failing = rooms.filter((room) => room.state === "media failing").length;
  const open = rooms.length === 1 ? t("One room is open") : t("{count} rooms are open", { count: rooms.length });
  say(summary, failing ? t("{open}, {failing} with failing media.", { open, failing }) : t("{open}.", { open }));
}

/** @param {import("../board/relay.js").Readings | null} relay */
function drawRelay(relay) {
  show(relayCard, relay !== null);
  if (!relay) return;
  say(relayState, relay.up ? t("Up") : t("Down"));
  relayState.className = relay.up ? "pill good" : "pill bad";
  say(relayTrouble, relay.trouble);
  show(relayTrouble, Boolean(relay.trouble));
  const now = relayFacts(relay);
  if (relayList.children.length !== now.length) relayList.replaceChildren(...now.map(([name]) => fact(name, make("dd"))));
  for (const [index, [, value]] of now.entries()) say(/** @type {HTMLElement} */ (relayList.children[index].lastElementChild), value);
}

/** @param {string} id */
function roomCard(id) {
  const state = make("span", { class: "pill" });
  const path = make("dd");
  const age = make("dd");
  const reconnects = make("dd");
  const failures = make("dd");
  const ways = { therapist: make("dd"), client: make("dd") };
  const relayed = make(
    "dl",
    { class: "board-facts board-ways" },
    fact(t("From the therapist"), ways.therapist),
    fact(t("From the client"), ways.client),
  );
  const plots = {
    therapist: plot(t("Therapist receives")),
    client: plot(t("Client receives")),
  };
  const facts = make(
    "dl",
    { class: "board-facts" },
    fact(t("Open for"), age),
    fact(t("Path"), path),
    fact(t("Reconnects"), reconnects),
    fact(t("Failures"), failures),
  );
  const element = make(
    "li",
    { class: "card board-room" },
    make("div", { class: "stack" }, make("div", { class: "board-id" }, make("h2", { text: id }), state), facts),
    make("div", { class: "board-plots" }, plots.therapist.element, plots.client.element),
    relayed,
  );
  return {
    element,
    /** @param {any} room @param {import("../board/relay.js").Bridge | undefined} bridge @param {number} now */
    update(room, bridge, now) {
      const [words, look] = STATES[room.state] ?? [room.state, "pill"];
      say(state, words);
      state.className = look;
      element.classList.toggle("failing", room.state === "media failing");
      say(path, PATHS[room.path] ?? room.path);
      say(age, duration(now - room.since));
      say(reconnects, String(room.reconnects));
      const causes = Object.entries(room.failures).map(([cause, count]) => `${CAUSES[cause] ?? cause} ×${count}`);
      say(failures, causes.join(", ") || t("none"));
      show(relayed, Boolean(bridge));
      say(ways.therapist, bridge ? wayWords(bridge.ways.therapist) : "");
      say(ways.client, bridge ? wayWords(bridge.ways.client) : "");
      plots.therapist.update(room.quality.therapist, now);
      plots.client.update(room.quality.client, now);
    },
  };
}

/** @param {string} name @param {HTMLElement} value */
function fact(name, value) {
  return make("div", {}, make("dt", { text: name }), value);
}

/** @param {string} name */
function plot(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const middle = svg.appendChild(document.createElementNS(SVG, "path"));
  middle.setAttribute("class", "middle");
  middle.setAttribute("d", `M0 ${HEIGHT / 2}H${WIDTH}`);
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  for (const [key, value] of [["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "2"], ["stroke-linejoin", "round"], ["vector-effect", "non-scaling-stroke"]]) {
    path.setAttribute(key, value);
  }
  const figure = make("span");
  const element = make("figure", { class: "board-plot" });
  element.append(make("figcaption", {}, make("span", { text: name }), figure), svg);
  return {
    element,
    /** @param {import("../board/quality.js").Sample[]} samples @param {number} now */
    update(samples, now) {
      path.setAttribute("d", line(samples, now, WIDTH, HEIGHT));
      const last = samples.at(-1);
      say(figure, last ? String(quality(last)) : t("nothing yet"));
    },
  };
}

/** @param {number} seconds */
function duration(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return minutes < 60
    ? t("{minutes} min", { minutes })
    : t("{hours} h {minutes} min", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
