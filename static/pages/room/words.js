// @ts-check
// The line of text beside the picture. Only text ever: no markup, no links made, nothing kept.

import { find, make, say, show } from "../../lib/dom.js";
import { t } from "../../lib/text.js";

const LINES_MAX = 500;

export class Words {
  #panel;
  #lines;
  #unread;
  #write;
  #name;
  #count = 0;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.room
   * @param {string} parts.name of the other person
   * @param {(text: string) => "direct" | "server" | "nobody"} parts.send
   */
  constructor({ room, name, send }) {
    this.#panel = find(room, "#words", HTMLElement);
    this.#lines = find(room, "#lines", HTMLElement);
    this.#unread = room.querySelector("#unread");
    this.#write = room.querySelector("#write");
    this.#name = name;
    const form = find(room, "#say", HTMLFormElement);
    const line = find(room, "#line", HTMLTextAreaElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = line.value.trim();
      if (!text) return;
      this.#mine(text, send(text));
      line.value = "";
      line.focus();
    });
    line.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  /**
   * A line from the other person.
   * @param {string} text
   * @param {"direct" | "server"} way
   */
  theirs(text, way) {
    this.#add(
      "theirs",
      this.#name,
      text,
      way === "server" ? t("through the server, not kept") : "",
    );
    if (!this.#panel.hidden) return;
    this.#count += 1;
    this.#showUnread();
  }

  /** @param {string} text */
  undelivered(text) {
    this.#add("mine", t("You"), text, t("not delivered: they are not here"));
  }

  /** The panel is open now. */
  read() {
    this.#count = 0;
    this.#showUnread();
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  clear() {
    this.#lines.replaceChildren();
    this.read();
  }

  /** @param {string} text @param {"direct" | "server" | "nobody"} way */
  #mine(text, way) {
    if (way === "nobody") this.undelivered(text);
    else
      this.#add("mine", t("You"), text, way === "server" ? t("through the server, not kept") : "");
  }

  /**
   * @param {string} whose
   * @param {string} who
   * @param {string} text
   * @param {string} mark
   */
  #add(whose, who, text, mark) {
    const line = make(
      "div",
      { class: `said ${whose}` },
      make("span", { class: "said-who", text: who }),
      make("p", { class: "said-text", text }),
    );
    line.firstElementChild?.setAttribute("dir", "auto");
    line.lastElementChild?.setAttribute("dir", "auto");
    if (mark) line.append(make("span", { class: "said-mark", text: mark }));
    this.#lines.append(line);
    if (this.#lines.childElementCount > LINES_MAX) this.#lines.firstElementChild?.remove();
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #showUnread() {
    if (!(this.#unread instanceof HTMLElement) || !(this.#write instanceof HTMLElement)) return;
    show(this.#unread, this.#count > 0);
    say(this.#unread, this.#count > 9 ? "9+" : String(this.#count));
    const label = this.#count ? t("Write, {count} unread", { count: this.#count }) : "";
    if (label) this.#write.setAttribute("aria-label", label);
    else this.#write.removeAttribute("aria-label");
  }
}
