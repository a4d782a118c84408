/**
 * Loaded into every function before its own code. It shortens the pauses of the AWS SDK between retries, which are random
 * numbers of milliseconds, and those of the rotation between two acceptances of a new key. Both are no whole seconds.
 * The timeouts of the SDK are, and stay as they are.
 */
const { setTimeout } = globalThis;
globalThis.setTimeout = (callback, delay, ...rest) =>
  setTimeout(callback, delay % 1000 === 0 ? delay : delay / 20, ...rest);
Object.setPrototypeOf(globalThis.setTimeout, setTimeout); // keeps its promise version
