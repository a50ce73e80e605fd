// @ts-check
// The client's session: look and listen, wait, be called in, all on one page.

import { find } from "../lib/dom.js";
import { follow, turner } from "../lib/follow.js";
import { localiseTimes } from "../lib/times.js";
import { Precall } from "./room/precall.js";
import { Session } from "./room/session.js";
import { WaitingRoom } from "./room/waiting.js";

localiseTimes(document);

const room = find(document, "#room", HTMLElement);
const enter = find(room, "#enter", HTMLButtonElement);

/** Asks why we were not let in; the page of the door tells it better than we could. */
async function refused() {
  try {
    const response = await fetch(room.dataset.door ?? "", { cache: "no-store" });
    if (!response.ok) return response.status < 500 && response.status !== 429;
    const { door } = await response.json();
    if (door === "open") return false;
    if (session.meeting.state.media === "none") location.reload();
    return true;
  } catch {
    return false;
  }
}

const session = new Session(room, {
  view: (state) => (state.stage === "waiting" ? "waiting" : "precall"),
  changed(state) {
    enter.disabled = state.stage === "entering";
    waiting.render(state, session.media.sending, room.dataset.kind ?? "");
  },
  captured: () => precall.render(),
  admitted: () => waiting.called(),
  note(text) {
    session.sound.chime();
    waiting.note(text);
  },
  moved: (start_at_ms) => waiting.moved(start_at_ms),
  refused,
});

const waiting = new WaitingRoom({ room, leave: () => session.meeting.leave() });
const precall = new Precall({
  room,
  media: session.media,
  browser: session.browser,
  level: session.level,
  sound: session.sound,
  tester: session.tester,
});

// Who has not gone in yet has no socket to be told by.
const turn = turner();
const followed = follow(room, ({ door }) => {
  if (door !== "open" && session.meeting.state.stage === "out") turn(location.pathname);
});

enter.addEventListener("click", async () => {
  enter.disabled = true;
  followed.end();
  session.sound.wake();
  session.wanted = { ...precall.wanted };
  await session.enter();
  precall.close();
});

session.render();
await precall.open();
