// @ts-check

import { drawId } from "../../call/wire.js";
import { ofTab } from "../../lib/storage.js";

/**
 * Returns the id of this tab: the same after a reload, another one in a duplicated tab. It lies in
 * storage only while no page is shown, so that a copy of the tab finds nothing to copy.
 */
export function takeTab() {
  const tab = ofTab.get("tab") ?? drawId();
  ofTab.remove("tab");
  addEventListener("pagehide", () => ofTab.set("tab", tab));
  // A page that comes back from the browser's cache has let go of everything.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  return tab;
}
