// What of the inventory has no place in the maps: pure comparison, so that it can be shown to find what is taken away.

const named = (list, name) => (list ?? []).find((item) => item.name === name);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const typeName = (type) => (type?.startsWith('ENUM(') ? 'ENUM' : type);

function columnGaps(column, table) {
  const entry = named(table.columns, column.name);
  if (entry === undefined) return ['has no place'];
  const gaps = [];
  if (entry.type !== typeName(column.type)) gaps.push(`has type ${entry.type} instead of ${column.type}`);
  if (entry.nullable !== column.nullable) gaps.push('is nullable in one and not in the other');
  if (entry.default !== column.default) gaps.push(`default ${column.default} is not there`);
  if (column.default !== undefined && entry.whenAbsent === undefined)
    gaps.push(`default ${column.default} means nothing`);
  for (const value of column.values ?? []) {
    if (value !== null && !Object.hasOwn(entry.values ?? {}, value)) gaps.push(`value ${value} has no place`);
  }
  if (entry.check !== column.check) gaps.push(`check ${column.check} is not there`);
  const [, low, high] = /(\d+) AND \w+ <= (\d+)/.exec(column.check ?? '') ?? [];
  if (low !== undefined && !same(entry.range, [Number(low), Number(high)]))
    gaps.push(`check ${column.check} has no place`);
  if (column.references !== undefined) {
    const key = (table.foreignKeys ?? []).find(({ columns }) => same(columns, [column.name]));
    if (key?.table !== column.references.table) gaps.push('its foreign key has no place');
    else if (key.onDelete !== column.references.on_delete.replace(' (default)', ''))
      gaps.push(`ON DELETE ${column.references.on_delete} is not there`);
  }
  if (column.primaryKey && !(table.key ?? []).includes(column.name)) gaps.push('is a key and has no place as one');
  if (column.unique && !(table.unique ?? []).some((list) => same(list, [column.name])))
    gaps.push('is unique and has no place as such');
  return gaps;
}

function tableGaps(item, map) {
  const table = named(item.documented ? map.tables : map.named, item.name);
  if (table === undefined) return [`table ${item.name} has no place`];
  const gaps = item.columns.flatMap((column) => {
    const found = item.documented
      ? columnGaps(column, table)
      : named(table.columns, column.name) === undefined
        ? ['has no place']
        : [];
    return found.map((gap) => `${item.name}.${column.name} ${gap}`);
  });
  for (const [kind, list] of [
    ['index', 'indexes'],
    ['full-text index', 'fullText'],
  ]) {
    for (const index of item[list] ?? []) {
      const entry = named(table[list], index.name);
      if (entry === undefined || !same(entry.columns, index.columns) || !same(entry.include, index.include))
        gaps.push(`${kind} ${item.name}.${index.name} has no place`);
    }
  }
  for (const trigger of item.triggers ?? []) {
    const entry = named(table.triggers, trigger.name);
    if (entry?.event !== trigger.event || entry.body !== trigger.body)
      gaps.push(`trigger ${item.name}.${trigger.name} has no place`);
  }
  for (const { kind, columns } of item.constraints ?? []) {
    const kept = kind === 'primary key' ? [table.key] : (table.unique ?? []);
    if (columns !== undefined && !kept.some((list) => same(list, columns)))
      gaps.push(`${kind} of ${item.name} (${columns}) has no place`);
  }
  return gaps;
}

function collectionGaps(item, map) {
  const entry = named(map.collections, item.name) ?? map.collections.find(({ name }) => item.name.startsWith(name));
  if (entry === undefined) return [`collection ${item.name} has no place`];
  const gaps = [];
  if (entry.dims !== item.size) gaps.push(`collection ${item.name} has not ${item.size} dimensions`);
  if (item.distance !== null && item.distance !== undefined && !item.distance.toLowerCase().startsWith(entry.metric))
    gaps.push(`collection ${item.name} has not the metric ${item.distance}`);
  for (const field of Object.keys(item.payload ?? {})) {
    if (!Object.hasOwn(entry.payload, field)) gaps.push(`payload ${item.name}.${field} has no place`);
  }
  return gaps;
}

function cacheGaps(item, map) {
  const entry = map.caches.find(({ key }) => key === item.key);
  if (entry === undefined) return [`cache key ${item.key} has no place`];
  const gaps = item.fields
    .map((field) => field.split(':')[0])
    .filter((field) => !Object.hasOwn(entry.fields, field))
    .map((field) => `cache field ${item.key} ${field} has no place`);
  if (entry.ttlSeconds !== item.ttl) gaps.push(`cache key ${item.key} does not live ${item.ttl} s`);
  return gaps;
}

/** Whether something of the suite answers for it; `known` has the names of checks, reports and calls, and `hasTest`. */
function unserved(label, servedBy, known) {
  const unknown = [];
  for (const [kind, list] of [
    ['check', known.checks],
    ['report', known.reports],
    ['call', known.calls],
  ]) {
    if (servedBy[kind] !== undefined && !list.includes(servedBy[kind])) unknown.push(`${kind} ${servedBy[kind]}`);
  }
  if (servedBy.test !== undefined && !known.hasTest(servedBy.test)) unknown.push(`test ${servedBy.test.title}`);
  return unknown.map((what) => `${label} is served by ${what}, which there is not`);
}

/** @returns every table, column, value, default, index, trigger, collection, cache key, policy, query, target and relation without a place. */
export function uncovered(inventory, maps, known) {
  return inventory.systems.flatMap((item) => {
    const map = maps.get(item.system);
    if (map === undefined) return [`${item.system} has no map`];
    const gaps = [
      ...['title', 'engine', 'version', 'date']
        .filter((name) => map[name] !== item[name])
        .map((name) => `${name} differs`),
      ...item.tables.flatMap((table) => tableGaps(table, map)),
      ...item.collections.flatMap((collection) => collectionGaps(collection, map)),
      ...item.caches.flatMap((cache) => cacheGaps(cache, map)),
    ];
    const listed = [
      ['policies', (policy) => `${policy.kind}: ${policy.text}`],
      ['queries', (query) => query.name],
      ['targets', (target) => `${target.operation} ${target.target}`],
    ];
    for (const [list, text] of listed) {
      const kept = new Map(map[list].map((entry) => [text(entry), entry]));
      for (const entry of item[list]) {
        if (!kept.has(text(entry))) gaps.push(`${list} ${text(entry)} has no place`);
      }
      for (const [label, { servedBy }] of kept) gaps.push(...unserved(label, servedBy, known));
    }
    const relations = map.relations.map(({ text }) => text);
    gaps.push(
      ...item.relations.filter((text) => !relations.includes(text)).map((text) => `relation ${text} has no place`),
    );
    for (const table of map.tables) {
      for (const { name, replacedBy } of table.triggers ?? []) gaps.push(...unserved(name, replacedBy, known));
      for (const { name, servedBy } of [...(table.indexes ?? []), ...(table.fullText ?? [])]) {
        if (Object.keys(servedBy).length === 0) gaps.push(`index ${name} is served by nothing`);
      }
    }
    for (const { key, servedBy } of map.caches) gaps.push(...unserved(key, servedBy, known));
    return gaps.map((gap) => `${item.system}: ${gap}`);
  });
}
