/**
 * What the mutation tests run: the fast tests of the pure core, as one file. Jest needs some tenths of a second for
 * each file, and these are run once a mutant.
 */
import '../rotator/decisions/adoption.test';
import '../contract/ages.test';
import '../rotator/decisions/change-record.test';
import '../rotator/decisions/current-key.test';
import '../rotator/decisions/closed-window.test';
import '../rotator/decisions/deadlines.test';
import '../rotator/decisions/edits.test';
import '../rotator/decisions/removal.test';
import '../rotator/messages/digest-message.test';
import '../rotator/domain/credential.test';
import '../rotator/domain/failure.test';
import '../rotator/domain/attention.test';
import '../rotator/domain/last-use.test';
import '../rotator/domain/unused-keys.test';
import '../rotator/decisions/leak.test';
import '../rotator/domain/ledger.test';
import '../rotator/decisions/next-step.test';
import '../rotator/messages/all-messages.test';
import '../rotator/messages/messages.test';
import '../rotator/messages/dry-run.test';
import '../rotator/decisions/measurements.test';
import '../rotator/decisions/reminders.test';
import '../rotator/handlers/request.test';
import '../rotator/decisions/retirement.test';
import '../rotator/decisions/rollback.test';
import '../rotator/decisions/status.test';
import '../rotator/domain/time.test';
import '../rotator/decisions/failed-runs.test';
import '../rotator/decisions/unreadable.test';
import '../rotator/domain/commands.test';
import '../rotator/decisions/decryption.test';
import '../rotator/decisions/invalid-labels.test';
import '../rotator/decisions/label-limit.test';
import '../rotator/actions/full-secret.test';
import '../rotator/actions/forged-records.test';
import '../rotator/actions/forged-tokens.test';
import '../rotator/decisions/take-over.test';
import '../rotator/domain/exposure.test';
import '../rotator/handlers/event-fields.test';
import '../rotator/handlers/first-key-request.test';
import '../rotator/aws/response.test';
import '../rotator/actions/recorded-changes.test';
import '../rotator/decisions/intervention.test';
import '../rotator/domain/foreign-text.test';
import '../rotator/domain/qualifier.test';
import '../rotator/domain/secret-value.test';
import '../rotator/domain/smtp-password.test';
import '../rotator/handlers/removal.test';
import '../rotator/handlers/refused-secrets.test';
import '../rotator/actions/take-over.test';
import '../rotator/decisions/manual-changes.test'; // last: one of its tests takes seconds
