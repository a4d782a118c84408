/**
 * Loaded into every function before its own code: between two tries of a call, the AWS SDK waits up to seconds, a test need
 * not. Its pauses are random numbers of milliseconds, and so told from its time-outs, which are whole seconds and stay.
 */
const { setTimeout } = globalThis;
globalThis.setTimeout = (callback, delay, ...rest) => setTimeout(callback, delay % 1000 === 0 ? delay : delay / 20, ...rest);
Object.setPrototypeOf(globalThis.setTimeout, setTimeout); // its promise version hangs on it
