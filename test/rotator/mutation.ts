/**
 * What the mutation tests run: the fast tests of the pure core, as one file. Jest needs some tenths of a second for each
 * file, and these are run once a mutant.
 */
import './adoption.test';
import './ages.test';
import './current.test';
import './deadlines.test';
import './digest.test';
import './failure.test';
import './last-use.test';
import './leak.test';
import './ledger-state.test';
import './lifecycle.test';
import './messages.test';
import './plan.test';
import './readings.test';
import './reminders.test';
import './request.test';
import './retirement.test';
import './rollback.test';
import './status.test';
import './steps.test';
import './unfinished.test';
import './interventions.test'; // last: one of its tests takes seconds
