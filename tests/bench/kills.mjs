// Kills a browser in the middle of writes so many times, and says what was lost and what was damaged: nothing may be.
// tests/browser/kill.spec.ts does the same with few.
//
// node tests/bench/kills.mjs [--browser chromium|firefox] [--count 200]
import { parseArgs } from 'node:util';
import { startBrowser } from '../support/browsers.mjs';
import { killRounds } from '../support/kills.mjs';
import { quantile, report } from '../support/report.mjs';

const { values: flags } = parseArgs({
  options: { browser: { type: 'string', default: 'chromium' }, count: { type: 'string', default: '200' } },
});
const count = Number(flags.count);
if (!Object.hasOwn(startBrowser, flags.browser) || !(count > 0)) {
  console.error(`usage: kills.mjs [--browser ${Object.keys(startBrowser).join('|')}] [--count 200]`);
  process.exit(2);
}
const findings = await killRounds(flags.browser, count, (round, { acknowledged, lost, unsound }) => {
  console.error(
    `kill ${round} of ${count}: ${acknowledged} acknowledged, ${lost.length} lost, ${unsound.length} unsound`,
  );
});
report(
  `kills-${flags.browser}`,
  `${flags.browser} killed ${count} times in the middle of writes, ${findings.acknowledged} rows and documents acknowledged`,
  [
    { measure: 'acknowledged and lost', value: findings.lost.length, unit: '', below: 1 },
    { measure: 'unsound', value: findings.unsound.length, unit: '', below: 1 },
    { measure: 'opening after a kill, p95', value: quantile(findings.openMs, 0.95), unit: 'ms', below: 5000 },
  ],
  findings,
);
