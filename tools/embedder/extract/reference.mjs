// Pairs of reference text: the name of an operation, a command, a type or a message, and what it says that it does.
import { asWords, oneLine, sentences, withoutMarkdown, withoutTags } from './text.mjs';

const LONGEST = 1200;
const useful = (text) => text.length >= 25;

/** What a name means, and what its first sentence means in all that follows. */
function* pairsOfEntry(kind, name, description) {
  const text = oneLine(description).slice(0, LONGEST);
  if (!useful(text)) return;
  yield [kind, name, text];
  const [first, ...rest] = sentences(text);
  const others = rest.join(' ');
  if (first.length > 30 && first.length < 300 && others.length > 80) yield [`${kind}-more`, first, others];
}

/** botocore's description of one service of AWS: operations, structures and their members. */
export function* pairsOfService(model, random, share = 1) {
  const service = model.metadata.serviceFullName ?? '';
  yield* pairsOfEntry('service', service, withoutTags(model.documentation ?? ''));
  for (const [name, { documentation }] of Object.entries(model.operations)) {
    const subject = random() < 0.5 ? asWords(name) : `${service} ${asWords(name)}`;
    if (documentation !== undefined) yield* pairsOfEntry('operation', subject, withoutTags(documentation));
  }
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (shape.documentation !== undefined && random() < share) {
      yield* pairsOfEntry('structure', asWords(name), withoutTags(shape.documentation));
    }
    for (const [member, { documentation }] of Object.entries(shape.members ?? {})) {
      if (documentation === undefined || random() >= share / 2) continue;
      yield* pairsOfEntry('member', asWords(random() < 0.5 ? member : `${name} ${member}`), withoutTags(documentation));
    }
  }
}

/** Help of the Azure command line: what a command does, at length, and what its examples do. */
export function* pairsOfAzureHelp(python) {
  for (const [, command, help] of python.matchAll(/^helps\['([^']+)'\] = """([\s\S]*?)"""/gm)) {
    const short = /^short-summary: *(.*)/m.exec(help)?.[1] ?? '';
    const summary = oneLine(short.replaceAll(/^["'>|]\d?|["']$/g, ''));
    if (!useful(summary)) continue;
    yield ['command', asWords(command), summary];
    const long = /^long-summary: *[|>]?\d?\n?((?:.*\n)*?)(?=^\S|$(?![\s\S]))/m.exec(help)?.[1] ?? '';
    if (long.trim().length > 60) yield ['command-more', summary, oneLine(withoutMarkdown(long)).slice(0, LONGEST)];
    const examples = [...help.matchAll(/^ *- name: *(.+)/gm)].map(([, name]) => name).filter(useful);
    for (const example of examples.slice(0, 6)) yield ['example', example, `${summary} ${asWords(command)}`];
  }
}

/** Comments of TypeScript's declarations: what the name below a comment is. */
export function* pairsOfDeclarations(source) {
  const commented =
    /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*((?:export |declare |default |abstract |static |readonly |public |async |const |let |function |interface |class |type |enum |namespace )*)["']?([\p{L}_$][\w$-]*)/gu;
  for (const [, comment, , name] of source.matchAll(commented)) {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    const end = lines.findIndex((line) => line.startsWith('@'));
    yield* pairsOfEntry(
      'declaration',
      asWords(name),
      withoutMarkdown(lines.slice(0, end < 0 ? undefined : end).join('\n')),
    );
  }
}

/** Comments of Go: each begins with the name that it explains. */
export function* pairsOfGo(source) {
  for (const [, comment, name] of source.matchAll(
    /((?:^\/\/.*\n)+)(?:func (?:\([^)]*\) )?|type |var |const )(\w+)/gm,
  )) {
    const text = oneLine(comment.replaceAll(/^\/\/ ?/gm, ''));
    if (/^[A-Z]/.test(name)) yield* pairsOfEntry('go', asWords(name), text.replace(/^\w+ /, ''));
  }
}

/** An OpenAPI description: summaries, descriptions of operations and of fields. */
export function* pairsOfOpenApi(api, random) {
  for (const methods of Object.values(api.paths)) {
    for (const { summary, description } of Object.values(methods)) {
      const text = oneLine(withoutMarkdown(description ?? '')).slice(0, LONGEST);
      if (summary !== undefined && useful(text)) yield ['operation', summary, text];
    }
  }
  for (const [name, schema] of Object.entries(api.components?.schemas ?? {})) {
    if (schema.description !== undefined)
      yield* pairsOfEntry('structure', asWords(name), withoutMarkdown(schema.description));
    for (const [field, { description }] of Object.entries(schema.properties ?? {})) {
      if (description !== undefined && random() < 0.5) {
        yield* pairsOfEntry('member', asWords(`${name} ${field}`), withoutMarkdown(description));
      }
    }
  }
}

/** Texts of Chromium's developer tools with what translators are told about them. */
export function* pairsOfInterfaceTexts(source) {
  const texts =
    /\/\*\*((?:[^*]|\*(?!\/))*@description((?:[^*]|\*(?!\/))*))\*\/\s*(\w+): *\n? *(['"`])((?:[^\\\n]|\\.)*?)\4,/g;
  for (const [, , told, key, , text] of source.matchAll(texts)) {
    const description = oneLine(told.replaceAll(/^\s*\*/gm, ' ').replace(/@example[\s\S]*/, ''));
    const says = oneLine(text.replaceAll(/\\(.)/g, '$1').replaceAll(/\{\w+\}/g, ' '));
    if (useful(description) && says.length > 3) yield ['interface', says, `${description} ${asWords(key)}`];
  }
}
