const Sequencer = require('@jest/test-sequencer').default;

/**
 * Tests of the search take longest. On a fresh machine, Jest starts large files first, so it would start these last, and
 * one of them would run alone at the end.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const isSearch = ({ context }) => context.config.displayName?.name === 'search';
    const sorted = super.sort(tests);
    return [...sorted.filter(isSearch), ...sorted.filter((test) => !isSearch(test))];
  }
};
