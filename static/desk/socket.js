// @ts-check
// The desk's socket: always open, shown the whole state at each change, so nothing is resumed.

const SUBPROTOCOL = "videocall.desk.v1";
const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const SILENCE_MS = 35_000;
const TELL_AFTER = 2;
const SIGNED_OUT = 401;

/**
 * @typedef {object} Ears what the desk hears
 * @property {(message: any) => void} message
 * @property {(connected: boolean) => void} connected
 * @property {() => void} signedOut
 */

/**
 * Keeps a socket open until the person is signed out; returns how to speak on it.
 * @param {Ears} ears
 * @returns {(message: object) => boolean} false when nothing was sent
 */
export function openDesk(ears) {
  /** @type {WebSocket | undefined} */
  let socket;
  let failures = 0;
  let over = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function open() {
    clearTimeout(timer);
    const address = new URL("/desk/socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const mine = new WebSocket(address, SUBPROTOCOL);
    socket = mine;
    mine.onopen = () => {
      failures = 0;
      ears.connected(true);
      watch();
    };
    mine.onmessage = (event) => {
      watch();
      const { message } = JSON.parse(event.data);
      if (message.type === "ping") speak({ type: "pong" });
      else ears.message(message);
    };
    mine.onclose = () => {
      if (socket !== mine) return;
      again();
    };
  }

  function watch() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const silent = socket;
      socket = undefined;
      silent?.close();
      again();
    }, SILENCE_MS);
  }

  async function again() {
    clearTimeout(timer);
    failures += 1;
    if (failures >= TELL_AFTER) {
      ears.connected(false);
      if (await signedOut()) {
        over = true;
        ears.signedOut();
        return;
      }
    }
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
    timer = setTimeout(open, longest * (0.5 + Math.random() / 2));
  }

  /** A refused upgrade has no status in a browser: a page, asked for plainly, tells. */
  async function signedOut() {
    try {
      return (await fetch("/agenda", { method: "HEAD" })).status === SIGNED_OUT;
    } catch {
      return false;
    }
  }

  /** @param {object} message */
  function speak(message) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify({ seq: 0, ack: 0, message }));
    return true;
  }

  /** Back from sleep, or the network is back: do not wait for the timer. */
  function hurry() {
    if (!over && socket?.readyState !== WebSocket.OPEN && socket?.readyState !== WebSocket.CONNECTING)
      open();
  }

  addEventListener("online", hurry);
  addEventListener("pageshow", hurry);
  addEventListener("focus", hurry);
  open();
  return speak;
}
