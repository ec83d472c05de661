/** Where this runs. */

export function isNode(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string';
}

/** Settled after a turn of the event loop: timers, messages and user input are handled meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (isNode()) {
      // Sooner than a timer, and timers that are due have run by the second.
      setImmediate(() => setImmediate(resolve));
      return;
    }
    // Browsers delay timers that follow one another by 4 ms, and by a second in a page that nobody sees.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
