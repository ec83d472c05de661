/** Where this runs. */

export function isNode(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string';
}

/** Lets others on this thread have their turn: timers, messages, what a user does. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (isNode()) {
      setTimeout(resolve);
      return;
    }
    // Browsers hold timers back that follow one another: for 4 ms, and in a page that nobody sees for a second.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
