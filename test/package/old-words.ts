/** Words that this repository no longer uses, with what to write instead. GLOSSARY.md has the rule. */
export interface OldWords {
  readonly instead: string;
  readonly words: readonly RegExp[];
}

export const OLD_WORDS: readonly OldWords[] = [
  {
    instead: 'a person, another principal, the exact thing, or the passive voice',
    words: [
      /\b(?:some|every)body\b/i,
      /\bsomeone\b/i,
      /\banybody\b(?! else's)/i,
      /\bnobody\b/i,
      /\bwho(?:m)?ever\b/i,
      /\bwhatever\b/i,
      /\bwhom\b/i,
      /\bpeople know\b/i,
      /\bkeys of (?:others|somebody|people)\b/i,
    ],
  },
  {
    instead: 'notify, be notified, notification; publish, send, return',
    words: [
      /\b(?:are|is|be|being|been|were|get) told\b/i,
      /\btells? (?:people|machines|you|them|of|again|twice|how|which|when|whether|what|our|a topic|the)\b/i,
      /\btold (?:again|of|about|once|twice|people|whichever|so|then)\b/i,
      /\bhears?\b/i,
      /\bhearing\b/i,
      /\buntold\b/i,
      /\bput on record\b/i,
      /\bthe post\b(?!-)/,
      /\b(?:is|are) no news\b/i,
      /\bcry wolf\b/i,
    ],
  },
  { instead: 'email', words: [/(?<![-@])\bmails?\b(?!ing list|to:)/i] },
  {
    instead: 'deactivate, activate, inactive; enable, disable',
    words: [
      /\bturn(?:s|ed|ing)? (?:[a-z']+ ){1,4}(?:on|off)\b/i,
      /\bswitch(?:es|ed)? (?:it |them |one |a |an |the |deactivated |old |key |keys )*(?:on|off)\b/i,
      /\b(?:is|are|be|was) (?:switched )?off\b/i,
      /\boff (?:at|again|since|later)\b/i,
    ],
  },
  {
    instead: 'is in ALARM, fix, wrong, recover, allow, accept',
    words: [/\b(?:go(?:es)?|went) off\b/i, /\bamiss\b/i, /\bmend(?:s|ed|ing)?\b/i, /\bheals?\b/i, /\bbears?\b/i],
  },
  {
    instead: 'a failed run; a run that ends',
    words: [
      /\bdead runs?\b/i,
      /\bruns? (?:that )?died\b/i,
      /\bdied (?:at|before|between|half)\b/i,
      /\b(?:who|that) dies\b/i,
      /\b(?:are|is) (?:surely )?dead\b/i,
      /\bc[ao]mes? to (?:nothing|an end)\b/i,
    ],
  },
  {
    instead: 'switch period (both keys work), recovery period (the old key is inactive)',
    words: [
      /\b(?:first|second|its) grace\b/i,
      /\b(?:both|two|the|of|shorter|whole) graces?\b(?! periods?)/i,
      /\bgraces\b/i,
      /\bgrace periods?\b/i,
    ],
  },
  {
    instead: 'the number, the limit with its unit, "allows up to"',
    words: [
      /\bso (?:many|long|soon|far apart)\b/i,
      /\btakes? (?:up to )?(?:[0-9][0-9,.]*(?![0-9,.])|so many|no more)(?! ?(?:ms|s|milliseconds?|seconds?|minutes?|hours?|days?|times|of)\b)/i,
      /\b(?:SNS|EventBridge|CloudFormation|IAM|Secrets Manager|queue's|function's) takes\b(?! (?:effect|place|over)\b)/i,
      /\b(?:a|an) (?:rule|schedule|stack|region|role|topic|bus|environment|answer) takes\b(?! (?:effect|place|over)\b)/i,
      /\bmakes? room\b/i,
      /\bfor good\b/i,
    ],
  },
  {
    instead: 'solution, dry run, check, read',
    words: [
      /\bway out\b/i,
      /\bon its way out\b/i,
      /\blook(?:s|ed)? (?:back|on)\b/i,
      /\blooks? after\b/i,
      /\b(?:are|is|were|be|not) looked at\b/i,
      /\blooks? once a day whether\b/i,
      /\bsurvey\b/i,
    ],
  },
  {
    instead: 'timeout; roll-back, and `rollback` for the action; synth, without an article',
    words: [
      /\btime-outs?\b/i,
      /\b(?:a|an|the|each|every|no|after|before|during|in|of) rollbacks?\b(?! events?)/i,
      /(?<!\/)\bsynthesis\b/,
      /\bthe synth\b(?! (?:time|output))/i,
    ],
  },
  {
    instead: 'invoke, trigger, call, check, require, request',
    words: [
      /\basks? (?:AWS|whether|for|once|the Lambda|its|how|only|at|each|every|least|the same)\b/i,
      /\b(?:what|who) asks\b/i,
      /\basked (?:again|for|by|of|about|daily|here|as)\b/i,
      /\bit is asked\b/i,
      /\bis worth asking\b/i,
      /\bmay ask\b/i,
      /\baskers?\b/i,
      /\bwishes\b/i,
    ],
  },
  {
    instead: 'store, record, return, confirm: components do not believe, know, see or say',
    words: [
      /\b(?:is|are|was|were|be) believed\b/i,
      /\bknows no\b/i,
      /\bsay?s (?:so|nothing)\b/i,
      /\bsaid (?:so|no)\b/i,
      /\ba clear no\b/i,
      /,\s+say\b(?! (?:so|which))/i,
      /\bse?en to\b/i,
      /\bsaw to\b/i,
      /\bnothing is left to do\b/i,
    ],
  },
  {
    instead: 'delete, revert, restore, free, cause',
    words: [
      /\bshare one fate\b/i,
      /\btake(?:s|n)? (?:the |it |a |new )*(?:key |keys )?back\b/i,
      /\btaken? away\b/i,
      /\btakes? (?:it |them |the )?[a-z]* ?away\b/i,
      /\bgive(?:s|n)? AWSCURRENT back\b/i,
      /\bcome about\b/i,
      /\bbrings? (?:them|it) about\b/i,
      /\bvacating\b/i,
    ],
  },
  {
    instead: 'again; without waiting; the exact condition',
    words: [
      /\ball the same\b/i,
      /\bthe same again\b/i,
      /\banew\b/i,
      /\bin haste\b/i,
      /\bhasty\b/i,
      /\bpatience\b/i,
      /\bpatiently\b/i,
      /\bfor the impatient\b/i,
      /\bstragglers\b/i,
      /\bmiss(?:es)? it\b/i,
      /\bcan be done without\b/i,
    ],
  },
  {
    instead: 'unmanaged',
    words: [
      /\bforeign (?:access key|keys?|value|account|topic)\b/i,
      /\bForeignKeys\b/,
      /\bforeignKeys\b/,
      /\bmetricForeignKeys\b/,
      /['`"]foreign['`"]/,
    ],
  },
  {
    instead:
      'unmanagedKeys, existingKeys, deactivation, Deactivation.onSchedule(), Deactivation.whenUnused({ maxDelay })',
    words: [/\bkeysMadeLater\b/, /\bkeysAtAdoption\b/, /\boldKeyInUse\b/i, /\bHoldOptions\b/, /\batMost\b/],
  },
  {
    instead:
      'RotationTrigger.eventBridgeRules(), .eventBridgeScheduler(), .fixedRates(), checkInterval, TriggerOptions',
    words: [
      /\bRotationTrigger\.(?:rules|schedules|literalRates)\b/,
      /\bliteralRates\b/,
      /\bcheckEvery\b/,
      /\b(?:Rules|Schedules)TriggerOptions\b/,
    ],
  },
  {
    instead: 'recipients, failureRecipients, digestRecipients',
    words: [/\bfailuresTo\b/, /\bdigestTo\b/, /\bnotify: ?\[/],
  },
  {
    instead: 'UserStacks.fromStacks(), keepInRotationStack, RotationSchedule.activeUnder()',
    words: [/\bUserStacks\.of\b/, /\bACTIVE_UNDER_90_DAYS\b/],
  },
  {
    instead: 'alarms: checksMissing, uncheckedUsers, keyCleanupFailed, notificationFailures',
    words: [
      /\bnoChecks\b/i,
      /\busersMissed\b/i,
      /\bcompensationFailed\b/i,
      /#(?:no-checks|users-missed|compensation-failed|unsent-messages)\b/,
    ],
  },
  {
    instead: 'metrics: OrphanedKeysDeleted, FailedNotifications, InactiveSubscriptions',
    words: [/(?:\b|metric)(?:OrphansRemoved|UnsentMessages|LostRecipients)\b/i],
  },
  {
    instead: 'causes: AccessDenied, NotFound, VerificationFailed, CleanupFailed, NetworkError, InsufficientTime',
    words: [/['`"](?:Denied|Missing|Unreachable)['`"]/, /\b(?:NotVerified|NotTakenBack|OutOfTime)\b/],
  },
  {
    instead: 'outcomes and events: postponed, locked, dry-run, displaced, orphan-deleted, ifDue',
    words: [
      /['`"](?:held|busy|planned|discarded|bypassed)['`"]/,
      /\bbusyUntil\b/,
      /\bonlyIfDue\b/,
      /\bwhen['"`]?: ?['"`]due\b/,
      /\bAccess Key (?:Held|Discarded)\b/,
      /\bForeign Access Key Found\b/,
    ],
  },
];
