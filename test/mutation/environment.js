/**
 * One failed test is enough to notice a mutant: the rest is skipped. Jest itself stops between files only, and the mutation
 * tests are one file. JavaScript, because Stryker loads this itself; it calls the method before it does its own bookkeeping.
 */
const StrykerEnvironment = require('@stryker-mutator/jest-runner/jest-env/node');

module.exports = class extends StrykerEnvironment {
  handleTestEvent(event) {
    if (event.name === 'test_fn_failure') this.failed = true;
    if (event.name === 'test_start' && this.failed) event.test.mode = 'skip';
  }
};
