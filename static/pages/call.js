// @ts-check
// The therapist's side of a session: starts at once.

import { find } from "../lib/dom.js";
import { localiseTimes } from "../lib/times.js";
import { Session } from "./room/session.js";

localiseTimes(document);

const room = find(document, "#room", HTMLElement);

const session = new Session(room, {
  view: () => "stage",
  /** Her own page tells whether she may still come in: a redirect is the way to the sign-in. */
  async refused() {
    try {
      const response = await fetch(location.href, { redirect: "manual", cache: "no-store" });
      return (
        response.type === "opaqueredirect" || (response.status >= 400 && response.status < 429)
      );
    } catch {
      return false;
    }
  },
});

const { kind } = room.dataset;
session.wanted = { microphone: kind !== "chat", camera: kind === "video" };
session.render();
await session.enter();
