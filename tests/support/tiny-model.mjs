// A model for Transformers.js, made here: its ONNX graph looks each token up in a table of vectors and nothing more, so that what
// it must answer can be worked out by hand. ONNX is protocol buffers (onnx.proto3): fields are written as their tags and values.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FLOAT = 1;
const INT64 = 7;

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
const int = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, content) => {
  const data = Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
};
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

/** ValueInfoProto: a tensor of named, open sizes. */
function tensorOf(field, name, type, sizes) {
  const shape = sizes.map((size) => message(1, typeof size === 'number' ? int(1, size) : bytes(2, size)));
  return message(field, bytes(1, name), message(2, message(1, int(1, type), message(2, ...shape))));
}

/** An ONNX model: last_hidden_state = table[input_ids]. */
function lookupModel(rows) {
  const size = rows[0].length;
  const table = Buffer.from(Float32Array.from(rows.flat()).buffer);
  const graph = [
    message(1, bytes(1, 'table'), bytes(1, 'input_ids'), bytes(2, 'last_hidden_state'), bytes(4, 'Gather')),
    bytes(2, 'lookup'),
    message(5, int(1, rows.length), int(1, size), int(2, FLOAT), bytes(8, 'table'), bytes(9, table)),
    tensorOf(11, 'input_ids', INT64, ['batch', 'sequence']),
    tensorOf(11, 'attention_mask', INT64, ['batch', 'sequence']),
    tensorOf(12, 'last_hidden_state', FLOAT, ['batch', 'sequence', size]),
  ];
  return Buffer.concat([int(1, 8), message(8, bytes(1, ''), int(2, 17)), message(7, ...graph)]);
}

/**
 * Writes `folder`/`name` as a model of Transformers.js.
 * @param {string} folder what localModelPath is to be
 * @param {string} name
 * @param {Record<string, number[]>} vectors by word, in lower case; all of one length. Other words are [UNK], whose vector is given too.
 */
export function writeTinyModel(folder, name, vectors) {
  const words = ['[PAD]', ...Object.keys(vectors)];
  const size = Object.values(vectors)[0].length;
  const place = path.join(folder, name);
  mkdirSync(path.join(place, 'onnx'), { recursive: true });
  const json = (file, content) => writeFileSync(path.join(place, file), JSON.stringify(content));
  json('config.json', {
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_size: size,
    vocab_size: words.length,
  });
  json('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    model_max_length: 64,
  });
  const special = (content) => ({
    id: words.indexOf(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  json('tokenizer.json', {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special('[PAD]'), special('[UNK]')],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  });
  const rows = words.map((word) => vectors[word] ?? new Array(size).fill(0));
  writeFileSync(path.join(place, 'onnx', 'model.onnx'), lookupModel(rows));
}
