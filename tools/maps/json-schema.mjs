// The part of JSON Schema (2020-12) that schema/systems/map.schema.json uses: type, enum, pattern, required, properties,
// additionalProperties, minProperties, items, $ref within the file. A keyword that is not one of these is an error, so that the
// schema cannot promise what nobody checks.

const NOTES = new Set(['$schema', 'title', '$defs']);

const typeOf = (value) => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
};
const hasType = (value, type) => typeOf(value) === type || (type === 'number' && typeOf(value) === 'integer');

const KEYWORDS = {
  type: (type, value) =>
    [type].flat().some((one) => hasType(value, one)) ? [] : [`must be ${[type].flat().join(' or ')}`],
  enum: (allowed, value) => (allowed.includes(value) ? [] : [`must be one of ${allowed.join(', ')}`]),
  pattern: (pattern, value) =>
    typeof value !== 'string' || new RegExp(pattern).test(value) ? [] : [`must match ${pattern}`],
  required: (names, value) =>
    typeOf(value) === 'object'
      ? names.filter((name) => !Object.hasOwn(value, name)).map((name) => `lacks ${name}`)
      : [],
  minProperties: (least, value) =>
    typeOf(value) !== 'object' || Object.keys(value).length >= least ? [] : [`needs at least ${least} members`],
};

/** What is wrong with `value`, as texts that begin with the place: "/tables/0/name must be string". */
export function schemaProblems(schema, value, place = '', root = schema) {
  if (schema.$ref !== undefined) {
    const target = schema.$ref
      .replace(/^#\//, '')
      .split('/')
      .reduce((node, step) => node[step], root);
    return schemaProblems(target, value, place, root);
  }
  const problems = [];
  for (const [keyword, operand] of Object.entries(schema)) {
    if (KEYWORDS[keyword] !== undefined) {
      problems.push(...KEYWORDS[keyword](operand, value).map((text) => `${place || '/'} ${text}`));
    } else if (keyword === 'items') {
      if (Array.isArray(value))
        value.forEach((item, index) => problems.push(...schemaProblems(operand, item, `${place}/${index}`, root)));
    } else if (keyword === 'properties' || keyword === 'additionalProperties') {
      if (keyword === 'additionalProperties' && operand !== false && schema.properties !== undefined)
        throw new Error('additionalProperties beside properties must be false');
    } else if (!NOTES.has(keyword)) {
      throw new Error(`map.schema.json uses ${keyword}, which tools/maps/json-schema.mjs does not know`);
    }
  }
  if (typeOf(value) === 'object') {
    for (const [name, member] of Object.entries(value)) {
      const inner =
        schema.properties !== undefined && Object.hasOwn(schema.properties, name)
          ? schema.properties[name]
          : schema.additionalProperties;
      if (inner === false) problems.push(`${place}/${name} is not known here`);
      else if (inner !== undefined) problems.push(...schemaProblems(inner, member, `${place}/${name}`, root));
    }
  }
  return problems;
}
