// @ts-check
// The lists of cameras, microphones and speakers, wherever they stand on the page.

import { kept } from "../../lib/storage.js";
import { t } from "../../lib/text.js";

/** @typedef {import("../../call/media.js").Input} Input */

const INPUTS = /** @type {const} */ ({ videoinput: "camera", audioinput: "microphone" });

/** What was chosen here last time. @returns {Record<Input | "speaker", string>} */
export function remembered() {
  return {
    microphone: kept.get("microphone") ?? "",
    camera: kept.get("camera") ?? "",
    speaker: kept.get("speaker") ?? "",
  };
}

export class DeviceLists {
  #selects;
  #media;
  #outputs;
  #speaker;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.room
   * @param {import("../../call/media.js").Media} parts.media
   * @param {HTMLMediaElement[]} parts.outputs what sounds through the chosen speaker
   */
  constructor({ room, media, outputs }) {
    this.#selects = Array.from(
      /** @type {NodeListOf<HTMLSelectElement>} */ (room.querySelectorAll("select[data-device]")),
    );
    this.#media = media;
    this.#outputs = outputs;
    this.#speaker = remembered().speaker;
    const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;
    for (const field of room.querySelectorAll("[data-speaker]")) {
      if (field instanceof HTMLElement) field.hidden = !canChooseSpeaker;
    }
    for (const select of this.#selects) {
      select.addEventListener("change", () =>
        this.#choose(select.dataset.device ?? "", select.value),
      );
    }
    void this.#sink();
  }

  /** Lists what there is now; names are known only once the browser was allowed to listen or look. */
  async refresh() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const speakers = devices.filter((device) => device.kind === "audiooutput");
    if (this.#speaker && !speakers.some(({ deviceId }) => deviceId === this.#speaker)) {
      this.#speaker = "";
      await this.#sink();
    }
    for (const select of this.#selects) this.#fill(select, devices);
  }

  /**
   * @param {HTMLSelectElement} select
   * @param {MediaDeviceInfo[]} devices
   */
  #fill(select, devices) {
    const kind = select.dataset.device ?? "";
    const list = devices.filter((device) => device.kind === kind && device.deviceId);
    const options = list.map(
      ({ deviceId, label }, index) =>
        new Option(label || t("Device {number}", { number: index + 1 }), deviceId),
    );
    if (!options.some(({ value }) => value === "default")) {
      options.unshift(new Option(t("The usual one"), ""));
    }
    const same =
      options.length === select.options.length &&
      options.every((option, index) => option.text === select.options[index].text);
    if (!same) select.replaceChildren(...options);
    const current =
      kind === "audiooutput"
        ? this.#speaker
        : this.#media.deviceOf(INPUTS[/** @type {keyof typeof INPUTS} */ (kind)]);
    select.value = current || options[0].value;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }

  /**
   * @param {string} kind
   * @param {string} id
   */
  async #choose(kind, id) {
    if (kind === "audiooutput") {
      this.#speaker = id;
      kept.set("speaker", id);
      await this.#sink();
    } else {
      const input = INPUTS[/** @type {keyof typeof INPUTS} */ (kind)];
      kept.set(input, id);
      await this.#media.choose(input, id);
    }
    await this.refresh();
  }

  async #sink() {
    for (const element of this.#outputs) {
      try {
        await element.setSinkId?.(this.#speaker);
      } catch {
        // The speaker is gone: the browser's own choice sounds.
      }
    }
  }
}
