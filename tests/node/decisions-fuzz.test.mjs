// Damaged decisions, made from those of each tool by numbers that are the same in every run: reading ends, loses no title, and what
// is written of a row is read as that row again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADR_TOOLS, LOG4BRAINS, MADR } from '../support/decision-folders.mjs';
import { random } from '../support/readers.mjs';
import { importSource } from '../support/source.mjs';

const { parseDecision, writeDecision } = await importSource('interchange/adr/parse', 'interchange/adr/write');
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 120);
const LAYOUTS = ['madr', 'adr-tools', 'log4brains'];
const corpus = Object.entries({ ...ADR_TOOLS, ...MADR, ...LOG4BRAINS }).filter(([name]) => /\/\d{4,8}-/.test(name));

/** Every name with a number is a decision here, called by it. */
const resolve = (href) => /\d{4,8}/.exec(href)?.[0];
const linkTo = (id) => ({ href: `${id}-x.md`, text: `ADR-${id}` });

const SIGNS = [
  ...['# ', '## ', '### ', '\n', '\n\n', '- ', '* ', '---\n', '===\n', '<!--', '-->', '```', '~~~', '    ', '\t', '> '],
  ...['[a](0001-x.md)', 'Superseded by ', 'Status: ', '## Status\n', '## Context\n', '## Decision\n', '## Links\n'],
  ...['## Consequences\n', '### Consequences\n', '## Considered Options\n', 'Chosen option: "x", because ', ', ', '"'],
  ...[':', '1. ', 'Good, because ', '& ', '*x', 'é', '😀', '<', '|', '[', '](', ')', '\r', '\ufeff'],
];

function mutated(text, next) {
  let out = text;
  for (let count = next(5) + 1; count > 0; count--) {
    const at = next(out.length + 1);
    const length = next(20);
    const kind = next(4);
    if (kind === 0) out = out.slice(0, at) + out.slice(at + length);
    else if (kind === 1) out = out.slice(0, at) + out.slice(at, at + length * 3) + out.slice(at);
    else out = out.slice(0, at) + SIGNS[next(SIGNS.length)] + out.slice(at);
  }
  return out;
}

/** The row, without what only the form of the file is. */
function said({ metadata, ...decision }) {
  const { links, ...rest } = metadata;
  const relations = links?.map(({ type, to, text }) => `${type.toLowerCase()} ${to ?? text}`).sort();
  return JSON.parse(JSON.stringify({ ...decision, metadata: { ...rest, format: null, titlePrefix: null, relations } }));
}

const rewritten = (decision, place, layout) => {
  const text = writeDecision(decision, { layout, number: decision.metadata.number, asList: false, linkTo });
  const again = parseDecision(text, place, resolve);
  assert.notEqual(again, null, text);
  return again;
};

for (const [index, [name, text]] of corpus.entries()) {
  const place = name.slice(name.lastIndexOf('/') + 1);

  test(`${name}, damaged`, () => {
    const next = random(index + 1);
    let readable = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const about = `${name} round ${round}`;
      const decision = parseDecision(mutated(text, next), place, resolve);
      if (decision === null) continue;
      readable++;
      for (const layout of LAYOUTS) {
        const first = rewritten(decision, place, layout);
        assert.equal(first.title, decision.title, about);
        assert.deepEqual(first.options, decision.options, about);
        // What was left open or could be read in two ways is settled by the first writings.
        let settled = first;
        for (let time = 0; time < 2; time++) settled = rewritten(settled, place, layout);
        assert.deepEqual(said(rewritten(settled, place, layout)), said(settled), `${about} as ${layout}`);
      }
    }
    assert.ok(readable > 0);
  });

  test(`${name}, cut at every character`, () => {
    for (let length = 0; length < text.length; length++) {
      const decision = parseDecision(text.slice(0, length), place, resolve);
      if (decision !== null) assert.notEqual(decision.title, '');
    }
  });
}
